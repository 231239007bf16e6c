"""Show a person's data to whoever may read them, and keep that they were shown."""

from datetime import datetime
from uuid import UUID, uuid4

from services.registration.actions.people.read_people import find_person
from services.registration.rules.people.merging import WholePerson
from services.registration.rules.people.person import PersonStated
from services.registration.storage import person_reads
from services.registration.storage.person_reads import TimeWindow, Unmasking
from shared.postgres import Database
from shared.sealing import Sealer

MASKED_FIELDS = ("name", "identity", "telephone", "birth_date", "contact")


def fields_shown(person: PersonStated) -> tuple[str, ...]:
    """Return which of the masked fields say something."""
    return tuple(field for field in MASKED_FIELDS if getattr(person, field) is not None)


async def unmask_person(
    database: Database,
    sealer: Sealer,
    person_id: UUID,
    *,
    bounds: tuple[str, str],
    reason: str,
    unmasked_by: str,
    request_id: str,
    now: datetime,
) -> WholePerson:
    """Return a person to be shown whole; that it was done is on record before anything is shown.

    Raises NotFound for somebody whom the subtree does not see, which is not kept.
    """
    async with database.transaction() as connection:
        person = await find_person(connection, sealer, person_id, bounds)
        unmasking = Unmasking(
            id=uuid4(),
            person_id=person.id,
            division=person.division,
            fields=fields_shown(person.person),
            reason=reason,
            unmasked_at=now,
            unmasked_by=unmasked_by,
            request_id=request_id,
        )
        await person_reads.append_unmasking(connection, unmasking)
    return person


async def list_unmaskings(database: Database, window: TimeWindow, person_id: UUID | None) -> list[Unmasking]:
    """Return who was shown whose data, in the order of time, of one person or all."""
    async with database.connection() as connection:
        return await person_reads.list_unmaskings(connection, window, person_id)
