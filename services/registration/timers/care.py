"""Timed duties of care: people get their five, and the figures of what is missing stay fresh."""

from services.registration.actions.care.assign_five import MOST_PEOPLE, assign_five
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
            registration.database, registration.divisions, registration.care_law
        )
        registration.care_metrics.show(figures)
        return False

    return [
        Duty("give-five", give_five),
        Duty("take-care-figures", take_figures, rest_seconds=FIGURES_REST_SECONDS),
    ]
