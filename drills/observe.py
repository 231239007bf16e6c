"""What the platform says has become of the clocks and whom it paged, read over its public doors."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict

from drills.doors import Doors
from drills.scenario import State
from shared.policy.values import Text
from shared.vocabulary import Occasion

COME_BACK_SECONDS = 0.5


class Seen(BaseModel):
    """What a door answers, as far as a drill looks at it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SeenClock(Seen):
    """A clock as `GET /v1/clocks` shows it."""

    id: str
    rule: str
    subject: str
    division: str
    clauses: list[Text]
    state: State
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    voided_at: datetime | None


class SeenItem(Seen):
    """One clock on a page."""

    clock_id: str
    occasion: Occasion
    rung: int


class SeenPage(Seen):
    """A page as `GET /v1/pages` shows it."""

    id: str
    person: str
    clocks: int
    created_at: datetime
    delivery: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_via: str | None
    items: list[SeenItem] = []


class Record(Seen):
    """Everything that the platform says at the end of a drill."""

    at: datetime
    clocks: list[SeenClock]
    pages: list[SeenPage]


async def read_record(doors: Doors, *, now: Callable[[], datetime], before: datetime) -> Record:
    """Return all clocks, and the pages made before `before` with everything they list."""
    at = now()
    clocks, pages = await asyncio.gather(
        doors.get_all("duty-room", "alerts", "/v1/clocks"),
        doors.get_all("duty-room", "alerts", "/v1/pages"),
    )
    made = [SeenPage.model_validate(page) for page in pages]
    wanted = [page for page in made if page.created_at < before]
    whole = await asyncio.gather(
        *(doors.get("duty-room", "alerts", f"/v1/pages/{page.id}") for page in wanted)
    )
    listed = [SeenPage.model_validate({**one["page"], "items": one["items"]}) for one in whole]
    return Record(at=at, clocks=[SeenClock.model_validate(clock) for clock in clocks], pages=listed)


async def follow_events(doors: Doors, division: str) -> AsyncIterator[dict[str, Any]]:
    """Yield the events about a division's clocks as they are published, coming back where it was cut off."""
    address = doors.address("alerts", "/v1/clocks/stream")
    last: dict[str, str] = {}
    while True:
        try:
            headers = {**doors.headers("duty-room"), **last}
            async with doors.client.stream(
                "GET", address, headers=headers, params={"division": division}, timeout=None
            ) as answer:
                answer.raise_for_status()
                async for line in answer.aiter_lines():
                    if line.startswith("id:"):
                        last = {"last-event-id": line[3:].strip()}
                    elif line.startswith("data:") and (body := line[5:].strip()):
                        yield json.loads(body)
        except httpx.HTTPError:
            await asyncio.sleep(COME_BACK_SECONDS)
