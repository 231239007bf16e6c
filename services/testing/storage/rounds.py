"""The rows of periods and rounds: what each unit owes in a category until a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.due.asking import Drop, Source
from services.testing.rules.due.law import Countable, Period
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "rounds.sql")


@dataclass(frozen=True, slots=True)
class BegunPeriod:
    """A period of a kind that is being opened for one unit after the other."""

    kind: str
    period: Period
    after_division: str


@dataclass(frozen=True, slots=True)
class Round:
    """What a unit owes in a category until a day, or a quarantine site in a round."""

    round_id: UUID
    division: str
    category: str
    place: str | None
    due_on: date


@dataclass(frozen=True, slots=True)
class OpenRound(Round):
    """A round whose last day has begun, with what of it is done."""

    due: int
    done: int


@dataclass(frozen=True, slots=True)
class DoneRound:
    """A round that is complete."""

    round_id: UUID
    division: str
    category: str
    due_on: date
    due: int
    last_sampled_at: datetime


async def begin_periods(connection: Connection, periods: Sequence[tuple[str, Period]], now: datetime) -> None:
    """Begin periods of kinds; those that have begun stay as they are."""
    await QUERIES.fetch(
        connection,
        "begin_periods",
        kinds=[kind for kind, _ in periods],
        first_ons=[period.first_on for _, period in periods],
        last_ons=[period.last_on for _, period in periods],
        now=now,
    )


async def last_periods(connection: Connection) -> Mapping[str, date]:
    """Return for each kind the last day of its newest period."""
    return {row["kind"]: row["last_on"] for row in await QUERIES.fetch(connection, "last_periods")}


async def unfinished_period(connection: Connection) -> BegunPeriod | None:
    """Return a period that is being opened, kept for this transaction; None when there is none."""
    row = await QUERIES.fetchrow(connection, "unfinished_period")
    if row is None:
        return None
    return BegunPeriod(row["kind"], Period(row["first_on"], row["last_on"]), row["after_division"])


async def move_period(
    connection: Connection, begun: BegunPeriod, units: Sequence[str], finished_at: datetime | None
) -> None:
    """Note up to which unit a period is open."""
    await QUERIES.execute(
        connection,
        "move_period",
        kind=begun.kind,
        first_on=begun.period.first_on,
        after_division=units[-1] if units else begun.after_division,
        units=len(units),
        finished_at=finished_at,
    )


async def units_of_kind(connection: Connection, begun: BegunPeriod, most: int) -> list[str]:
    """Return the next units, in order, that owe something of a kind."""
    rows = await QUERIES.fetch(
        connection, "units_of_kind", kind=begun.kind, after_division=begun.after_division, most=most
    )
    return [row["division"] for row in rows]


async def open_units(
    connection: Connection, kind: Countable, period: Period, divisions: Sequence[str], now: datetime
) -> None:
    """Open the period of a kind for units: their round, a test for each member, a line for the rest.

    What is open already is brought to the base number and the members of now.
    """
    units, days = list(divisions), {"first_on": period.first_on, "last_on": period.last_on}
    shared = {"category": kind.category, "last_on": period.last_on, "divisions": units}
    await QUERIES.execute(connection, "open_rounds", **shared)
    tests = {"kind": kind.id, "category": kind.category, "divisions": units, "now": now, **days}
    await QUERIES.execute(connection, "open_named_tests", **tests)
    await QUERIES.execute(connection, "open_lines", subject_kind=kind.subject_kind, **tests)


async def drops_of_members(
    connection: Connection,
    kind: Countable,
    period: Period,
    members: Sequence[tuple[str, UUID]],
    now: datetime,
) -> list[Drop]:
    """Return the open due tests of members in a period as drops."""
    rows = await QUERIES.fetch(
        connection,
        "members_of_day",
        kind=kind.id,
        last_on=period.last_on,
        divisions=[division for division, _ in members],
        subject_ids=[subject_id for _, subject_id in members],
    )
    return [Drop(row["due_id"], Source.CATEGORY, row["division"], now) for row in rows]


async def keep(connection: Connection, rounds: Sequence[Round]) -> None:
    """Keep rounds, each once."""
    await QUERIES.execute(
        connection,
        "keep_rounds",
        round_ids=[one.round_id for one in rounds],
        divisions=[one.division for one in rounds],
        categories=[one.category for one in rounds],
        places=[one.place for one in rounds],
        due_ons=[one.due_on for one in rounds],
    )


async def claim(connection: Connection, today: date, most: int) -> list[OpenRound]:
    """Return rounds whose last day has begun, with what is done; they are kept for this transaction."""
    rows = await QUERIES.fetch(connection, "claim_rounds", today=today, most=most)
    ids = [row["round_id"] for row in rows]
    found = await QUERIES.fetch(connection, "sums_of_rounds", round_ids=ids) if ids else []
    sums = {row["round_id"]: (row["due"], row["done"]) for row in found}
    return [
        OpenRound(
            row["round_id"],
            row["division"],
            row["category"],
            row["place"],
            row["due_on"],
            *sums.get(row["round_id"], (0, 0)),
        )
        for row in rows
    ]


async def mark_opened(connection: Connection, rounds: Sequence[OpenRound], now: datetime) -> None:
    """Note that rounds were looked at, and for which a clock was started: those that lack something."""
    await QUERIES.execute(
        connection,
        "mark_rounds_opened",
        round_ids=[one.round_id for one in rounds],
        told=[one.done < one.due for one in rounds],
        now=now,
    )


async def complete(connection: Connection, series: Sequence[UUID]) -> list[DoneRound]:
    """Mark rounds done whose clock runs and of which nothing is open any more, and return them."""
    locked = await QUERIES.fetch(connection, "lock_rounds", round_ids=list(series))
    if not locked:
        return []
    rows = await QUERIES.fetch(connection, "complete_rounds", round_ids=[row["round_id"] for row in locked])
    return [DoneRound(**row) for row in rows]
