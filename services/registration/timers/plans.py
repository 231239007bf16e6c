"""Duties of plans: stages that change at midnight in Asia/Shanghai, hand-overs that are asked for before."""

from services.registration.actions.plans.change_stages import change_stages
from services.registration.actions.plans.request_handovers import MOST, attend_handovers
from services.registration.service import Registration
from shared.duties import Duty


def duties(registration: Registration) -> list[Duty]:
    """Return the duties of plans."""

    async def change() -> bool:
        """Let plans go on whose stage is over."""
        rule = registration.release_law.handover
        changed = await change_stages(registration.database, rule, now=registration.clock.now())
        for late in changed.late:
            registration.metrics.stage_change_late.observe(late.total_seconds())
        if changed.plans:
            registration.wake()
        return changed.may_be_more

    async def attend() -> bool:
        """Ask for hand-overs, withdraw and miss them."""
        done = await attend_handovers(
            registration.database, registration.release_law.handover, now=registration.clock.now()
        )
        if done:
            registration.wake()
        return done >= MOST

    return [Duty("change-stages", change), Duty("attend-handovers", attend)]
