"""The rules of key places: closed management, checklists, findings, who enters."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.places.closure import ClosureOrder, holding
from services.registration.rules.places.entry_check import EntryCheck, EntryRole, judge_entry
from services.registration.rules.places.finding import (
    Finding,
    FindingState,
    FindingStep,
    FindingStepKind,
    follow,
)
from services.registration.rules.places.inspection import Answer, Answered, problems_of
from services.registration.rules.places.law import law_of
from services.registration.rules.places.place import Closure, PlaceStated
from services.registration.rules.places.place import problems_of as problems_of_place
from services.registration.rules.telling import Telling
from shared.errors import Conflict, InvalidInput
from shared.policy import load_pack
from shared.policy.key_places import PlaceKind
from shared.vocabulary import Symptom
from tests.builders import A_VILLAGE
from tests.policy.packs import PACK

pytestmark = pytest.mark.requirement("key-places")

LAW = law_of(load_pack(PACK))
NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACE = UUID(int=7)


def told(hours: float) -> Telling:
    return Telling(NOW + hours * HOUR, NOW, "key")


def an_order(hours: float, closed: bool, reason: str = "r") -> ClosureOrder:
    return ClosureOrder(PLACE, closed, reason, told(hours))


@pytest.mark.parametrize(
    ("orders", "since"),
    [
        ([], None),
        ([(0, True)], 0),
        ([(0, True), (1, False)], None),
        ([(0, True), (1, False), (2, True)], 2),
        ([(0, True), (2, True)], 0),
        ([(0, False)], None),
        ([(1, True), (1, False)], 1),
    ],
)
def test_the_last_orders_say_whether_a_place_is_closed(
    orders: list[tuple[float, bool]], since: float | None
) -> None:
    expected = None if since is None else Closure(NOW + since * HOUR, "r")
    for order in itertools.permutations([an_order(*one) for one in orders]):
        assert holding(order) == expected


ORDERS = st.lists(st.builds(an_order, st.integers(0, 5), st.booleans()), max_size=8)


@given(ORDERS, st.randoms())
def test_the_order_in_which_orders_become_known_makes_no_difference(
    orders: list[ClosureOrder], random: Random
) -> None:
    shuffled = sorted(orders, key=lambda _: random.random())
    assert holding(shuffled) == holding(orders)
    assert holding([*orders, *orders]) == holding(orders)


def a_check(role: EntryRole, temperature: str, *symptoms: Symptom) -> EntryCheck:
    return EntryCheck(PLACE, "C-1", role, Decimal(temperature), frozenset(symptoms), told(0))


STAFF, VISITOR = EntryRole.STAFF, EntryRole.VISITOR
COUGH = Symptom.COUGH
ENTRIES = [
    # kind, closed, role, temperature, symptoms, rules that keep out
    ("nursing-home", False, STAFF, "37.2", (), []),
    ("nursing-home", False, STAFF, "37.3", (), ["closed-institution"]),
    ("nursing-home", False, VISITOR, "37.3", (), ["closed-institution"]),
    ("nursing-home", False, STAFF, "36.5", (COUGH,), ["closed-institution"]),
    ("nursing-home", False, VISITOR, "36.5", (COUGH,), ["closed-institution"]),
    ("nursing-home", True, VISITOR, "36.5", (), ["closed-management"]),
    ("nursing-home", True, STAFF, "36.5", (), []),
    ("nursing-home", True, VISITOR, "38.0", (), ["closed-institution", "closed-management"]),
    ("prison", False, VISITOR, "36.5", (Symptom.DIARRHOEA,), ["closed-institution"]),
    ("shop", False, VISITOR, "37.2", (COUGH,), []),
    ("shop", False, VISITOR, "37.3", (), ["temperature-measured"]),
    ("shop", True, VISITOR, "36.5", (), ["closed-management"]),
    ("school", False, STAFF, "36.5", (COUGH,), ["members-watched"]),
    ("card-room", False, VISITOR, "39.0", (), []),
]


@pytest.mark.parametrize(("kind", "is_closed", "role", "temperature", "symptoms", "rules"), ENTRIES)
def test_who_enters(
    kind: str,
    is_closed: bool,
    role: EntryRole,
    temperature: str,
    symptoms: tuple[Symptom, ...],
    rules: list[str],
) -> None:
    check = a_check(role, temperature, *symptoms)
    refusals = judge_entry(LAW.places, kind, check, is_closed=is_closed)
    assert [one.rule for one in refusals] == rules
    assert all(LAW.cite(one.clause).startswith("渡建胜肺炎组发〔2021〕2号") for one in refusals)


@pytest.mark.parametrize("symptom", Symptom)
@pytest.mark.parametrize("kind", ["nursing-home", "welfare-home", "prison", "drug-rehabilitation"])
def test_no_listed_symptom_enters_a_closed_institution(kind: str, symptom: Symptom) -> None:
    for role in EntryRole:
        assert judge_entry(LAW.places, kind, a_check(role, "36.5", symptom), is_closed=False)


@pytest.mark.parametrize("kind", LAW.places.kinds, ids=lambda kind: kind.id)
def test_every_item_of_a_checklist_is_answered_and_no_other(kind: PlaceKind) -> None:
    listed = LAW.places.kind(kind.id)
    assert listed is not None
    whole = {item: Answered(Answer.OK) for item in listed.checklist}
    assert problems_of(whole, listed) == []
    for item in listed.checklist:
        (problem,) = problems_of({name: one for name, one in whole.items() if name != item}, listed)
        assert problem.field == f"answers.{item}"
    (problem,) = problems_of({**whole, "unheard-of": Answered(Answer.OK)}, listed)
    assert problem.field == "answers.unheard-of"


OPEN = Finding(UUID(int=1), UUID(int=2), "P-1", A_VILLAGE, "masks", FindingState.OPEN, NOW)
MENDED, CONFIRMED, NOT_MENDED = FindingStepKind


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([], "open"),
        ([MENDED], "mended"),
        ([MENDED, MENDED], "mended"),
        ([MENDED, NOT_MENDED], "open"),
        ([MENDED, CONFIRMED], "confirmed"),
        ([MENDED, NOT_MENDED, MENDED, CONFIRMED], "confirmed"),
        ([CONFIRMED], None),
        ([NOT_MENDED], None),
        ([MENDED, NOT_MENDED, CONFIRMED], None),
        ([MENDED, CONFIRMED, MENDED], None),
        ([MENDED, CONFIRMED, NOT_MENDED], None),
        ([MENDED, CONFIRMED, CONFIRMED], None),
    ],
)
def test_nothing_closes_without_a_confirmation(steps: list[FindingStepKind], state: str | None) -> None:
    finding = OPEN
    taken = [FindingStep(OPEN.id, kind, None, told(hours)) for hours, kind in enumerate(steps)]
    if state is None:
        for step in taken[:-1]:
            finding = follow(finding, step, clause="§12")
        with pytest.raises(Conflict) as refused:
            follow(finding, taken[-1], clause="§12")
        assert refused.value.clause == "§12"
        return
    for step in taken:
        finding = follow(finding, step, clause="§12")
    assert finding.state == state


def test_no_step_lies_before_the_one_it_follows() -> None:
    with pytest.raises(InvalidInput):
        follow(OPEN, FindingStep(OPEN.id, MENDED, None, told(-1)), clause="")
    mended = follow(OPEN, FindingStep(OPEN.id, MENDED, None, told(2)), clause="")
    with pytest.raises(InvalidInput):
        follow(mended, FindingStep(OPEN.id, CONFIRMED, None, told(1)), clause="")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"code": "school"}, "code"),
        ({"code": "13812345678"}, "code"),
        ({"division": "500104102999"}, "division"),
        ({"kind": "casino"}, "kind"),
    ],
)
def test_what_a_place_must_be(changes: dict[str, str], field: str | None) -> None:
    stated = replace(PlaceStated("P-1", A_VILLAGE, "school", "小学", None), **changes)
    problems = problems_of_place(stated, LAW.places, {A_VILLAGE})
    assert [problem.field for problem in problems] == ([] if field is None else [field])


def test_the_kinds_of_the_notices_are_all_there() -> None:
    assert {kind.id for kind in LAW.places.kinds} >= {
        *("shop", "restaurant", "hotel", "market", "school", "nursery", "nursing-home"),
        *("welfare-home", "prison", "drug-rehabilitation", "activity-room", "card-room"),
    }
