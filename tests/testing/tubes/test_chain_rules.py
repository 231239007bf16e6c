"""The chain of a tube, which result it has and what became of a pool's members: the pure rules, any order."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.tubes.chain import (
    EARLY,
    IN_A_BOX,
    Flag,
    KnownTube,
    StepKind,
    StepTold,
    chain_of,
    is_in_box,
    problems_of,
    tube_of_step,
)
from services.testing.rules.tubes.holder import ResultSeen, holder_of, is_code_free, tube_of_result
from services.testing.rules.tubes.pool import Decided, Finding, MemberState, PoolMember, decide, resolved_at
from shared.vocabulary import Method, Result
from tests.builders import A_VILLAGE, JIANSHENG, OUTSIDE
from tests.testing.tubes.builders import (
    CDC,
    HOSPITAL,
    HOUR,
    MORNING,
    NOW,
    REGISTERS,
    I,
    N,
    P,
    a_step,
    person,
)

TICK = timedelta(microseconds=1)
FIVE = timedelta(minutes=5)
pytestmark = pytest.mark.requirement("village-town-county-chain")


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        (a_step(StepKind.SEALED, "T-1", MORNING), []),
        (a_step(StepKind.SEALED, None, MORNING), ["tube_code"]),
        (a_step(StepKind.SEALED, None, MORNING, box="B-1"), ["tube_code"]),
        (a_step(StepKind.HANDED_OVER, None, MORNING, box="B-1"), []),
        (a_step(StepKind.BOXED, "T-1", MORNING), ["box"]),
        (a_step(StepKind.BOXED, "T-1", MORNING, box="B-1"), []),
        (a_step(StepKind.RECEIVED, "T-1", MORNING, institution=None), ["institution"]),
        (a_step(StepKind.RECEIVED, "T-1", MORNING, institution="elsewhere"), ["institution"]),
        (a_step(StepKind.SEALED, "T-1", MORNING, division=OUTSIDE), ["division"]),
        (a_step(StepKind.SEALED, "T-1", NOW + FIVE), []),
        (a_step(StepKind.SEALED, "T-1", NOW + FIVE + TICK), ["at"]),
    ],
)
def test_a_step_is_refused_field_by_field(step: StepTold, fields: list[str]) -> None:
    assert [problem.field for problem in problems_of(step, REGISTERS, True, NOW)] == fields


def a_known(number: int, opened_at: datetime, division: str = A_VILLAGE) -> KnownTube:
    return KnownTube(UUID(int=number), "T-1", division, opened_at)


FIRST, SECOND = a_known(1, MORNING), a_known(2, MORNING + 48 * HOUR)


@pytest.mark.parametrize(
    ("at", "tube"),
    [
        (MORNING - EARLY - TICK, None),
        (MORNING - EARLY, FIRST),
        (MORNING + 47 * HOUR, FIRST),
        (MORNING + 48 * HOUR, SECOND),
    ],
)
def test_a_step_is_of_the_last_tube_that_was_opened_by_then(at: datetime, tube: KnownTube | None) -> None:
    step = a_step(StepKind.SEALED, "T-1", at)
    assert tube_of_step(step, [FIRST, SECOND]) == tube_of_step(step, [SECOND, FIRST]) == tube


def test_nobody_adds_to_the_chain_of_a_tube_outside_their_subtree() -> None:
    step = replace(a_step(StepKind.SEALED, "T-1", MORNING), reach="500104102002")
    assert tube_of_step(step, [FIRST]) is None


@pytest.mark.parametrize(
    ("passed", "is_in"), [(-TICK, False), (timedelta(), True), (IN_A_BOX, True), (IN_A_BOX + TICK, False)]
)
def test_what_happens_to_a_box_happens_to_its_tubes_for_a_day(passed: timedelta, is_in: bool) -> None:
    boxed = a_step(StepKind.BOXED, "T-1", MORNING, box="B-1")
    of_box = a_step(StepKind.HANDED_OVER, None, MORNING + passed, box="B-1")
    assert is_in_box(boxed, of_box) is is_in
    assert not is_in_box(boxed, replace(of_box, step=replace(of_box.step, box="B-2")))


def an_arbitrary_step(kind: StepKind, hours: int, institution: str) -> StepTold:
    return a_step(kind, "T-1", MORNING + hours * HOUR, institution=institution, box="B-1")


steps = st.builds(
    an_arbitrary_step, st.sampled_from(list(StepKind)), st.integers(-3, 12), st.sampled_from([CDC, HOSPITAL])
)


@given(st.lists(steps, max_size=8).flatmap(lambda told: st.tuples(st.just(told), st.permutations(told))))
def test_a_chain_is_the_same_in_any_order(orders: tuple[list[StepTold], list[StepTold]]) -> None:
    told, other = orders
    assert chain_of(MORNING, None, told) == chain_of(MORNING, None, other)


@given(st.lists(steps, max_size=8))
def test_no_step_is_lost_and_the_odd_ones_are_flagged(told: list[StepTold]) -> None:
    chain = chain_of(MORNING, None, told)
    assert len(chain.steps) == len(told)
    order = list(StepKind)
    first = {kind: min(one.step.at for one in told if one.step.kind is kind) for kind in chain.first}
    assert chain.first == first
    for flagged in chain.steps:
        step = flagged.told.step
        earlier = order[: order.index(step.kind)]
        is_odd = any(first[kind] > step.at for kind in earlier if kind in first)
        assert (Flag.OUT_OF_ORDER in flagged.flags) is is_odd
        assert (Flag.BEFORE_SAMPLING in flagged.flags) is (step.at < MORNING)


def test_a_step_after_the_result_is_out_of_order_and_a_later_hand_over_is_not() -> None:
    resulted = MORNING + 8 * HOUR
    run = a_step(StepKind.RUN, "T-1", resulted + TICK)
    assert chain_of(MORNING, resulted, [run]).flags == {Flag.OUT_OF_ORDER}
    handed = [a_step(StepKind.HANDED_OVER, "T-1", MORNING + hours * HOUR) for hours in (1, 10)]
    assert chain_of(MORNING, resulted, handed).flags == set()


def test_the_laboratory_is_where_it_was_last() -> None:
    received = a_step(StepKind.RECEIVED, "T-1", MORNING + HOUR)
    moved = a_step(StepKind.RECEIVED, "T-1", MORNING + 3 * HOUR, institution=HOSPITAL)
    assert chain_of(MORNING, None, [moved, received]).laboratory == HOSPITAL


def a_seen(number: int = 1, result: Result = N, **changes: Any) -> ResultSeen:
    fields: dict[str, Any] = {
        "sample_id": UUID(int=number),
        "tube_code": "T-1",
        "institution": CDC,
        "division": A_VILLAGE,
        "method": Method.PCR,
        "result": result,
        "revision": 1,
        "sampled_at": MORNING,
        "first_resulted_at": MORNING + 8 * HOUR,
        "resulted_at": MORNING + 8 * HOUR,
        "recorded_at": NOW,
        **changes,
    }
    return ResultSeen(**fields)


@pytest.mark.parametrize(
    ("changes", "tube"),
    [
        ({}, FIRST),
        ({"first_resulted_at": MORNING - FIVE}, FIRST),
        ({"first_resulted_at": MORNING - FIVE - TICK}, None),
        ({"first_resulted_at": MORNING + 49 * HOUR}, SECOND),
        ({"division": OUTSIDE}, None),
        ({"division": JIANSHENG}, FIRST),
        ({"division": "500000"}, FIRST),
    ],
)
def test_a_result_is_of_the_last_tube_that_was_opened_by_then(
    changes: dict[str, Any], tube: KnownTube | None
) -> None:
    assert tube_of_result(a_seen(**changes), [SECOND, FIRST]) == tube


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ([a_seen(1, N), a_seen(2, P)], 2),
        ([a_seen(1, I), a_seen(2, N)], 2),
        ([a_seen(1, I), a_seen(2, P)], 2),
        ([a_seen(1, N), a_seen(2, N, first_resulted_at=MORNING)], 2),
        ([a_seen(2, N), a_seen(1, N)], 1),
    ],
)
def test_a_positive_holds_before_a_negative_and_a_clear_before_an_unclear(
    told: list[ResultSeen], held: int
) -> None:
    for order in (told, told[::-1]):
        holder = holder_of(order)
        assert holder is not None
        assert holder.sample_id == UUID(int=held)


DONE = MORNING + 8 * HOUR


@pytest.mark.parametrize(
    ("own", "other", "is_free"),
    [
        ((DONE, None), (MORNING, DONE), True),
        ((DONE - TICK, None), (MORNING, DONE), False),
        ((DONE, None), (MORNING, None), False),
        ((MORNING, DONE), (DONE, None), True),
        ((MORNING, None), (DONE, None), False),
        ((MORNING, None), (DONE, DONE + HOUR), False),
    ],
)
def test_a_code_is_free_once_its_tube_has_a_result(
    own: tuple[datetime, datetime | None], other: tuple[datetime, datetime | None], is_free: bool
) -> None:
    assert is_code_free(*own, [other]) is is_free
    assert is_code_free(*other, [own]) is is_free


MEMBER = PoolMember(UUID(int=11), MORNING, person(1))


def a_finding(result: Result, at: datetime = DONE, number: int = 1, **changes: Any) -> Finding:
    fields: dict[str, Any] = {"person_id": person(1), **changes}
    return Finding(UUID(int=number), at, result, at + HOUR, **fields)


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ([], MemberState.PENDING),
        ([a_finding(N)], MemberState.CLEARED),
        ([a_finding(N, DONE - TICK)], MemberState.PENDING),
        ([a_finding(P)], MemberState.POSITIVE),
        ([a_finding(I)], MemberState.PENDING),
        ([a_finding(I), a_finding(N, DONE + HOUR, 2)], MemberState.CLEARED),
        ([a_finding(N), a_finding(P, DONE + HOUR, 2)], MemberState.CLEARED),
        ([a_finding(N, DONE + TICK), a_finding(P, DONE, 2)], MemberState.POSITIVE),
        ([a_finding(N, person_id=person(2))], MemberState.PENDING),
        ([a_finding(N, MORNING + TICK, retest_of=MEMBER.sample_id)], MemberState.CLEARED),
        ([a_finding(N, MORNING, retest_of=MEMBER.sample_id)], MemberState.PENDING),
        ([a_finding(N, MORNING + TICK, retest_of=UUID(int=12))], MemberState.PENDING),
        ([a_finding(N, DONE, retest_of=UUID(int=12))], MemberState.CLEARED),
        ([a_finding(N, DONE, retest_of=MEMBER.sample_id, person_id=person(2))], MemberState.PENDING),
    ],
)
def test_the_first_clear_single_sample_decides_about_a_member(
    findings: list[Finding], state: MemberState
) -> None:
    for order in (findings, findings[::-1]):
        assert decide(MEMBER, DONE, order).state is state


def test_a_pool_is_resolved_when_the_last_member_is_decided() -> None:
    early, late = a_finding(N), a_finding(P, DONE + HOUR, 2)
    decided = [Decided(MemberState.CLEARED, early), Decided(MemberState.POSITIVE, late)]
    assert resolved_at(decided) == late.resulted_at
    assert resolved_at([*decided, Decided(MemberState.PENDING)]) is None
    assert resolved_at([]) is None


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pool_and_retests_find_exactly_those_who_carry_it(size: int) -> None:
    """Brute force: every way in which the members may carry it; a pool is positive when one of them does."""
    for carriers in product([False, True], repeat=size):
        members = [PoolMember(UUID(int=20 + one), MORNING, person(one)) for one in range(size)]
        is_positive = any(carriers)
        findings = [
            a_finding(P if carries else N, number=one + 1, person_id=person(one))
            for one, carries in enumerate(carriers)
        ]
        states = [
            decide(member, DONE, findings).state if is_positive else MemberState.CLEARED for member in members
        ]
        assert [state is MemberState.POSITIVE for state in states] == list(carriers)
        assert MemberState.PENDING not in states
