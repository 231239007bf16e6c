"""The facts that a scenario puts into the world, in the contracts' words: what starts and stops clocks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drills.happenings import (
    Arrival,
    DailyReport,
    Event,
    Positive,
    Registration,
    Report,
    Review,
    SymptomsReported,
    SymptomsSeen,
    Withdrawal,
)
from drills.scenario import Scenario
from shared.clock import SHANGHAI
from shared.divisions import DivisionRegister
from shared.policy import ClockFact, Pack
from shared.policy.clocks import OCCURRED_AT

DAY_OPENED = "alerts.reporting-day-opened"
RECEIVED_AT = "received_at"


@dataclass(frozen=True, slots=True)
class Fact:
    """An event of the contracts as a scenario brings it about; ids are the labels of the file."""

    event: str
    fields: Mapping[str, str]
    division: str
    occurred_at: datetime
    told_at: datetime

    def instant(self, name: str) -> datetime:
        """Return the instant that a clock names; raises KeyError for one of which a scenario says nothing.

        The platform receives what it is told at once.
        """
        return {OCCURRED_AT: self.occurred_at, RECEIVED_AT: self.told_at}[name]


def by_receipt(sources: Iterable[ClockFact]) -> bool:
    """Tell whether a clock counts any of its events from their receipt, which takes a moment."""
    return any(source.instant == RECEIVED_AT for source in sources)


def facts_of(scenario: Scenario, pack: Pack, register: DivisionRegister) -> list[Fact]:
    """Return every fact of the drill that the pack may know, in the order in which they are told.

    A positive's labels stand for its sample and its case, which the platform opens by itself.
    """
    places = _places(scenario.events)
    facts = [fact for event in scenario.events for fact in _facts_of_event(event, scenario, places)]
    facts += _days_opened(scenario, pack, register)
    return sorted(facts, key=lambda fact: fact.told_at)


def _places(events: Sequence[Event]) -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for event in events:
        if isinstance(event, Positive):
            found["sample", event.sample] = event.division
        elif isinstance(event, Arrival):
            found["return", event.person] = event.division
        elif isinstance(event, SymptomsSeen):
            found["report", event.report] = event.division
    return found


def _facts_of_event(
    event: Event, scenario: Scenario, places: Mapping[tuple[str, str], str]
) -> Iterator[Fact]:
    occurred_at, told_at = scenario.world(event.happened), scenario.world(event.at)

    def fact(name: str, division: str, **fields: str) -> Fact:
        return Fact(name, fields, division, occurred_at, told_at)

    match event:
        case Positive():
            yield fact("testing.sample-positive", event.division, sample_id=event.sample)
            yield fact("testing.sequencing-ordered", event.division, sample_id=event.sample)
        case Report() | Review() | Withdrawal():
            ids = {"sample_id": event.sample, "case_id": event.sample}
            division = places["sample", event.sample]
            if isinstance(event, Withdrawal):
                yield fact("testing.sample-positive-withdrawn", division, sample_id=event.sample)
            names = {"report": "case-reported", "review": "case-reviewed", "withdrawal": "case-withdrawn"}
            yield fact(f"reporting.{names[event.does]}", division, **ids)
        case Arrival():
            yield fact("registration.return-known", event.division, return_id=event.person)
        case Registration():
            division = places["return", event.person]
            yield fact("registration.return-registered", division, return_id=event.person)
        case SymptomsSeen():
            yield fact("registration.symptom-seen", event.division, report_id=event.report)
            yield fact("testing.sampling-demanded", event.division, due_id=event.report)
        case SymptomsReported():
            division = places["report", event.report]
            yield fact("registration.symptom-reported", division, report_id=event.report)
        case DailyReport():
            filed = {"unit": event.unit, "day": event.day.isoformat()}
            yield fact("reporting.daily-report-filed", event.unit, **filed)
        case _:
            return


def _days_opened(scenario: Scenario, pack: Pack, register: DivisionRegister) -> Iterator[Fact]:
    """Each unit's reporting day that is open during the drill; the platform opens them by itself."""
    for rule in pack.clocks:
        if rule.at is None or DAY_OPENED not in {start.event for start in rule.start}:
            continue
        day = scenario.starts_at.astimezone(SHANGHAI).date() - timedelta(days=1)
        while (opened_at := datetime.combine(day - timedelta(days=1), rule.at, SHANGHAI)) < scenario.ends_at:
            if datetime.combine(day, rule.at, SHANGHAI) >= scenario.starts_at:
                for unit in register.units():
                    fields = {"unit": unit.code, "day": day.isoformat()}
                    yield Fact(DAY_OPENED, fields, unit.code, opened_at, opened_at)
            day += timedelta(days=1)
