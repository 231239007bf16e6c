"""Count what is missing on the grid and among the five, by district."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.registration.rules.care.grid import lineage
from services.registration.rules.care.symptom_episode import EpisodeState
from services.registration.rules.day_count import day_of
from services.registration.storage import charges, grid, health_days, symptom_episodes
from shared.divisions import DivisionRegister
from shared.policy.care import CareFile
from shared.postgres import Database

Counts = Mapping[tuple[str, str], int]
"""(role, district) → how many; a district that lacks nothing has a zero."""


@dataclass(frozen=True, slots=True)
class CareFigures:
    """What is missing now."""

    villages_without: Counts
    """By role of the levels and district, villages for which nobody at work holds it."""
    buildings_without: Mapping[str, int]
    """By district, buildings of the grid without a grid worker."""
    people_without: Counts
    """By role and district, people under care for whom nobody holds it."""
    without_report: int
    """People who owe today's health report and have sent none yet."""
    episodes: Mapping[EpisodeState, int]
    """Episodes of symptoms that have not been closed, by state."""


async def take_care_figures(
    database: Database, register: DivisionRegister, law: CareFile, *, now: datetime
) -> CareFigures:
    """Return the figures as the database holds them."""
    async with database.connection() as connection:
        held = await grid.held_roles(connection, law.levels.roles)
        buildings = await grid.uncovered_buildings(connection, law.buildings.role)
        people = await charges.count_missing(connection)
        without_report = await health_days.count_missed(connection, day_of(now))
        episodes = await symptom_episodes.count_open(connection)
    districts = [one.code for one in register.units() if one.level == "district"]
    villages = _villages_without(register, law, held)
    return CareFigures(
        villages_without={
            (role, district): villages[role, district] for role in law.levels.roles for district in districts
        },
        buildings_without={district: buildings.get(district, 0) for district in districts},
        people_without={
            (role, district): people.get((role, district), 0)
            for role in law.five.roles
            for district in districts
        },
        without_report=without_report,
        episodes=episodes,
    )


def _villages_without(
    register: DivisionRegister, law: CareFile, held: set[tuple[str, str]]
) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for village in register.units():
        if village.level == "village":
            above = lineage(village.code)
            found.update(
                (role, village.code[:6])
                for role in law.levels.roles
                if not any((role, code) in held for code in above)
            )
    return found
