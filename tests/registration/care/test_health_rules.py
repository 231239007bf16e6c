"""Fever, symptoms, days and episodes: both sides of each limit, at midnight too."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from services.registration.rules.care.health_day import (
    MissedDayFollowUp,
    MissedOutcome,
    follow_up_problems,
    is_late,
    next_day_to_open,
)
from services.registration.rules.care.health_report import (
    HealthStatement,
    Period,
    Reporter,
    begin,
    flags_of,
    merge,
    problems_of,
)
from services.registration.rules.care.symptom_episode import (
    EpisodeState,
    Flag,
    FollowUp,
    Outcome,
    Step,
    after_step,
    grown_by,
    opened_by,
    step_problems,
    together,
)
from shared.clock import SHANGHAI
from shared.vocabulary import Symptom
from tests.builders import A_VILLAGE
from tests.registration.care.test_grid_rules import LAW

pytestmark = pytest.mark.requirement("health-monitoring")

REPORTS = LAW.health_reports
DAY = date(2021, 2, 1)
NOW = datetime(2021, 2, 1, 9, 0, tzinfo=SHANGHAI).astimezone(UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SAID = HealthStatement(
    person_id=UUID(int=1),
    division=A_VILLAGE,
    day=DAY,
    period=Period.MORNING,
    temperature_celsius=36.5,
    symptoms=frozenset(),
    reporter=Reporter.SELF,
    measured_at=NOW - HOUR,
    recorded_at=NOW - HOUR,
    received_from="key",
)


@pytest.mark.parametrize(
    ("temperature", "symptoms", "flagged"),
    [
        (37.29, (), ()),
        (37.3, (), (Symptom.FEVER,)),
        (36.5, (Symptom.COUGH,), (Symptom.COUGH,)),
        (36.5, (Symptom.FEVER,), (Symptom.FEVER,)),
        (38.0, (Symptom.DIARRHOEA,), (Symptom.DIARRHOEA, Symptom.FEVER)),
        (36.5, tuple(Symptom), tuple(Symptom)),
    ],
)
def test_a_fever_begins_at_373_and_listed_symptoms_are_flagged(
    temperature: float, symptoms: tuple[Symptom, ...], flagged: tuple[Symptom, ...]
) -> None:
    said = replace(SAID, temperature_celsius=temperature, symptoms=frozenset(symptoms))
    assert flags_of(said, REPORTS) == frozenset(flagged)


def test_limit_and_list_are_the_policys() -> None:
    law = REPORTS.model_copy(update={"fever_from_celsius": 38.0, "symptoms": (Symptom.COUGH,)})
    said = replace(SAID, temperature_celsius=37.9, symptoms=frozenset({Symptom.DIARRHOEA}))
    assert flags_of(said, law) == frozenset()


@pytest.mark.parametrize(
    ("measured", "day", "fields"),
    [
        (datetime(2021, 2, 1, 0, 0, tzinfo=SHANGHAI), DAY, []),
        (datetime(2021, 1, 31, 23, 59, 59, tzinfo=SHANGHAI), DAY, ["day"]),
        (datetime(2021, 1, 31, 23, 59, 59, tzinfo=SHANGHAI), date(2021, 1, 31), []),
        (NOW + 5 * MINUTE, DAY, []),
        (NOW + 6 * MINUTE, DAY, ["measured_at"]),
    ],
)
def test_a_measurement_lies_in_the_day_that_it_reports(
    measured: datetime, day: date, fields: list[str]
) -> None:
    said = replace(SAID, measured_at=measured.astimezone(UTC), day=day)
    assert [problem.field for problem in problems_of(said, NOW)] == fields


def test_what_was_recorded_last_holds_in_whatever_order_it_came() -> None:
    statements = [
        SAID,
        replace(SAID, temperature_celsius=38.5, recorded_at=NOW, measured_at=NOW),
        replace(SAID, temperature_celsius=37.0, recorded_at=NOW + MINUTE, measured_at=NOW - 2 * HOUR),
    ]
    held = set()
    for order in permutations(statements):
        merged = begin(order[0])
        for said in order[1:]:
            merged = merge(merged, begin(said))
        held.add(merged)
    (one,) = held
    assert (one.temperature_celsius, one.first_measured_at) == (37.0, NOW - 2 * HOUR)


@pytest.mark.parametrize(
    ("last", "now", "following"),
    [
        (None, NOW, DAY),
        (DAY, NOW, None),
        (date(2021, 1, 29), NOW, date(2021, 1, 30)),
        (date(2021, 1, 31), datetime(2021, 2, 1, 0, 0, 29, tzinfo=SHANGHAI), None),
        (date(2021, 1, 31), datetime(2021, 2, 1, 0, 0, 30, tzinfo=SHANGHAI), DAY),
        (date(2020, 12, 31), datetime(2021, 1, 1, 0, 1, tzinfo=SHANGHAI), date(2021, 1, 1)),
        (date(2020, 2, 28), datetime(2020, 3, 1, 0, 1, tzinfo=SHANGHAI), date(2020, 2, 29)),
    ],
)
def test_days_are_opened_one_by_one_half_a_minute_after_midnight(
    last: date | None, now: datetime, following: date | None
) -> None:
    assert next_day_to_open(last, now.astimezone(UTC)) == following


def test_a_day_that_is_opened_more_than_half_an_hour_after_midnight_is_late() -> None:
    midnight = datetime(2021, 2, 1, 0, 0, tzinfo=SHANGHAI)
    assert not is_late(DAY, midnight + 30 * MINUTE)
    assert is_late(DAY, midnight + 30 * MINUTE + timedelta(microseconds=1))


def test_nobody_looks_for_a_missed_report_before_its_day() -> None:
    midnight = datetime(2021, 2, 1, 0, 0, tzinfo=SHANGHAI)
    for occurred_at, fields in (
        (midnight, []),
        (midnight - timedelta(microseconds=1), ["occurred_at"]),
        (NOW + 6 * MINUTE, ["occurred_at"]),
    ):
        found = MissedDayFollowUp(UUID(int=1), DAY, MissedOutcome.WELL, occurred_at, NOW)
        assert [problem.field for problem in follow_up_problems(found, NOW)] == fields


FLAG = Flag(UUID(int=1), A_VILLAGE, frozenset({Symptom.FEVER}), 38.0, NOW - HOUR, NOW)


def test_several_flags_of_one_person_are_one_with_the_earliest_moment() -> None:
    later = replace(FLAG, symptoms=frozenset({Symptom.COUGH}), temperature_celsius=39.0, measured_at=NOW)
    other = replace(FLAG, person_id=UUID(int=0))
    one, both = together([later, FLAG, other])
    assert one == other
    assert both.symptoms == {Symptom.FEVER, Symptom.COUGH}
    assert (both.temperature_celsius, both.measured_at) == (39.0, NOW - HOUR)


def test_an_episode_grows_is_followed_up_and_ends() -> None:
    episode = grown_by(opened_by(FLAG), replace(FLAG, symptoms=frozenset({Symptom.COUGH})))
    assert episode.symptoms == {Symptom.FEVER, Symptom.COUGH}
    assert episode.state is EpisodeState.OPEN
    visit = Step(episode.id, FollowUp.VISITED, NOW, NOW, "key")
    call = Step(episode.id, FollowUp.CONTACTED, NOW - 30 * MINUTE, NOW, "key")
    followed = after_step(after_step(episode, visit), call)
    assert (followed.state, followed.followed_up_at) == (EpisodeState.FOLLOWED_UP, call.occurred_at)
    closed = after_step(followed, Step(episode.id, Outcome.RULED_OUT, NOW, NOW, "key"))
    assert (closed.state, closed.outcome, closed.closed_at) == (EpisodeState.CLOSED, Outcome.RULED_OUT, NOW)
    early = replace(visit, occurred_at=episode.opened_at - timedelta(microseconds=1))
    assert [problem.field for problem in step_problems(early, episode, NOW)] == ["occurred_at"]
    assert step_problems(replace(visit, occurred_at=episode.opened_at), episode, NOW) == []
