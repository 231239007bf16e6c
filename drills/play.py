"""Plays what happens in a scenario at its moments of the world, over the public doors; notes the real ids."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from drills.doors import Doors
from drills.happenings import (
    Arrival,
    DailyReport,
    Event,
    Negatives,
    Positive,
    Registration,
    Report,
    Review,
    SymptomsReported,
    SymptomsSeen,
    Withdrawal,
)
from drills.scenario import Scenario
from shared.clock import Clock
from shared.contracts import derived_id

Tell = Callable[[Event, datetime], None]
"""Called with what was played and the world's time of the platform's answer."""


@dataclass(slots=True)
class Ids:
    """What the platform calls the things of the file."""

    samples: dict[str, str] = field(default_factory=dict[str, str])
    cases: dict[str, str] = field(default_factory=dict[str, str])
    returns: dict[str, str] = field(default_factory=dict[str, str])
    reports: dict[str, str] = field(default_factory=dict[str, str])
    patients_tests: dict[str, str] = field(default_factory=dict[str, str])
    """The test that each sentinel's patient owes at once, by the sentinel's report."""

    def subject(self, key: tuple[str, ...], labels: str) -> str | None:
        """Return a clock's subject from the labels of its key's fields; None for what was never played."""
        known = {
            "sample_id": self.samples,
            "case_id": self.cases,
            "return_id": self.returns,
            "report_id": self.reports,
            "due_id": self.patients_tests,
        }
        return known[key[0]].get(labels) if key[0] in known else labels


class Player:
    """Tells the platform what happens, each thing at its moment."""

    def __init__(self, scenario: Scenario, doors: Doors, clock: Clock, tell: Tell) -> None:
        self._scenario = scenario
        self._doors = doors
        self._clock = clock
        self._tell = tell
        self._first = {
            (type(event), label): event for event in scenario.events if (label := _introduces(event))
        }
        self.ids = Ids()

    async def play(self) -> None:
        """Return when everything has happened; raises Refused for what the platform does not accept."""
        async with asyncio.TaskGroup() as group:
            for event in self._scenario.events:
                group.create_task(self._play_at_its_time(event))

    async def _play_at_its_time(self, event: Event) -> None:
        await wait_until(self._scenario.world(event.at), self._clock)
        await self._play(event)
        self._tell(event, self._clock.now())

    async def _play(self, event: Event) -> None:
        match event:
            case Positive():
                row = self._result(event, event.sample, "positive")
                stored = await self._doors.post("laboratory", "testing", "/v1/results", row)
                self.ids.samples[event.sample] = stored["sample_id"]
            case Negatives():
                rows = [self._result(event, f"N{number}", "negative") for number in range(event.count)]
                receipt = await self._doors.post("laboratory", "testing", "/v1/results/batch", rows)
                assert receipt["stored"] == event.count, f"of {event.count} negatives: {receipt}"
            case Withdrawal():
                order = {"result": "negative", "reason_code": event.reason, **self._occurred(event)}
                sample = self.ids.samples[event.sample]
                await self._doors.post("laboratory", "testing", f"/v1/samples/{sample}/corrections", order)
            case Report() | Review():
                await self._step(event)
            case Arrival() | Registration():
                await self._return(event)
            case SymptomsSeen() | SymptomsReported():
                await self._symptoms(event)
            case DailyReport():
                body = event.model_dump(mode="json", include={"unit", "day", "figures", "zero", "abnormal"})
                body["reporter"] = f"演练 {event.unit}"
                await self._doors.post("town", "reporting", "/v1/daily-reports", body)

    def _result(self, event: Positive | Negatives, tube: str, result: str) -> dict[str, Any]:
        resulted_at = self._scenario.world(event.happened)
        return {
            "tube_code": f"DRILL-{event.institution}-{tube}",
            "institution": event.institution,
            "division": event.division,
            "method": "pcr",
            "result": result,
            "sampled_at": (resulted_at - event.sampled_before).isoformat(),
            "resulted_at": resulted_at.isoformat(),
        }

    async def _step(self, event: Report | Review) -> None:
        case = await self.case_of(event.sample)
        if isinstance(event, Report):
            body = {"classification": event.classification, "institution": event.institution}
            body |= {"reporter": "演练报告员", **self._occurred(event)}
            await self._doors.post("hospital", "reporting", f"/v1/cases/{case}/report", body)
            return
        body = {"outcome": event.outcome, "reviewer": "演练审核员", **self._occurred(event)}
        body["investigation_started_at"] = body["occurred_at"]
        await self._doors.post("disease-control", "reporting", f"/v1/cases/{case}/review", body)

    async def case_of(self, label: str) -> str:
        """Return the id of the case that the platform opened for a sample; raises LookupError without one."""
        if label not in self.ids.cases:
            sample = self.ids.samples[label]
            cases = await self._doors.get_all("hospital", "reporting", "/v1/cases")
            opened = [case["case_id"] for case in cases if case["sample_id"] == sample]
            if len(opened) != 1:
                raise LookupError(f"{len(opened)} cases for the positive sample {label}")
            self.ids.cases[label] = opened[0]
        return self.ids.cases[label]

    async def _return(self, event: Arrival | Registration) -> None:
        arrival = self._first[Arrival, event.person]
        assert isinstance(arrival, Arrival)
        body = {
            "reference": f"DRILL-{event.person}",
            "division": arrival.division,
            "source": event.source,
            "arrived_at": self._scenario.world(arrival.happened).isoformat(),
        }
        if isinstance(event, Registration):
            body["registered_at"] = self._scenario.world(event.happened).isoformat()
        stored = await self._doors.post("town", "registration", "/v1/returns", body)
        self.ids.returns[event.person] = stored["return_id"]

    async def _symptoms(self, event: SymptomsSeen | SymptomsReported) -> None:
        seen = self._first[SymptomsSeen, event.report]
        assert isinstance(seen, SymptomsSeen)
        body = {
            "reference": f"DRILL-{event.report}",
            "sentinel": seen.sentinel,
            "division": seen.division,
            "symptoms": list(seen.symptoms),
            "seen_at": self._scenario.world(seen.happened).isoformat(),
        }
        if isinstance(event, SymptomsReported):
            body["reported_at"] = self._scenario.world(event.happened).isoformat()
        stored = await self._doors.post("town", "registration", "/v1/symptom-reports", body)
        self.ids.reports[event.report] = stored["report_id"]
        test_id = derived_id("sentinel-test", UUID(stored["report_id"]))
        self.ids.patients_tests[event.report] = str(test_id)

    def _occurred(self, event: Event) -> dict[str, str]:
        return {"occurred_at": self._scenario.world(event.happened).isoformat()}


def _introduces(event: Event) -> str | None:
    if isinstance(event, Arrival):
        return event.person
    return event.report if isinstance(event, SymptomsSeen) else None


async def wait_until(instant: datetime, clock: Clock) -> None:
    """Sleep until the world's time is `instant`; returns at once when it has passed."""
    await asyncio.sleep(clock.real_seconds(instant - clock.now()))
    if clock.now() < instant:  # the machine's clock was set back, or a sleep ended a moment early
        await asyncio.sleep(clock.real_seconds(instant - clock.now()))
