"""The rows of coverage: due against done for each unit, category and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shared.divisions import subtree_bounds
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "coverage.sql")


@dataclass(frozen=True, slots=True)
class UnitCoverage:
    """What of a category is due in a unit and those below it, and what of that is done."""

    division: str
    category: str
    due: int
    done: int
    late: int


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """What of a category is due by a day, and what of that is done."""

    day: date
    category: str
    due: int
    done: int
    late: int


async def fold(connection: Connection, most: int) -> int:
    """Add up to `most` changes to the sums of all levels; return how many those were."""
    return int(await QUERIES.fetchval(connection, "fold_changes", most=most))


async def of_units(
    connection: Connection, divisions: Sequence[str], from_on: date, to_on: date
) -> list[UnitCoverage]:
    """Return the coverage of units between two days, both included."""
    bounds = [subtree_bounds(division) for division in divisions]
    rows = await QUERIES.fetch(
        connection,
        "coverage_of_units",
        divisions=list(divisions),
        lows=[low for low, _ in bounds],
        highs=[high for _, high in bounds],
        from_on=from_on,
        to_on=to_on,
    )
    return [UnitCoverage(**row) for row in rows]


async def by_day(
    connection: Connection, division: str, category: str | None, from_on: date, to_on: date
) -> list[DayCoverage]:
    """Return the coverage of a unit day by day."""
    low, high = subtree_bounds(division)
    rows = await QUERIES.fetch(
        connection,
        "coverage_by_day",
        division=division,
        low=low,
        high=high,
        category=category,
        from_on=from_on,
        to_on=to_on,
    )
    return [DayCoverage(**row) for row in rows]


async def count_unfolded(connection: Connection) -> int:
    """Return how many changes are not added up yet."""
    return int(await QUERIES.fetchval(connection, "count_unfolded"))
