"""The clocks' rows: named queries in, frozen rules' data out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_state import Clock
from services.alerts.rules.clock_steps import FiredStep
from services.alerts.rules.clock_terms import FactKind
from shared.policy.pack import Pack
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Occasion

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "clocks.sql")

MOST_CLAIMED = 1000
"""How many timers one claim takes at most; the number stands in the query as well."""
OCCASIONS = {occasion.value: occasion for occasion in Occasion}
_UPDATED = (
    "started_at",
    "due_at",
    "stopped_at",
    "voided_at",
    "reference_at",
    "start_event_id",
    "stop_event_id",
    "void_event_id",
    "rule_version",
    "pack_id",
    "division",
    "owner",
    "institution",
    "void_reason",
    "voided_by",
)
_FACT_COLUMNS = (
    "clock_id",
    "kind",
    "event_id",
    "event_type",
    "division",
    "occurred_at",
    "recorded_at",
    "received_at",
    "reference_at",
    "institution",
    "reason",
    "name",
)


@dataclass(frozen=True, slots=True)
class FiredClock:
    """A clock of which at least one step has just fired."""

    id: UUID
    rule_id: str
    subject: str
    division: str
    due_at: datetime
    armed_at: datetime
    steps: tuple[FiredStep, ...]


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version of the policy as it was stored when it first bound clocks here."""

    version: int
    content_hash: str
    pack: Pack


# ---------------------------------------------------------------- versions of the policy


async def put_policy_version(connection: Connection, pack: Pack, now: datetime) -> None:
    """Store a version of the policy unless one of that number is there, which is left as it is."""
    await QUERIES.execute(
        connection,
        "put_policy_version",
        pack_id=pack.id,
        version=pack.version,
        content_hash=pack.content_hash(),
        document=pack.model_dump(mode="json", by_alias=True),
        now=now,
    )


async def list_policy_versions(connection: Connection, pack_id: str) -> list[StoredVersion]:
    """Return all stored versions of a pack, oldest first."""
    rows = await QUERIES.fetch(connection, "list_policy_versions", pack_id=pack_id)
    return [
        StoredVersion(row["version"], row["content_hash"], Pack.model_validate(row["document"]))
        for row in rows
    ]


# ---------------------------------------------------------------- facts and merging


async def insert_facts(connection: Connection, facts: Sequence[Fact]) -> list[Fact]:
    """Append facts and return those that were not there yet; they must come in the order of their keys."""
    columns: dict[str, list[Any]] = {
        f"{column}s": [getattr(fact, column) for fact in facts] for column in _FACT_COLUMNS
    }
    rows = await QUERIES.fetch(connection, "insert_facts", **columns)
    new = {(row["clock_id"], row["kind"], row["event_id"]) for row in rows}
    return [fact for fact in facts if (fact.clock_id, fact.kind.value, fact.event_id) in new]


async def list_facts(connection: Connection, clock_ids: Iterable[UUID]) -> list[Fact]:
    """Return all facts of some clocks, by the time at which they happened."""
    rows = await QUERIES.fetch(connection, "list_facts", clock_ids=list(clock_ids))
    return [
        Fact(
            clock_id=row["clock_id"],
            rule_id=row["rule_id"],
            subject=row["subject"],
            kind=FactKind(row["kind"]),
            event_id=row["event_id"],
            event_type=row["event_type"],
            division=row["division"],
            occurred_at=row["occurred_at"],
            recorded_at=row["recorded_at"],
            received_at=row["received_at"],
            reference_at=row["reference_at"],
            institution=row["institution"],
            reason=row["reason"],
            name=row["name"],
        )
        for row in rows
    ]


async def insert_clocks(connection: Connection, clocks: Sequence[Clock], armed_at: datetime) -> set[UUID]:
    """Insert clocks with their timers and return the ids of those that were not there yet."""
    rows = await QUERIES.fetch(
        connection,
        "insert_clocks",
        rule_ids=[clock.rule_id for clock in clocks],
        subjects=[clock.subject for clock in clocks],
        **_columns(clocks),
    )
    numbers = {row["id"]: row["number"] for row in rows}
    await _set_timers(connection, [clock for clock in clocks if clock.id in numbers], numbers, armed_at)
    return set(numbers)


async def update_clocks(
    connection: Connection, clocks: Sequence[Clock], numbers: Mapping[UUID, int], armed_at: datetime
) -> None:
    """Write clocks that were locked and merged, with their timers."""
    await QUERIES.execute(connection, "update_clocks", **_columns(clocks))
    ended = [numbers[clock.id] for clock in clocks if clock.next_step_at is None]
    if ended:
        await QUERIES.execute(connection, "drop_timers", numbers=ended)
    await _set_timers(connection, clocks, numbers, armed_at)


async def _set_timers(
    connection: Connection, clocks: Sequence[Clock], numbers: Mapping[UUID, int], armed_at: datetime
) -> None:
    armed = [clock for clock in clocks if clock.next_step_at is not None]
    if armed:
        await QUERIES.execute(
            connection,
            "set_timers",
            armed_at=armed_at,
            numbers=[numbers[clock.id] for clock in armed],
            clock_ids=[clock.id for clock in armed],
            next_step_ats=[clock.next_step_at for clock in armed],
            next_steps=[clock.next_step for clock in armed],
        )


async def lock_clocks(
    connection: Connection, ids: Iterable[UUID]
) -> tuple[dict[UUID, Clock], dict[UUID, int]]:
    """Return clocks and their numbers by id, locked in the order of their ids; unknown ids are left out."""
    rows = await QUERIES.fetch(connection, "lock_clocks", ids=sorted(ids))
    numbers = {row["id"]: row["number"] for row in rows}
    timers = await QUERIES.fetch(connection, "lock_timers", numbers=list(numbers.values()))
    next_steps = {row["number"]: row["next_step"] for row in timers}
    return {row["id"]: clock_of(row, next_steps.get(row["number"])) for row in rows}, numbers


def clock_of(row: Record, next_step: int | None) -> Clock:
    """Return the clock that a row holds; a clock without a timer has no step left."""
    return Clock(
        id=row["id"],
        rule_id=row["rule_id"],
        subject=row["subject"],
        pack_id=row["pack_id"],
        rule_version=row["rule_version"],
        division=row["division"],
        owner=row["owner"],
        institution=row["institution"],
        started_at=row["started_at"],
        start_event_id=row["start_event_id"],
        reference_at=row["reference_at"],
        due_at=row["due_at"],
        stopped_at=row["stopped_at"],
        stop_event_id=row["stop_event_id"],
        voided_at=row["voided_at"],
        void_event_id=row["void_event_id"],
        void_reason=row["void_reason"],
        voided_by=row["voided_by"],
        step_instants=tuple(row["step_instants"]),
        step_kinds=tuple(OCCASIONS[kind] for kind in row["step_kinds"]),
        step_rungs=tuple(row["step_rungs"]),
        next_step=len(row["step_instants"]) if next_step is None else next_step,
    )


def _columns(clocks: Sequence[Clock]) -> Mapping[str, list[Any]]:
    """Return the rows as one array for each column; arrays within a row travel as PostgreSQL writes them."""
    columns: dict[str, list[Any]] = {
        f"{column}s": [getattr(clock, column) for clock in clocks] for column in _UPDATED
    }
    columns["ids"] = [clock.id for clock in clocks]
    columns["step_instants"] = [
        "{" + ",".join(map(datetime.isoformat, clock.step_instants)) + "}" for clock in clocks
    ]
    columns["step_kinds"] = [_array(clock.step_kinds) for clock in clocks]
    columns["step_rungs"] = [_array(clock.step_rungs) for clock in clocks]
    return columns


@lru_cache(maxsize=1024)
def _array(values: tuple[object, ...]) -> str:
    return "{" + ",".join(str(value) for value in values) + "}"


# ---------------------------------------------------------------- reporting days


async def put_reporting_day(
    connection: Connection, rule_id: str, day: date, units: int, now: datetime
) -> None:
    """Note that all clocks of a reporting day have been started."""
    await QUERIES.execute(connection, "put_reporting_day", rule_id=rule_id, day=day, units=units, now=now)


async def last_reporting_day(connection: Connection, rule_id: str) -> date | None:
    """Return the last reporting day that was opened."""
    return await QUERIES.fetchval(connection, "last_reporting_day", rule_id=rule_id)


# ---------------------------------------------------------------- firing


async def claim_due_timers(connection: Connection, now: datetime) -> list[int]:
    """Lock up to a thousand timers that are due and that no other process holds."""
    return [row["number"] for row in await QUERIES.fetch(connection, "claim_due_timers", now=now)]


async def claim_timer(connection: Connection, number: int, now: datetime) -> list[int]:
    """Lock one timer; empty when it is not due any more or another process holds it."""
    rows = await QUERIES.fetch(connection, "claim_timer", number=number, now=now)
    return [row["number"] for row in rows]


async def fire_claimed(connection: Connection, numbers: Sequence[int], now: datetime) -> list[FiredClock]:
    """Record all due steps of claimed timers, move them on, ask for pages."""
    rows = await QUERIES.fetch(connection, "fire_claimed", numbers=numbers, now=now)
    return [_fired_clock(row, now) for row in rows]


def _fired_clock(row: Record, now: datetime) -> FiredClock:
    steps = zip(row["instants"], row["kinds"], strict=True)
    return FiredClock(
        id=row["id"],
        rule_id=row["rule_id"],
        subject=row["subject"],
        division=row["division"],
        due_at=row["due_at"],
        armed_at=row["armed_at"],
        steps=tuple(
            FiredStep(index, OCCASIONS[kind], instant, (now - instant).total_seconds())
            for index, (instant, kind) in enumerate(steps, start=row["next_step"])
        ),
    )


async def list_due_timers(connection: Connection, now: datetime) -> list[tuple[int, UUID]]:
    """Return number and clock of up to a thousand due timers, those due for longest first."""
    rows = await QUERIES.fetch(connection, "list_due_timers", now=now)
    return [(row["number"], row["clock_id"]) for row in rows]


async def push_aside(connection: Connection, numbers: Sequence[int], until: datetime, fault: str) -> None:
    """Put claimed timers that cannot be fired out of the others' way until `until`, with the reason."""
    await QUERIES.execute(connection, "push_aside", numbers=numbers, until=until, fault=fault)


async def find_next_step_at(connection: Connection) -> datetime | None:
    """Return when the next step of any clock falls due; None when there is none."""
    return await QUERIES.fetchval(connection, "find_next_step_at")
