"""Who is one person, which of their due tests are doubles, and what a blocked lot owes: pure rules."""

import random
from datetime import date, datetime
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.due.asking import Source, ask_of_symptoms
from services.testing.rules.due.doubles import Claim, Merge, doubles_of, survivors_of
from services.testing.rules.due.law import compile_due_law
from services.testing.rules.due.lots import LotTelling, demands_of
from shared.contracts.registration import SymptomFlagged
from shared.policy import load_pack
from shared.vocabulary import SubjectKind
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE
from tests.policy.packs import PACK
from tests.testing.due.tests_owed import ZERO, at, day, swab

pytestmark = pytest.mark.requirement("test-all-due")

LAW = compile_due_law(load_pack(PACK))
A, B, C, D = (UUID(int=number) for number in range(1, 5))
LOT = UUID(int=90)


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)).filter(lambda pair: pair[0] != pair[1])))
def test_who_is_one_person_is_what_the_merges_connect(pairs: list[tuple[int, int]]) -> None:
    merges = [Merge(UUID(int=kept), UUID(int=merged)) for kept, merged in pairs]
    everybody = [UUID(int=number) for number in range(1, 9)]
    survivors = survivors_of(everybody, merges)
    connected = {one: {one} for one in everybody}
    for _ in everybody:  # as often as the longest chain: plain and slow
        for merge in merges:
            both = connected[merge.person_id] | connected[merge.merged_person_id]
            for one in both:
                connected[one] = connected[one] | both
    for one in everybody:
        together = {other for other in everybody if survivors.get(other, other) == survivors.get(one, one)}
        assert together == connected[one]
        assert (one in survivors) == (len(connected[one]) > 1)
    assert all(survivors[survivor] == survivor for survivor in survivors.values())
    random.Random(1).shuffle(merges)
    assert survivors_of(everybody, merges) == survivors


def test_the_record_that_ends_in_no_other_survives_also_over_several_merges() -> None:
    assert survivors_of([A], [Merge(B, A), Merge(C, B)]) == {A: C, B: C, C: C}
    assert survivors_of([A, B], []) == {}
    assert set(survivors_of([], [Merge(A, B), Merge(B, A)]).values()) == {A}


def a_claim(number: int, subject: UUID, source: Source, due: date = ZERO, **changes: object) -> Claim:
    fields: dict[str, object] = {
        "due_id": UUID(int=number),
        "subject_id": subject,
        "source": source,
        "series": UUID(int=500),
        "counted_in": "couriers",
        "from_on": due,
        "due_on": due,
        "until_on": None,
        "told_at": at(0, 8),
        "division": A_VILLAGE,
        **changes,
    }
    return Claim(**fields)  # pyright: ignore[reportArgumentType]


def test_what_two_records_are_asked_for_alike_is_due_once_to_the_surviving_one() -> None:
    claims = [a_claim(1, A, Source.CASE), a_claim(2, B, Source.CASE), a_claim(3, C, Source.CASE)]
    for turn in permutations(claims):
        assert doubles_of(turn, B, []) == {UUID(int=1): UUID(int=2), UUID(int=3): UUID(int=2)}
    assert doubles_of(claims[::2], B, []) == {UUID(int=3): UUID(int=1)}, "no test of the surviving record"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (a_claim(1, A, Source.CASE), a_claim(2, B, Source.CASE, series=UUID(int=501))),
        (a_claim(1, A, Source.PLAN), a_claim(2, B, Source.PLAN, series=UUID(int=501))),
        (a_claim(1, A, Source.CATEGORY), a_claim(2, B, Source.CATEGORY, counted_in="drivers")),
        (a_claim(1, A, Source.CATEGORY), a_claim(2, B, Source.CATEGORY, day(7))),
        (a_claim(1, A, Source.ORDERED), a_claim(2, B, Source.CATEGORY)),
        (a_claim(1, A, Source.CATEGORY), a_claim(2, A, Source.CATEGORY)),
        (a_claim(1, A, Source.ORDERED), a_claim(2, B, Source.ORDERED, division=ANOTHER_VILLAGE)),
        (a_claim(1, A, Source.CASE), a_claim(2, B, Source.CASE, division=ANOTHER_VILLAGE)),
    ],
)
def test_what_is_asked_for_by_something_else_is_no_double(first: Claim, second: Claim) -> None:
    assert doubles_of([first, second], A, []) == {}


def test_one_category_in_two_villages_is_one_demand() -> None:
    claims = [a_claim(1, A, Source.CATEGORY), a_claim(2, B, Source.CATEGORY, series=UUID(int=501))]
    assert doubles_of(claims, A, []) == {UUID(int=2): UUID(int=1)}


def symptoms(number: int, on: int, hour: int, subject: UUID = A) -> Claim:
    return a_claim(number, subject, Source.SYMPTOM, day(on), series=UUID(int=number), told_at=at(on, hour))


def test_symptoms_that_grow_before_a_sample_ask_for_one_and_after_it_for_another() -> None:
    claims = [symptoms(1, 0, 10), symptoms(2, 1, 9), symptoms(3, 2, 9, B)]
    for turn in permutations(claims):
        assert doubles_of(turn, A, []) == {UUID(int=2): UUID(int=1), UUID(int=3): UUID(int=1)}
        assert doubles_of(turn, A, [swab(0, 15)]) == {UUID(int=3): UUID(int=2)}
        assert doubles_of(turn, A, [swab(1, 15)]) == {UUID(int=2): UUID(int=1)}
        assert doubles_of(turn, A, [swab(0, 15), swab(1, 15)]) == {}
        assert doubles_of(turn, A, [swab(2, 15)]) == {UUID(int=2): UUID(int=1), UUID(int=3): UUID(int=1)}


def flagged(on: int, hour: int) -> SymptomFlagged:
    told = {"division": A_VILLAGE, "occurred_at": at(on, hour), "recorded_at": at(on, hour)}
    return SymptomFlagged.model_validate({**told, "person_id": A, "symptoms": ["fever"]})


def test_somebody_under_management_with_symptoms_is_due_at_once() -> None:
    ask = ask_of_symptoms(flagged(0, 23), LAW)
    assert (ask.source, ask.category, ask.subject_id) == (Source.SYMPTOM, "suspect-patients", A)
    assert (ask.at_once, ask.from_on, ask.due_on, ask.told_at) == (True, day(0), day(1), at(0, 23))
    assert ask_of_symptoms(flagged(0, 8), LAW).due_id == ask.due_id, "one test a day"
    assert ask_of_symptoms(flagged(1, 0), LAW).due_id != ask.due_id


def told(division: str, on: int, *, blocked: bool = True, hour: int = 9) -> LotTelling:
    return LotTelling(division, at(on, hour), blocked)


def standing(tellings: list[LotTelling]) -> dict[str, date]:
    """Since when a lot is due in each division where it is."""
    ends: list[dict[str, date]] = []
    for turn in permutations(tellings):
        demands = demands_of(LOT, turn, LAW)
        due = [one for one in demands if one.dropped_at is None or one.dropped_at < one.ask.told_at]
        ends.append({one.ask.division: one.ask.from_on for one in due})
        assert len({one.ask.due_id for one in demands}) == len(demands)
        for one in demands:
            assert (one.ask.subject_kind, one.ask.subject_id) == (SubjectKind.GOODS, LOT)
    assert ends == [ends[0]] * len(ends), "whatever is told first"
    return ends[0]


@pytest.mark.parametrize(
    ("tellings", "due"),
    [
        ([told(A_VILLAGE, 0)], {A_VILLAGE: day(0)}),
        ([told(A_VILLAGE, 0), told(ANOTHER_VILLAGE, 0)], {A_VILLAGE: day(0), ANOTHER_VILLAGE: day(0)}),
        ([told(A_VILLAGE, 0), told(A_VILLAGE, 1)], {A_VILLAGE: day(0)}),
        ([told(A_VILLAGE, 0), told(A_VILLAGE, 1, blocked=False)], {}),
        ([told(A_VILLAGE, 0), told(ANOTHER_VILLAGE, 1, blocked=False)], {}),
        ([told(A_VILLAGE, 0), told(A_VILLAGE, 1, blocked=False), told(A_VILLAGE, 2)], {A_VILLAGE: day(2)}),
        ([told(A_VILLAGE, 0, blocked=False)], {}),
    ],
)
def test_a_lot_is_due_since_it_was_first_blocked_after_it_was_last_cleared(
    tellings: list[LotTelling], due: dict[str, date]
) -> None:
    assert standing(tellings) == due


def test_a_lot_is_due_in_the_category_of_cold_chain_food_by_the_next_day() -> None:
    (demand,) = demands_of(
        LOT, [LotTelling(A_VILLAGE, datetime.fromisoformat("2021-02-08T16:00:00Z"), True)], LAW
    )
    assert (demand.ask.category, demand.ask.from_on, demand.ask.due_on) == ("cold-chain-food", day(1), day(2))
    assert demand.ask.reference == str(LOT)
