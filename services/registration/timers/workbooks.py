"""What happens to workbooks because time passed."""

from services.registration.service import Registration
from shared.duties import Duty
from shared.workbooks.importing import forget_imports

LOOK_SECONDS = 60.0


def duties(registration: Registration) -> list[Duty]:
    """Return the duties of this area."""

    async def forget() -> bool:
        return await forget_imports(registration.database, now=registration.clock.now())

    return [Duty("forget-imports", forget, LOOK_SECONDS)]
