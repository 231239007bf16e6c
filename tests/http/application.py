"""A small app on a real uvicorn, with one route for each thing that the foundation promises."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import httpx
import uvicorn
from litestar import Litestar, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody
from pydantic import BaseModel, Field

from shared.access import Access, requires
from shared.bodies import WireRequest
from shared.clock import Clock
from shared.divisions import DivisionCode
from shared.errors import Conflict, Unavailable
from shared.health import ReadinessCheck
from shared.http import create_app, uvicorn_config
from shared.instants import WireInstant, refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.postgres import Database
from shared.settings import Settings
from shared.strict_json import WireModel
from tests.waiting import until


class Note(WireModel):
    """What the test routes take."""

    division: DivisionCode
    text: Annotated[str, Field(max_length=200)] = ""
    count: int = 0
    share: float = 0.0
    noted_at: WireInstant | None = None


class Notes(WireModel):
    """Several of them."""

    notes: list[Note]


class Receipt(BaseModel):
    """What they answer."""

    execution: int
    text: str


@dataclass
class Deeds:
    """What the routes have really done, and what holds them up."""

    count: int = 0
    gate: asyncio.Event | None = None
    failure: Exception | None = None

    async def do(self) -> int:
        self.count += 1
        number = self.count
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return number


@post("/v1/notes", guards=[requires("results:write")])
async def post_note(
    data: JSONBody[Note], request: WireRequest, clock: NamedDependency[Clock], deeds: NamedDependency[Deeds]
) -> Receipt:
    """Take a note."""
    request.user.must_reach(data.division)
    if data.noted_at is not None:
        refuse_future("noted_at", data.noted_at, clock.now())
    return Receipt(execution=await deeds.do(), text=data.text)


@post("/v1/notes/batch", guards=[requires("results:write")], request_max_body_size=65_536)
async def post_notes(data: JSONBody[Notes]) -> dict[str, int]:
    """Take several notes."""
    return {"notes": len(data.notes)}


@get("/v1/notes", guards=[requires("results:read")])
async def list_notes(
    request: WireRequest, limit: FromQuery[int] = 100, division: FromQuery[str | None] = None
) -> dict[str, Any]:
    """Tell what a list would show."""
    return {"bounds": request.user.bounds(division), "limit": limit}


@get("/v1/numbers", guards=[requires("results:read")])
async def list_numbers(
    request: WireRequest,
    cursor: PageCursor = None,
    limit: PageLimit = DEFAULT_LIMIT,
    parity: FromQuery[str | None] = None,
) -> Page[int]:
    """List the numbers from 1 to 12, page by page."""
    place = place_in_list(request, cursor, limit, tuple[int, UUID])
    step = 2 if parity else 1
    after = place.after[0] if place.after else 0
    rows = list(range(after + step, 13, step))[: place.rows_wanted]
    return page_of(request, place, rows, key=lambda row: (row, UUID(int=row)), show=lambda row: row)


@get("/v1/notes/{note_id:uuid}", guards=[requires("results:read")])
async def get_note(note_id: FromPath[UUID], request: WireRequest) -> dict[str, str]:
    """Return a note that belongs to one township of Dadukou District."""
    request.user.must_find("500104102", "The note")
    return {"id": str(note_id)}


@get("/v1/failures/{kind:str}", guards=[requires("admin")])
async def fail(kind: FromPath[str]) -> None:
    """Fail in a way of choice."""
    match kind:
        case "conflict":
            raise Conflict("A review needs a report first.", clause="渝肺炎组发〔2021〕1号 §20")
        case "unavailable":
            raise Unavailable("The database does not answer.")
        case _:
            raise RuntimeError("a secret that no answer may hold")


ROUTES = [post_note, post_notes, list_notes, list_numbers, get_note, fail]


def a_settings(**changes: Any) -> Settings:
    """Settings of an app that reaches no bus; the database is given to it opened."""
    return Settings.model_validate({"database_url": "unused", "nats_url": "unused", **changes})


def build(
    database: Database,
    deeds: Deeds,
    *,
    checks: Sequence[ReadinessCheck] = (),
    access: Access | None = None,
    **settings: Any,
) -> Litestar:
    return create_app(
        "testing",
        ROUTES,
        settings=a_settings(**settings),
        database=database,
        clock=Clock(),
        access=access,
        readiness_checks=checks,
        dependencies={"deeds": Provide(lambda: deeds, sync_to_thread=False)},
    )


@asynccontextmanager
async def serving(app: Litestar) -> AsyncGenerator[str]:
    """Serve the app on a free port and yield its address."""
    server = uvicorn.Server(uvicorn_config(app, host="127.0.0.1", port=0))
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started or task.done(), every_seconds=0.005)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def calling(app: Litestar, key: str | None = None) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the served app, with a key if one is given."""
    headers = {"X-API-Key": key} if key else {}
    limits = httpx.Limits(max_connections=50)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, headers=headers, limits=limits) as client:
        yield client
