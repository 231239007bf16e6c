"""The rules of tubes and their members, on both sides of each limit."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.testing.rules.tubes.admission import STALE_AFTER, Admission, Claim
from services.testing.rules.tubes.tube import (
    CODE_TAKEN,
    IN_ANOTHER_TUBE,
    Member,
    TubeTold,
    problems_of,
    sample_ids_of,
    tube_id_of,
)
from shared.vocabulary import SubjectKind
from tests.builders import A_VILLAGE, JIANSHENG, OUTSIDE
from tests.testing.tubes.builders import (
    HOUR,
    MORNING,
    NOW,
    REGISTERS,
    a_member,
    a_tube,
    everywhere,
    person,
)

TICK = timedelta(microseconds=1)
FIVE = timedelta(minutes=5)


def refused(told: TubeTold) -> list[str]:
    return [problem.field for problem in problems_of(told, REGISTERS, everywhere, NOW)]


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (a_tube("T-1", 1, 2), []),
        (a_tube("T-1"), []),
        (a_tube("T-1", division=OUTSIDE), ["division"]),
        (a_tube("T-1", laboratory="elsewhere"), ["laboratory"]),
        (a_tube("T-1", at=NOW + FIVE), []),
        (a_tube("T-1", at=NOW + FIVE + TICK), ["opened_at"]),
        (a_tube("T-1", *range(1, 11)), []),
        (a_tube("T-1", *range(1, 12)), ["members"]),
        (a_tube("T-1", 1, size=1), []),
        (a_tube("T-1", 1, 2, size=1), ["members"]),
        (a_tube("T-1", 1, 1, size=1), []),
        (a_tube("T-1", 1, a_member(1, category="cold-chain")), ["members.1"]),
    ],
)
def test_a_tube_is_refused_field_by_field(told: TubeTold, fields: list[str]) -> None:
    assert refused(told) == fields


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"sampled_at": MORNING - FIVE}, []),
        ({"sampled_at": MORNING - FIVE - TICK}, ["members.0.sampled_at"]),
        ({"sampled_at": MORNING + 24 * HOUR}, []),
        ({"sampled_at": MORNING + 24 * HOUR + TICK}, ["members.0.sampled_at"]),
        ({"division": OUTSIDE}, ["members.0.division"]),
        ({"reported_at": NOW + FIVE + TICK}, ["members.0.reported_at"]),
        ({"person_id": None}, ["members.0.position"]),
        ({"person_id": None, "position": 1}, []),
        ({"object_id": "lot-1"}, ["members.0.object_id"]),
        ({"subject_kind": SubjectKind.GOODS}, ["members.0.person_id"]),
        ({"subject_kind": SubjectKind.GOODS, "person_id": None, "object_id": "lot-1"}, []),
        ({"retest_of": UUID(int=9)}, ["members.0.retest_of"]),
    ],
)
def test_a_member_is_refused_field_by_field(changes: dict[str, Any], fields: list[str]) -> None:
    assert refused(a_tube("T-1", replace(a_member(1), **changes))) == fields


@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize("size", [1, 5, 10, 20])
def test_no_member_has_a_position_beyond_the_tube(size: int, is_named: bool) -> None:
    who: dict[str, Any] = {} if is_named else {"person_id": None}
    assert refused(a_tube("T-1", a_member(1, position=size, **who), size=size)) == []
    beyond = a_tube("T-1", a_member(1, position=size + 1, **who), size=size)
    assert refused(beyond) == ["members.0.position"]


def test_a_retest_is_taken_singly() -> None:
    assert refused(a_tube("T-1", a_member(1, retest_of=UUID(int=9)), size=1)) == []


def test_what_lies_outside_the_subtree_is_refused() -> None:
    problems = problems_of(a_tube("T-1", a_member(1, division=JIANSHENG)), REGISTERS, A_VILLAGE.__eq__, NOW)
    assert [problem.field for problem in problems] == ["members.0.division"]


def test_ids_follow_from_what_is_told_and_lie_together() -> None:
    told = a_tube("T-1", 1, 2)
    tube_id = told.head.tube_id
    assert tube_id == tube_id_of("point-1", "T-1", MORNING)
    assert tube_id != tube_id_of("point-2", "T-1", MORNING)
    assert tube_id < tube_id_of("point-0", "T-0", MORNING + timedelta(milliseconds=1))
    first, second = told.sample_ids
    assert first != second
    assert first.bytes[:6] == second.bytes[:6] == tube_id.bytes[:6]
    assert sample_ids_of(tube_id, [a_member(1, sampled_twice=True)]) == (first,)


def an_admission(*known: TubeTold, claims: list[Claim] | None = None) -> Admission:
    tubes = {told.head.tube_id: (told.head, True, dict(told.samples)) for told in known}
    return Admission(tubes=tubes, others=[], results=[], claims=claims or [])


@pytest.mark.parametrize(
    "change",
    [
        {"code": "T-2"},
        {"division": JIANSHENG},
        {"point": "point-2"},
        {"size": 5},
        {"opened_at": MORNING + TICK},
        {"laboratory": "500104-cdc"},
        {"campaign_id": UUID(int=3)},
    ],
)
def test_a_tube_is_said_once_and_never_otherwise(change: dict[str, Any]) -> None:
    known = a_tube("T-1", 1)
    other = replace(known, head=replace(known.head, **change))
    assert [problem.field for problem in an_admission(known).admit(other).problems] == [*change]


def test_members_are_added_up_to_the_size_and_never_changed() -> None:
    admission = an_admission(a_tube("T-1", 1, 2, size=5))
    assert not admission.admit(a_tube("T-1", 1, size=5)).is_news
    assert admission.admit(a_tube("T-1", 2, 3, 4, size=5)).is_news
    (problem,) = admission.admit(a_tube("T-1", 5, 6, size=5)).problems
    assert (problem.field, problem.reason) == ("members", "would be 6; the tube takes 5")
    assert admission.admit(a_tube("T-1", 5, size=5)).is_news
    changed: Member = a_member(1, category="cold-chain")
    assert [one.field for one in admission.admit(a_tube("T-1", changed, size=5)).problems] == ["members.0"]


def test_a_code_stands_for_one_open_tube_also_within_a_batch() -> None:
    admission = an_admission()
    assert admission.admit(a_tube("T-1", 1)).is_news
    (problem,) = admission.admit(a_tube("T-1", 2, point="point-2", tube_id=UUID(int=5))).problems
    assert (problem.field, problem.reason) == ("code", CODE_TAKEN)


@pytest.mark.parametrize(
    ("passed", "is_refused"), [(STALE_AFTER, True), (STALE_AFTER + TICK, False), (-STALE_AFTER, True)]
)
def test_a_person_is_in_one_open_tube_for_three_days(passed: timedelta, is_refused: bool) -> None:
    claim = Claim(person(1), UUID(int=5), MORNING - passed)
    problems = an_admission(claims=[claim]).admit(a_tube("T-1", 2, 1)).problems
    expected = [("members.1.person_id", IN_ANOTHER_TUBE)] if is_refused else []
    assert [(one.field, one.reason) for one in problems] == expected


def test_a_person_sampled_twice_on_purpose_is_in_two_tubes() -> None:
    admission = an_admission()
    assert admission.admit(a_tube("T-1", 1, size=1)).is_news
    assert admission.admit(a_tube("T-2", 1, size=1)).problems
    assert admission.admit(a_tube("T-2", a_member(1, sampled_twice=True), size=1)).is_news
