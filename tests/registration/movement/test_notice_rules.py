"""What a notice may name, which journeys it means, and how a match is followed: pure rules."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.movement.assistance_notice import (
    EntryKind,
    Match,
    NamedEntry,
    moments_of,
    problems_of_entry,
    same_once,
)
from services.registration.rules.movement.match_progress import (
    MatchState,
    MatchStep,
    MatchStepKind,
    Progress,
    follow,
)
from services.registration.rules.people.identity import Identity, IdentityKind
from services.registration.rules.places.law import law_of
from services.registration.rules.telling import Telling
from shared.clock import SHANGHAI
from shared.errors import Conflict, InvalidInput
from shared.policy import load_pack
from tests.policy.packs import PACK

pytestmark = pytest.mark.requirement("outside-notices")

LAW = load_pack(PACK)
NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
CARD = Identity(IdentityKind.RESIDENT_CARD, "11010519491231002X")
PERSON, VEHICLE, GOODS = EntryKind


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        (NamedEntry(PERSON, identity=CARD), []),
        (NamedEntry(PERSON, telephone="13800000000"), []),
        (NamedEntry(PERSON, name="张伟"), ["identity"]),
        (NamedEntry(PERSON, identity=CARD, vehicle="G1"), ["vehicle"]),
        (NamedEntry(VEHICLE, vehicle="G1"), []),
        (NamedEntry(VEHICLE), ["vehicle"]),
        (NamedEntry(VEHICLE, vehicle="G1", lot_number="L1"), ["lot"]),
        (NamedEntry(GOODS, lot_number="L1"), []),
        (NamedEntry(GOODS, telephone="13800000000"), ["telephone", "lot"]),
    ],
)
def test_an_entry_names_one_thing(entry: NamedEntry, fields: list[str]) -> None:
    assert [one.field for one in problems_of_entry(entry)] == fields


@pytest.mark.parametrize(
    ("arrived", "meant"),
    [
        ("2021-01-30T23:59:59.999999", False),
        ("2021-01-31T00:00:00", True),
        ("2021-01-31T23:59:59", True),
        ("2021-02-01T00:00:00", True),
        ("2021-02-01T23:59:59.999999", True),
        ("2021-02-02T00:00:00", False),
    ],
)
def test_a_journey_of_a_day_arrives_on_it_or_on_the_next_in_shanghai(arrived: str, meant: bool) -> None:
    moments = moments_of(date(2021, 1, 31), law_of(LAW).notices)
    assert moments is not None
    first, end = moments
    assert (first <= datetime.fromisoformat(arrived).replace(tzinfo=SHANGHAI) < end) is meant


def test_the_ends_of_the_calendar_and_no_day_at_all_are_no_failure() -> None:
    notices = law_of(LAW).notices
    assert moments_of(None, notices) is None
    for day in (date.min, date.max, date(1900, 1, 1), date(2200, 1, 1)):
        assert moments_of(day, notices) is not None


def test_the_ground_is_one_of_the_measures() -> None:
    assert LAW.measures is not None
    assert law_of(LAW).notices.ground in {ground.id for ground in LAW.measures.grounds}


def step(kind: MatchStepKind, reason: str | None = "r") -> MatchStep:
    return MatchStep(UUID(int=1), kind, reason, Telling(NOW, NOW, "key"))


FOUND, CONTACTED, MANAGED, NOT_THE_ONE, REOPENED = MatchStepKind
PATHS: list[tuple[list[MatchStepKind], str | None]] = [
    ([FOUND], "found"),
    ([FOUND, CONTACTED], "contacted"),
    ([FOUND, CONTACTED, MANAGED], "managed"),
    ([NOT_THE_ONE], "not-the-one"),
    ([FOUND, NOT_THE_ONE], "not-the-one"),
    ([FOUND, CONTACTED, NOT_THE_ONE], "not-the-one"),
    ([NOT_THE_ONE, REOPENED], "open"),
    ([NOT_THE_ONE, REOPENED, FOUND], "found"),
    ([CONTACTED], None),
    ([MANAGED], None),
    ([FOUND, MANAGED], None),
    ([FOUND, FOUND], None),
    ([REOPENED], None),
    ([FOUND, CONTACTED, MANAGED, NOT_THE_ONE], None),
    ([FOUND, CONTACTED, MANAGED, FOUND], None),
    ([NOT_THE_ONE, NOT_THE_ONE], None),
    ([NOT_THE_ONE, FOUND], None),
]


@pytest.mark.parametrize(("steps", "state"), PATHS)
def test_a_match_is_followed_step_by_step_to_its_end(steps: list[MatchStepKind], state: str | None) -> None:
    progress = Progress()
    for kind in steps[:-1] if state is None else steps:
        progress = follow(progress, step(kind), clause="§12")
    if state is None:
        with pytest.raises(Conflict) as refused:
            follow(progress, step(steps[-1]), clause="§12")
        assert refused.value.clause == "§12"
    else:
        assert progress.state == state
        assert (progress.ended_at is not None) == (state in ("managed", "not-the-one"))


def test_that_it_is_another_needs_a_reason() -> None:
    for kind, progress in (
        (NOT_THE_ONE, Progress()),
        (REOPENED, Progress(MatchState.NOT_THE_ONE, ended_at=NOW)),
    ):
        with pytest.raises(InvalidInput) as refused:
            follow(progress, step(kind, None), clause="")
        assert refused.value.problems[0].field == "reason"


VIAS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["identity", "telephone"])), max_size=8)


@given(VIAS)
def test_who_was_found_twice_is_one_match_by_the_document(found: list[tuple[int, str]]) -> None:
    entry: Any = UUID(int=9)
    matches = [Match(entry, "people", UUID(int=number), "500104", via) for number, via in found]
    once = {match.subject_id.int: match.via for match in same_once(matches)}
    assert set(once) == {number for number, _ in found}
    for number, via in once.items():
        assert (via == "identity") == ((number, "identity") in found)


def test_a_day_is_a_day_of_shanghai_in_winter_as_in_summer() -> None:
    moments = moments_of(date(2021, 2, 1), law_of(LAW).notices)
    assert moments is not None
    assert moments[1] - moments[0] == timedelta(days=2)
