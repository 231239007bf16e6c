"""Count what the gauges of due tests show."""

from datetime import datetime

from services.testing.rules.due.figures import DueFiguresShown
from services.testing.storage import coverage, due_tests, sampling_points
from shared.day_count import day_of
from shared.divisions import DivisionRegister
from shared.postgres import Database

EVERYWHERE = ("", "~")


async def take_due_figures(
    database: Database, divisions: DivisionRegister, *, now: datetime
) -> DueFiguresShown:
    """Return how many tests are open, and how many villages no sampling point serves."""
    async with database.connection() as connection:
        figures = await due_tests.take_figures(connection, day_of(now))
        unfolded = await coverage.count_unfolded(connection)
        served = await sampling_points.served_divisions(connection, EVERYWHERE)
    villages = (unit.code for unit in divisions.units() if unit.level == "village")
    return DueFiguresShown(
        open=figures.open,
        overdue=figures.overdue,
        at_once=figures.at_once,
        unfolded=unfolded,
        villages_unserved=sum(village not in served for village in villages),
    )
