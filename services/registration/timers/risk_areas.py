"""What follows from changes of risk areas, in turns."""

from services.registration.actions.plans.rejudge_touched import rejudge_touched
from services.registration.service import Registration
from shared.duties import Duty


def duties(registration: Registration) -> list[Duty]:
    """Return the duty that judges again whom changes touch."""

    async def rejudge() -> bool:
        judged = await rejudge_touched(
            registration.database, registration.measures, now=registration.clock.now()
        )
        if judged:
            registration.wake()
        return judged

    return [Duty("rejudge-touched", rejudge, rest_seconds=1.0)]
