"""Timed duties of care: people get their five, days are opened, and the figures stay fresh."""

from services.registration.actions.care.assign_five import MOST_PEOPLE, assign_five
from services.registration.actions.care.open_health_days import open_health_days
from services.registration.actions.care.take_care_figures import take_care_figures
from services.registration.service import Registration
from shared.duties import Duty

FIGURES_REST_SECONDS = 30.0


def duties(registration: Registration) -> list[Duty]:
    """Return the duties of this area."""

    async def give_five() -> bool:
        looked = await assign_five(registration.database, registration.care_law, now=registration.clock.now())
        registration.care_metrics.charges.labels("begun").inc(looked.begun)
        registration.care_metrics.charges.labels("ended").inc(looked.ended)
        if looked.begun or looked.ended:
            registration.wake()
        return looked.looks == MOST_PEOPLE

    async def take_figures() -> bool:
        figures = await take_care_figures(
            registration.database,
            registration.divisions,
            registration.care_law,
            now=registration.clock.now(),
        )
        registration.care_metrics.show(figures)
        return False

    async def open_days() -> bool:
        opened = await open_health_days(
            registration.database, registration.care_law.health_reports, now=registration.clock.now()
        )
        if opened.people:
            registration.wake()
        return opened.goes_on

    return [
        Duty("give-five", give_five),
        Duty("open-health-days", open_days),
        Duty("take-care-figures", take_figures, rest_seconds=FIGURES_REST_SECONDS),
    ]
