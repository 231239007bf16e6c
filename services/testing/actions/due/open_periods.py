"""Open periods of categories: from then on each unit owes its tests 按周期生成应检名单."""

from dataclasses import dataclass
from datetime import datetime

from services.testing.rules.due.law import DueLaw, Period
from services.testing.storage import rounds
from shared.day_count import day_of
from shared.postgres import Connection, Database

MOST_UNITS = 2_000


@dataclass(frozen=True, slots=True)
class Opened:
    """What one turn opened; `goes_on` tells that more is waiting."""

    units: int
    goes_on: bool


async def open_periods(database: Database, law: DueLaw, *, now: datetime, most: int = MOST_UNITS) -> Opened:
    """Open the oldest period that is not open everywhere yet for up to `most` units (town §9, §17).

    Each period of a kind is opened once for each unit, in their order, by whichever process holds its row.
    After an interruption the present period is opened; what lay wholly within the interruption is not made
    up for, because nobody could be sampled in the past.
    """
    async with database.transaction() as connection:
        begun = await rounds.unfinished_period(connection)
        if begun is None:
            if not await _begin(connection, law, now):
                return Opened(0, goes_on=False)
            begun = await rounds.unfinished_period(connection)
            if begun is None:
                return Opened(0, goes_on=False)
        kind = law.kinds.get(begun.kind)
        units = await rounds.units_of_kind(connection, begun, most) if kind is not None else []
        if kind is not None and units:
            await rounds.open_units(connection, kind, begun.period, units, now)
        await rounds.move_period(connection, begun, units, None if len(units) == most else now)
    return Opened(len(units), goes_on=True)


async def _begin(connection: Connection, law: DueLaw, now: datetime) -> bool:
    """Begin the present period of every kind that has not begun it; tell whether there was one."""
    today, last = day_of(now), await rounds.last_periods(connection)
    periods: list[tuple[str, Period]] = []
    for kind in law.periodic():
        period = law.period_of(kind, today)
        if period is not None and (kind.id not in last or last[kind.id] < period.first_on):
            periods.append((kind.id, period))
    if periods:
        await rounds.begin_periods(connection, periods, now)
    return bool(periods)
