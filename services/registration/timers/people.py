"""Clock door of people: who was taken in at the same instant as others is held against them."""

from services.registration.actions.people.queue_suspects import look_again
from services.registration.service import Registration
from shared.duties import Duty


def duties(registration: Registration) -> list[Duty]:
    """Return what is done about people because time passes."""

    async def look() -> bool:
        return await look_again(registration.database, registration.sealer, now=registration.clock.now())

    return [Duty("look-for-suspects-again", look, rest_seconds=2.0)]
