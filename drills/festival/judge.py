"""Holds what the platform has at the end against what the scenario demands of each person."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from drills.doors import Doors
from drills.festival.play import LACKING, Sent
from drills.festival.population import Returnee
from shared.clock import SHANGHAI

SHOWN = 20
AT_ONCE = 8
FIVE_SECONDS = 60.0
WITHIN = timedelta(hours=12)
"""Until when a return is to be registered (渡建胜肺炎组发〔2021〕2号 §16)."""


@dataclass(slots=True)
class FestivalVerdict:
    """What was compared, and what differs."""

    compared: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    notes: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def passed(self) -> bool:
        """Whether something was compared and nothing differs."""
        return bool(self.compared) and not self.wrong

    def hold(self, what: str, whose: str, demanded: object, found: object) -> None:
        """Compare one figure."""
        self.compared[what] += 1
        if demanded != found:
            self.wrong.append(f"{what} of {whose}: {demanded} demanded, {found} found")


class FestivalJudge:
    """Reads plans and clocks over the public doors and compares them person by person."""

    def __init__(
        self, doors: Doors, people: Sequence[Returnee], sent: Sent, gaps: AbstractSet[str], *, whole: int
    ) -> None:
        """`gaps` are the villages without a doctor.

        `whole` is how many plans are read with their stages and tests; the others by their last day.
        """
        self._gaps = gaps
        self._doors = doors
        self._people = people
        self._sent = sent
        self._whole = whole
        self.verdict = FestivalVerdict()

    async def judge(self, division: str, now: datetime) -> FestivalVerdict:
        """Return the verdict on everybody."""
        for refused in self._sent.refused[:SHOWN]:
            self.verdict.wrong.append(f"refused: {refused['row']['reference']}: {refused['problems']}")
        plans, clocks, transfers = await asyncio.gather(
            self._doors.get_all("town", "registration", "/v1/plans", division=division),
            self._doors.get_all("duty-room", "alerts", "/v1/clocks", rule="return-registration"),
            self._doors.get_all("duty-room", "alerts", "/v1/clocks", rule="quarantine-transfer"),
        )
        by_return = {plan["return_id"]: plan for plan in plans}
        self.verdict.hold("plans", "everybody", len(self._people), len(plans))
        running = {clock["subject"]: clock for clock in clocks if clock["state"] != "void"}
        self._hold_returns(running, now)
        self._hold_plans(by_return)
        await self._hold_details(by_return)
        await self._hold_five(division, now)
        moved = sum(one.profile.expects.transfer for one in self._people if one.registered_at is not None)
        live = [clock for clock in transfers if clock["state"] != "void"]
        self.verdict.hold("clocks of transfers", "everybody", moved, len(live))
        return self.verdict

    def _return_of(self, one: Returnee) -> str | None:
        ids = self._sent.return_ids
        found = {ids[name] for name in (f"V-{one.number}", f"R-{one.number}") if name in ids}
        self.verdict.hold("returns", str(one.number), 1, len(found))
        return found.pop() if len(found) == 1 else None

    def _hold_returns(self, clocks: Mapping[str, Any], now: datetime) -> None:
        self.verdict.hold("clocks of returns", "everybody", len(self._people), len(clocks))
        for one in self._people:
            clock = clocks.get(self._return_of(one) or "")
            if clock is None:
                self.verdict.wrong.append(f"the clock of {one.number} is lost")
                continue
            started_at = datetime.fromisoformat(clock["started_at"])
            self.verdict.hold("beginnings of clocks", str(one.number), one.first_known_at, started_at)
            self.verdict.hold("states of clocks", str(one.number), _state(one, now), clock["state"])

    def _hold_plans(self, plans: Mapping[str, Any]) -> None:
        self.verdict.notes["without a plan"] = 0
        for one in self._people:
            plan = plans.get(self._return_of(one) or "")
            if plan is None:
                self.verdict.notes["without a plan"] += 1
                self.verdict.wrong.append(f"{one.number} ({one.profile.id}) has no plan")
            elif one.registered_at is not None:
                expected, day = one.profile.expects, _day(one)
                self.verdict.hold(
                    "governing measures",
                    f"{one.number} ({one.profile.id})",
                    expected.governing,
                    plan["governing_rule"],
                )
                last = day + timedelta(days=expected.stages[-1].last)
                self.verdict.hold("last days", str(one.number), last.isoformat(), plan["last_day"])

    async def _hold_five(self, division: str, now: datetime) -> None:
        """Everybody under care has five who answer, or stands on the list of those who lack one."""
        today = now.astimezone(SHANGHAI).date()
        demanded = sum(one.village in self._gaps and _under_care(one, today) for one in self._people)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + FIVE_SECONDS
        while True:
            lacking = await self._doors.get_all("town", "registration", "/v1/five/missing", division=division)
            if len(lacking) == demanded or loop.time() > deadline:
                break
            await asyncio.sleep(1)
        self.verdict.hold("people who lack one of the five", "everybody", demanded, len(lacking))
        for one in lacking:
            self.verdict.hold("roles that are lacking", one["person_id"], [LACKING], one["missing"])

    async def _hold_details(self, plans: Mapping[str, Any]) -> None:
        wanted = [one for one in self._people if one.registered_at is not None][: self._whole]
        gate = asyncio.Semaphore(AT_ONCE)

        async def hold(one: Returnee) -> None:
            plan = plans.get(self._return_of(one) or "")
            if plan is not None:
                async with gate:
                    path = f"/v1/plans/{plan['plan_id']}"
                    self._hold_detail(one, await self._doors.get("town", "registration", path))

        await asyncio.gather(*(hold(one) for one in wanted))

    def _hold_detail(self, one: Returnee, plan: Mapping[str, Any]) -> None:
        expected, day = one.profile.expects, _day(one)
        decision = plan["versions"][-1]["decision"]
        stages = [(stage["kind"], stage["first_day"], stage["last_day"]) for stage in decision["stages"]]
        demanded = [
            (stage.kind, _later(day, stage.first), _later(day, stage.last)) for stage in expected.stages
        ]
        whose = f"{one.number} ({one.profile.id})"
        self.verdict.hold("stages", whose, demanded, stages)
        tests = [test["due_on"] for test in decision["tests"]]
        self.verdict.hold("tests", whose, [_later(day, test) for test in expected.tests], tests)


def _later(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


def _day(one: Returnee) -> date:
    """Day 0: the calendar day in Shanghai of the arrival that was known first."""
    return one.first_known_at.astimezone(SHANGHAI).date()


def _under_care(one: Returnee, today: date) -> bool:
    """Whoever is not registered, has days left, or owes a test: none is taken in the drill."""
    expected = one.profile.expects
    over = _day(one) + timedelta(days=expected.stages[-1].last) < today
    return one.registered_at is None or not over or bool(expected.tests)


def _state(one: Returnee, now: datetime) -> str:
    due_at = one.first_known_at + WITHIN
    if one.registered_at is not None:
        return "met" if one.registered_at <= due_at else "met-late"
    return "breached" if now > due_at else "running"
