"""When a gathering needs an approval, and whether it has one: pure rules, on both sides of each limit."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.places.gathering import (
    Decision,
    DecisionKind,
    Gathering,
    GatheringFacts,
    GatheringStatement,
    begin,
    merge,
    needs_approval,
    problems_of,
    repeats,
    state_of,
    unapproved_since,
)
from services.registration.rules.places.law import law_of
from services.registration.rules.telling import Telling
from shared.policy import load_pack
from tests.builders import A_VILLAGE
from tests.policy.packs import PACK

pytestmark = pytest.mark.requirement("gatherings")

LAW = law_of(load_pack(PACK)).gatherings
NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
BEGINS = NOW + 10 * HOUR
FACTS = GatheringFacts("meeting", "活动室", None, 60, BEGINS, BEGINS + HOUR, "PLAN-1")


def said(hours: float = 0, held_at: datetime | None = None, **changes: Any) -> GatheringStatement:
    facts = replace(FACTS, **changes)
    return GatheringStatement("G-1", A_VILLAGE, facts, held_at, NOW + hours * HOUR, "key")


@pytest.mark.parametrize(
    ("statement", "is_repetition"),
    [
        (replace(said(9), is_dated=False), True),
        (said(9), False),
        (replace(said(9, people=61), is_dated=False), False),
        (replace(said(9, plan_reference=None), is_dated=False), False),
        (replace(said(9, held_at=NOW), is_dated=False), False),
    ],
    ids=["undated", "dated", "another head count", "another plan", "seen going on"],
)
def test_undated_it_is_a_repetition_of_what_holds(statement: GatheringStatement, is_repetition: bool) -> None:
    assert repeats(begin(said()), statement) is is_repetition
    seen = begin(said(held_at=NOW))
    assert repeats(seen, replace(said(9, held_at=NOW), is_dated=False))
    assert repeats(seen, replace(said(9), is_dated=False))


def held(**changes: Any) -> Gathering:
    return begin(said(**changes))


def decided(kind: str, people: int, hours: float = 1, facts: GatheringFacts = FACTS) -> Decision:
    told = Telling(NOW + hours * HOUR, NOW, "district")
    return Decision(held().id, DecisionKind(kind), people, facts.key, "r", told)


@pytest.mark.parametrize(
    ("kind", "people", "needed"),
    [
        ("meeting", 1, False),
        ("meeting", 49, False),
        ("meeting", 50, True),
        ("meeting", 51, True),
        ("event", 49, False),
        ("event", 50, True),
        ("feast", 49, False),
        ("feast", 50, True),
        ("performance", 1, True),
        ("competition", 1, True),
        ("exhibition", 1, True),
    ],
)
def test_from_how_many_people_on_an_approval_is_needed(kind: str, people: int, needed: bool) -> None:
    assert needs_approval(replace(FACTS, kind=kind, people=people), LAW) is needed


OTHER_PLACE = replace(FACTS, venue="广场")
STATES: list[tuple[dict[str, Any], list[Decision], str]] = [
    ({"people": 49}, [], "no-approval-needed"),
    ({"people": 50}, [], "awaiting-decision"),
    ({"people": 50, "plan_reference": None}, [], "plan-missing"),
    ({"people": 49, "plan_reference": None}, [], "no-approval-needed"),
    ({}, [decided("approved", 60)], "approved"),
    ({}, [decided("refused", 60)], "refused"),
    ({"people": 59}, [decided("approved", 60)], "approved"),
    ({"people": 61}, [decided("approved", 60)], "awaiting-decision"),
    ({"people": 80}, [decided("approved", 60)], "awaiting-decision"),
    ({"people": 80}, [decided("approved", 60), decided("approved", 80, 2)], "approved"),
    ({"people": 80}, [decided("refused", 60)], "refused"),
    ({"people": 55}, [decided("refused", 60)], "awaiting-decision"),
    ({"people": 45}, [decided("refused", 60)], "no-approval-needed"),
    ({}, [decided("approved", 60), decided("refused", 60, 2)], "refused"),
    ({}, [decided("refused", 60), decided("approved", 60, 2)], "approved"),
    ({}, [decided("approved", 60), decided("refused", 60)], "refused"),
    ({}, [decided("approved", 60), decided("refused", 80, 2)], "awaiting-decision"),
    ({}, [decided("approved", 60, facts=OTHER_PLACE)], "awaiting-decision"),
    ({"venue": "广场"}, [decided("approved", 60)], "awaiting-decision"),
    ({"until_at": BEGINS + 2 * HOUR}, [decided("approved", 60)], "awaiting-decision"),
    ({"kind": "event"}, [decided("approved", 60)], "awaiting-decision"),
    ({"plan_reference": "PLAN-2"}, [decided("approved", 60)], "awaiting-decision"),
    ({"kind": "religious"}, [], "suspended"),
    ({"kind": "folk-fair", "people": 3}, [decided("approved", 3)], "suspended"),
]


@pytest.mark.parametrize(("changes", "decisions", "state"), STATES)
def test_how_a_gathering_stands(changes: dict[str, Any], decisions: list[Decision], state: str) -> None:
    for order in itertools.permutations(decisions):
        assert state_of(held(**changes), order, LAW) == state
    called_off = replace(held(**changes), cancelled_at=NOW, cancelled_reason="r")
    assert state_of(called_off, decisions, LAW) == "cancelled"


APPROVED_AT_BEGIN, APPROVED_LATE = decided("approved", 60, 10), decided("approved", 60, 10.01)
UNAPPROVED: list[tuple[dict[str, Any], list[Decision], timedelta, bool]] = [
    ({}, [], 10 * HOUR - INSTANT, False),
    ({}, [], 10 * HOUR, True),
    ({}, [], 99 * HOUR, True),
    ({"people": 49}, [], 99 * HOUR, False),
    ({}, [decided("approved", 60)], 99 * HOUR, False),
    ({}, [APPROVED_AT_BEGIN], 99 * HOUR, False),
    ({}, [APPROVED_LATE], 99 * HOUR, True),
    ({}, [decided("approved", 60), decided("refused", 60, 2)], 99 * HOUR, True),
    ({}, [decided("approved", 60), decided("refused", 60, 11)], 99 * HOUR, False),
    ({"people": 80}, [decided("approved", 60)], 99 * HOUR, True),
    ({"held_at": NOW}, [decided("approved", 60)], 99 * HOUR, True),
    ({"kind": "religious", "people": 5, "held_at": NOW}, [], HOUR, True),
]


@pytest.mark.parametrize(("changes", "decisions", "after", "unapproved"), UNAPPROVED)
def test_what_is_held_without_approval(
    changes: dict[str, Any], decisions: list[Decision], after: timedelta, unapproved: bool
) -> None:
    gathering = held(**changes)
    since = unapproved_since(gathering, decisions, LAW, NOW + after)
    assert since == (gathering.begins_at if unapproved else None)


def test_a_cancelled_gathering_is_held_only_if_somebody_saw_it() -> None:
    called_off = replace(held(), cancelled_at=NOW, cancelled_reason="r")
    assert unapproved_since(called_off, [], LAW, NOW + 99 * HOUR) is None
    seen = merge(called_off, held(held_at=BEGINS + HOUR))
    assert unapproved_since(seen, [], LAW, NOW + 99 * HOUR) == BEGINS


def counted(hours: int, people: int, seen: int | None) -> GatheringStatement:
    return said(hours, None if seen is None else NOW + seen * HOUR, people=people)


HOURS = st.integers(0, 4)
PEOPLE = st.builds(counted, HOURS, st.integers(40, 60), st.one_of(st.none(), HOURS))


@given(st.lists(PEOPLE, min_size=1, max_size=6), st.randoms())
def test_statements_merge_in_any_order(statements: list[GatheringStatement], random: Random) -> None:
    shuffled = sorted([*statements, *statements], key=lambda _: random.random())
    merged = reduce(merge, map(begin, statements))
    assert reduce(merge, map(begin, shuffled)) == merged
    last = max(one.recorded_at for one in statements)
    assert merged.facts.people == max(one.facts.people for one in statements if one.recorded_at == last)


@given(
    st.integers(1, 200),
    st.lists(st.tuples(st.sampled_from(["approved", "refused"]), st.integers(1, 200)), max_size=5),
)
def test_nothing_large_is_approved_but_by_an_approval_of_as_many(
    people: int, decisions: list[tuple[str, int]]
) -> None:
    made = [decided(kind, count, hours) for hours, (kind, count) in enumerate(decisions)]
    state = state_of(held(people=people), made, LAW)
    if people >= 50 and state == "approved":
        assert decisions[-1][0] == "approved"
        assert decisions[-1][1] >= people
    assert (state == "no-approval-needed") == (people < 50)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"until_at": BEGINS}, "until"),
        ({"until_at": BEGINS + INSTANT}, None),
        ({"kind": "carnival"}, "kind"),
        ({"held_at": NOW + HOUR}, "held_at"),
    ],
)
def test_what_can_be_said(changes: dict[str, Any], field: str | None) -> None:
    problems = problems_of(said(**changes), LAW, NOW, {A_VILLAGE})
    assert [one.field for one in problems] == ([] if field is None else [field])
