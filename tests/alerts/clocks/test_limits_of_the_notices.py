"""Each of the six limits of the notices, from the events that others publish to the state on both sides."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.alerts.rules.clock_facts import Meanings
from services.alerts.rules.clock_merge import Fact, merge, unstarted
from services.alerts.rules.clock_state import Clock, State, state_of
from shared.contracts import Event
from shared.contracts.alerts import ReportingDayOpened
from shared.contracts.registration import (
    CentralQuarantineDecided,
    QuarantineArrived,
    ReturnKnown,
    ReturnRegistered,
    SymptomReported,
    SymptomSeen,
)
from shared.contracts.reporting import CaseReported, CaseReviewed, DailyReportFiled
from shared.contracts.testing import SamplePositive
from shared.vocabulary import Classification, Method, ReviewOutcome, Symptom
from tests.alerts.clocks.facts import NOON, the_law
from tests.builders import A_VILLAGE

TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
HOSPITAL = "500104-h01"
SAMPLE, CASE, RETURN, REPORT, TRANSFER, PERSON = (UUID(int=number) for number in range(1, 7))


def clock_of(rule_id: str, events: Sequence[Event]) -> Clock:
    """The clock of a rule that the events make, each under an id of its own."""
    meanings = Meanings(the_law().packs)
    said: list[Fact] = [fact for event in events for fact in meanings.facts_of(event, uuid4(), NOON)]
    facts = [fact for fact in said if fact.rule_id == rule_id]
    assert len({fact.subject for fact in facts}) == 1, "start and stop name the same subject"
    return merge(unstarted(facts[0], the_law()), facts, the_law())


def assert_limit(rule_id: str, start: Event, stop: Event, due_at: datetime) -> None:
    """Open and done exactly at the limit is in time, a microsecond later is not."""
    still_open = clock_of(rule_id, [start])
    assert still_open.due_at == due_at
    assert state_of(still_open, due_at) is State.RUNNING
    assert state_of(still_open, due_at + TICK) is State.BREACHED
    for stopped_at, state in ((due_at, State.MET), (due_at + TICK, State.MET_LATE)):
        stopped = stop.model_copy(update={"occurred_at": stopped_at})
        assert state_of(clock_of(rule_id, [start, stopped]), due_at + HOUR) is state
        assert state_of(clock_of(rule_id, [stopped, start]), due_at + HOUR) is state


def positive() -> SamplePositive:
    return SamplePositive(
        division=A_VILLAGE,
        occurred_at=NOON,
        recorded_at=NOON,
        sample_id=SAMPLE,
        tube_code="T-1",
        institution=HOSPITAL,
        method=Method.PCR,
        sampled_at=NOON - HOUR,
    )


def reported(at: datetime, received_at: datetime | None = None) -> CaseReported:
    return CaseReported(
        division=A_VILLAGE,
        occurred_at=at,
        recorded_at=at,
        case_id=CASE,
        sample_id=SAMPLE,
        classification=Classification.SUSPECTED,
        institution=HOSPITAL,
        positive_at=NOON,
        received_at=received_at or at,
    )


@pytest.mark.requirement("direct-report")
def test_a_positive_is_reported_within_two_hours() -> None:
    assert_limit("direct-report", positive(), reported(NOON), NOON + 2 * HOUR)


@pytest.mark.requirement("review")
def test_a_report_is_reviewed_within_two_hours_with_the_positive_beside() -> None:
    reviewed = CaseReviewed(
        division=A_VILLAGE,
        occurred_at=NOON,
        recorded_at=NOON,
        case_id=CASE,
        sample_id=SAMPLE,
        outcome=ReviewOutcome.APPROVED,
    )
    late_report = reported(NOON + 5 * HOUR)
    assert_limit("review", late_report, reviewed, NOON + 7 * HOUR)
    assert clock_of("review", [late_report]).reference_at == NOON


@pytest.mark.requirement("direct-report")
@pytest.mark.requirement("review")
@pytest.mark.parametrize(
    ("stated_at", "received_at", "direct_report"),
    [
        (NOON + HOUR, NOON + HOUR, State.MET),
        (NOON + HOUR, NOON + 4 * HOUR, State.MET),
        (NOON + 2 * HOUR, NOON + 5 * HOUR, State.MET),
        (NOON + 2 * HOUR + TICK, NOON + 5 * HOUR, State.MET_LATE),
    ],
)
def test_a_report_told_late_is_judged_as_stated_and_reviewed_from_its_receipt(
    stated_at: datetime, received_at: datetime, direct_report: State
) -> None:
    report = reported(stated_at, received_at)
    assert state_of(clock_of("direct-report", [positive(), report]), received_at) is direct_report
    review = clock_of("review", [report])
    assert (review.started_at, review.due_at) == (received_at, received_at + 2 * HOUR)
    assert review.reference_at == NOON
    assert state_of(review, received_at + 2 * HOUR) is State.RUNNING
    assert state_of(review, received_at + 2 * HOUR + TICK) is State.BREACHED


@pytest.mark.requirement("sentinel-report")
def test_a_sentinel_reports_within_two_hours() -> None:
    seen = SymptomSeen(
        division=A_VILLAGE,
        occurred_at=NOON,
        recorded_at=NOON,
        report_id=REPORT,
        sentinel="500104102001-c1",
        symptoms=[Symptom.FEVER],
    )
    told = SymptomReported(
        division=A_VILLAGE,
        occurred_at=NOON,
        recorded_at=NOON,
        report_id=REPORT,
        sentinel="500104102001-c1",
    )
    assert_limit("sentinel-report", seen, told, NOON + 2 * HOUR)
    assert clock_of("sentinel-report", [seen]).institution == "500104102001-c1"


@pytest.mark.requirement("return-registration")
def test_a_return_is_registered_within_twelve_hours() -> None:
    known = ReturnKnown(division=A_VILLAGE, occurred_at=NOON, recorded_at=NOON, return_id=RETURN)
    registered = ReturnRegistered(division=A_VILLAGE, occurred_at=NOON, recorded_at=NOON, return_id=RETURN)
    assert_limit("return-registration", known, registered, NOON + 12 * HOUR)


@pytest.mark.requirement("quarantine-transfer")
def test_a_person_is_at_the_site_within_twelve_hours_with_the_return_beside() -> None:
    decided = CentralQuarantineDecided(
        division=A_VILLAGE,
        occurred_at=NOON,
        recorded_at=NOON,
        transfer_id=TRANSFER,
        person_id=PERSON,
        arrived_at=NOON - 3 * HOUR,
    )
    arrived = QuarantineArrived(
        division=A_VILLAGE, occurred_at=NOON, recorded_at=NOON, transfer_id=TRANSFER, person_id=PERSON
    )
    assert_limit("quarantine-transfer", decided, arrived, NOON + 12 * HOUR)
    assert clock_of("quarantine-transfer", [decided]).reference_at == NOON - 3 * HOUR


@pytest.mark.requirement("daily-report")
def test_a_unit_reports_by_17_00_00_in_shanghai() -> None:
    opened = ReportingDayOpened(
        division=A_VILLAGE,
        occurred_at=NOON - 19 * HOUR,
        recorded_at=NOON,
        unit=A_VILLAGE,
        day=date(2021, 2, 1),
    )
    filed = DailyReportFiled(
        division=A_VILLAGE,
        occurred_at=NOON,
        recorded_at=NOON,
        report_id=REPORT,
        unit=A_VILLAGE,
        day=date(2021, 2, 1),
        zero=True,
        abnormal=False,
    )
    assert_limit("daily-report", opened, filed, NOON + 5 * HOUR)
