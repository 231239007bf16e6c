"""Clock door of quarantine: rounds of tests are asked for, and the figures of rooms are kept fresh."""

from services.registration.actions.quarantine.ask_for_rounds import ask_for_rounds
from services.registration.actions.quarantine.read_sites import ReserveOfArea, read_districts
from services.registration.service import Registration
from shared.duties import Duty

REFRESH_SECONDS = 15.0
"""Real seconds between two looks at the figures; Prometheus rarely asks more often."""


def duties(registration: Registration) -> list[Duty]:
    """Return what is done about sites because time passes."""

    async def ask() -> bool:
        now = registration.clock.now()
        asked = await ask_for_rounds(registration.database, registration.quarantine.rounds, now=now)
        if asked:
            registration.wake()
        return asked

    async def refresh() -> bool:
        districts = [unit.code for unit in registration.divisions.units() if unit.level == "district"]
        for area in await read_districts(registration.database, districts, registration.quarantine):
            _show(registration, area)
        return False

    return [
        Duty("ask-for-site-rounds", ask),
        Duty("refresh-quarantine-figures", refresh, rest_seconds=REFRESH_SECONDS),
    ]


def _show(registration: Registration, area: ReserveOfArea) -> None:
    metrics, occupancy = registration.metrics, area.occupancy
    states = {
        "free": occupancy.rooms_free,
        "taken": occupancy.rooms_taken,
        "disinfection": occupancy.rooms_in_disinfection,
    }
    for state, rooms in states.items():
        metrics.quarantine_rooms.labels(area.division, state).set(rooms)
    metrics.quarantine_people.labels(area.division).set(occupancy.people)
    metrics.quarantine_shortfall.labels(area.division).set(area.reckoning.shortfall)
