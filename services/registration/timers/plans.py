"""Duties of plans: what midnight in Asia/Shanghai brings, hand-overs, releases, and where people stand."""

from uuid import UUID

from services.registration.actions.plans import place_people, release_plans, request_handovers
from services.registration.actions.plans.change_stages import change_stages
from services.registration.actions.plans.place_people import review_places, sweep_places
from services.registration.actions.plans.release_plans import release_complete_plans
from services.registration.actions.plans.request_handovers import attend_handovers
from services.registration.actions.plans.take_plan_figures import take_plan_figures
from services.registration.rules.plans.care_list import CareList
from services.registration.service import Registration
from shared.duties import Duty

FIGURES_SECONDS = 15.0
SWEEP_SECONDS = 5.0
FIRST = UUID(int=0)


def duties(registration: Registration) -> list[Duty]:
    """Return the duties of plans; each follows the world's clock and may run in several processes."""
    turns = _Turns(registration)
    return [
        Duty("change-stages", turns.change_stages),
        Duty("attend-handovers", turns.attend_handovers),
        Duty("release-complete", turns.release_complete),
        Duty("review-care-lists", turns.review_places),
        Duty("sweep-care-lists", turns.sweep_places, SWEEP_SECONDS),
        Duty("count-care-lists", turns.take_figures, FIGURES_SECONDS),
    ]


class _Turns:
    """One turn of each duty; tells whether more is waiting already."""

    def __init__(self, registration: Registration) -> None:
        self._registration = registration
        self._database = registration.database
        self._law = registration.release_law
        self._clock = registration.clock
        self._metrics = registration.metrics
        self._swept = FIRST

    async def change_stages(self) -> bool:
        """Let plans go on whose stage is over."""
        changed = await change_stages(self._database, self._law.handover, now=self._clock.now())
        for late in changed.late:
            self._metrics.stage_change_late.observe(late.total_seconds())
        return self._more(changed.plans, changed.may_be_more)

    async def attend_handovers(self) -> bool:
        """Ask for hand-overs, withdraw and miss them."""
        done = await attend_handovers(self._database, self._law.handover, now=self._clock.now())
        return self._more(done, done >= request_handovers.MOST)

    async def release_complete(self) -> bool:
        """Release people whose plans are complete."""
        released = await release_complete_plans(self._database, now=self._clock.now())
        return self._more(released, released == release_plans.MOST)

    async def review_places(self) -> bool:
        """Place people whom the passing of a day has moved."""
        looked_at = await review_places(self._database, now=self._clock.now())
        return looked_at == place_people.MOST

    async def sweep_places(self) -> bool:
        """Look at everybody, a thousand a turn: whoever was not placed is found here, and counted."""
        following, moved = await sweep_places(self._database, self._swept, now=self._clock.now())
        self._swept = following or FIRST
        self._metrics.care_corrections.inc(moved)
        return False

    async def take_figures(self) -> bool:
        """Bring the gauges to what the database holds."""
        figures = await take_plan_figures(self._database, now=self._clock.now())
        for care_list in CareList:
            self._metrics.people.labels(care_list).set(figures.people.get(care_list, 0))
        self._metrics.handovers_missed.set(figures.handovers_missed)
        return False

    def _more(self, done: int, more: bool) -> bool:
        if done:
            self._registration.wake()
        return more
