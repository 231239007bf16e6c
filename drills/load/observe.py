"""What the platform has at the end of a drill, read back over its public doors, page by page."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from drills.doors import Doors
from drills.load.pages import Between
from drills.load.plan import Plan
from drills.load.told import Accepted
from drills.observe import SeenClock, SeenPage
from shared.clock import Clock

AT_ONCE = 8
LOOKED_UP = 400
"""How many of the facts that no list shows are looked up one by one, spread over all."""

Got = TypeVar("Got")


@dataclass(slots=True)
class Observation:
    """Everything that was read; instants are the world's."""

    read: Between
    clocks: list[SeenClock]
    pages: list[SeenPage] = field(default_factory=list[SeenPage])
    stored: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """By kind the platform's ids of all facts that are there."""
    looked_up: dict[str, bool] = field(default_factory=dict[str, bool])
    """Of facts that no list shows: whether the one that was asked for is there, by its id in the plan."""
    rooms: dict[str, str] = field(default_factory=dict[str, str])
    """Who has which room of which site: by transfer `site/room`."""


class Reader:
    """Reads lists and single things; what answers that it cannot just now is asked again."""

    def __init__(self, doors: Doors, clock: Clock, plan: Plan) -> None:
        self._doors = doors
        self._clock = clock
        self._plan = plan
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def clocks(self) -> Observation:
        """Return all clocks, and between which instants they were read."""
        began = self._clock.now()
        found = await self._doors.get_all("duty-room", "alerts", "/v1/clocks")
        seen = [SeenClock.model_validate(clock) for clock in found]
        return Observation(Between(began, self._clock.now()), seen)

    async def pages(self) -> list[SeenPage]:
        """Return the pages of the drill with all their lines."""
        starts_at, ends_at = self._plan.scenario.starts_at, self._plan.scenario.ends_at
        since = starts_at.isoformat()
        found = await self._doors.get_all("duty-room", "alerts", "/v1/pages", since=since)
        made = [SeenPage.model_validate(page) for page in found]
        wanted = {page.id: page for page in made if starts_at <= page.created_at < ends_at}
        return await self._all(self._page(page_id) for page_id in wanted)

    async def _page(self, page_id: str) -> SeenPage:
        whole = await self._doors.get("duty-room", "alerts", f"/v1/pages/{page_id}")
        return SeenPage.model_validate({**whole["page"], "items": whole["items"]})

    async def facts(
        self, observation: Observation, accepted: Sequence[Accepted], ids: dict[str, str]
    ) -> None:
        """Read what is stored of each kind that was told."""
        kinds = {one.fact.kind for one in accepted}
        readings: dict[str, Callable[[], Awaitable[dict[str, set[str]]]]] = {
            "positive": self._cases,
            "symptoms-seen": self._symptoms,
            "return-known": self._returns,
            "daily-report": self._daily_reports,
        }
        for kind, read in readings.items():
            if kind in kinds:
                observation.stored |= await read()
        if "transfer-decided" in kinds:
            await self._transfers(observation)
        await self._look_up(observation, accepted, ids)

    async def _cases(self) -> dict[str, set[str]]:
        cases = await self._doors.get_all("hospital", "reporting", "/v1/cases")
        return {
            "positive": {case["sample_id"] for case in cases},
            "direct-report": {case["sample_id"] for case in cases if case.get("reported_at")},
            "review": {case["sample_id"] for case in cases if case.get("reviewed_at")},
        }

    async def _symptoms(self) -> dict[str, set[str]]:
        rows = await self._doors.get_all("town", "registration", "/v1/symptom-reports")
        return {
            "symptoms-seen": {row["report_id"] for row in rows},
            "symptoms-reported": {row["report_id"] for row in rows if row["reported_at"]},
        }

    async def _returns(self) -> dict[str, set[str]]:
        rows = await self._doors.get_all("town", "registration", "/v1/returns")
        return {
            "return-known": {row["return_id"] for row in rows},
            "return-registered": {row["return_id"] for row in rows if row["registered_at"]},
        }

    async def _daily_reports(self) -> dict[str, set[str]]:
        days = {fact.values["day"] for fact in self._plan.facts.values() if fact.kind == "daily-report"}
        found: set[str] = set()
        for day in sorted(days):
            rows = await self._doors.get_all("town", "reporting", "/v1/daily-reports", day=day)
            found |= {f"{row['unit']}:{day}" for row in rows}
        return {"daily-report": found}

    async def _transfers(self, observation: Observation) -> None:
        rows = await self._doors.get_all("town", "registration", "/v1/transfers")
        observation.stored |= {
            "transfer-decided": {row["transfer_id"] for row in rows},
            "transfer-arrived": {row["transfer_id"] for row in rows if row["arrived_at"]},
        }
        observation.rooms = {
            row["transfer_id"]: f"{row['site']}/{row['room']}" for row in rows if row.get("room")
        }

    async def _look_up(
        self, observation: Observation, accepted: Sequence[Accepted], ids: dict[str, str]
    ) -> None:
        negatives = sorted(one.fact.id for one in accepted if one.fact.kind == "negative")
        some = negatives[:: max(1, len(negatives) // LOOKED_UP)][:LOOKED_UP]
        found = await self._all(self._is_there(ids[fact_id]) for fact_id in some)
        observation.looked_up = dict(zip(some, found, strict=True))

    async def _is_there(self, sample_id: str) -> bool:
        address = self._doors.address("testing", f"/v1/samples/{sample_id}")
        answer = await self._doors.client.get(address, headers=self._doors.headers("laboratory"))
        return answer.status_code == 200

    async def _all(self, readings: Iterable[Awaitable[Got]]) -> list[Got]:
        async def one(reading: Awaitable[Got]) -> Got:
            async with self._gate:
                return await reading

        return list(await asyncio.gather(*(one(reading) for reading in readings)))


def undelivered(pages: Iterable[SeenPage], now: datetime, patience: timedelta) -> list[SeenPage]:
    """Return the pages that have not reached their channel although there was time."""
    return [page for page in pages if page.delivery != "accepted" and page.created_at + patience < now]
