"""The rows of base numbers and of members by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.due.base_number import BaseNumber, Member
from services.testing.rules.due.law import Countable
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "base_numbers.sql")


@dataclass(frozen=True, slots=True)
class StoredNumber:
    """A base number as it is on record, with how many are known by name."""

    kind: str
    division: str
    count: int
    members: int
    stated_at: datetime | None


async def keep_numbers(
    connection: Connection, numbers: Sequence[BaseNumber], now: datetime
) -> set[tuple[str, str]]:
    """Keep base numbers, each once; return kind and unit of those that are new or have changed."""
    rows = await QUERIES.fetch(
        connection,
        "keep_base_numbers",
        kinds=[one.kind for one in numbers],
        divisions=[one.division for one in numbers],
        counts=[one.count for one in numbers],
        now=now,
    )
    return {(row["kind"], row["division"]) for row in rows}


async def know_units(connection: Connection, units: Iterable[tuple[str, str]], now: datetime) -> None:
    """Let units be known that have members, although nobody has stated their number."""
    known = sorted(units)
    await QUERIES.execute(
        connection,
        "know_units",
        kinds=[kind for kind, _ in known],
        divisions=[division for _, division in known],
        now=now,
    )


async def list_numbers(
    connection: Connection, bounds: tuple[str, str], after: tuple[str, str], today: date, most: int
) -> list[StoredNumber]:
    """Return base numbers of a subtree, in the order of unit and kind."""
    low, high = bounds
    rows = await QUERIES.fetch(
        connection,
        "list_base_numbers",
        low=low,
        high=high,
        after_division=after[0],
        after_kind=after[1],
        today=today,
        most=most,
    )
    return [StoredNumber(**row) for row in rows]


async def stated_units(connection: Connection, kind: str, bounds: tuple[str, str]) -> set[str]:
    """Return the units of a subtree that have stated a base number of a kind."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "stated_units", kind=kind, low=low, high=high)
    return {row["division"] for row in rows}


async def keep_members(
    connection: Connection, members: Sequence[tuple[Member, Countable]], now: datetime
) -> set[tuple[str, str, UUID]]:
    """Keep members, each once; return kind, unit and subject of those that are new or have changed."""
    rows = await QUERIES.fetch(
        connection,
        "keep_members",
        kinds=[one.kind for one, _ in members],
        divisions=[one.division for one, _ in members],
        subject_ids=[one.subject_id for one, _ in members],
        subject_kinds=[kind.subject_kind for _, kind in members],
        codes=[one.code for one, _ in members],
        units=[one.unit for one, _ in members],
        until_ons=[one.until_on for one, _ in members],
        now=now,
    )
    return {(row["kind"], row["division"], row["subject_id"]) for row in rows}
