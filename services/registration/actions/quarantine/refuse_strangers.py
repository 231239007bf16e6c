"""Refuse to move people whom a key cannot see."""

from uuid import UUID

from services.registration.storage.returned_people import is_hidden
from shared.errors import FieldProblem, InvalidInput
from shared.postgres import Database

STRANGER = FieldProblem("person_id", "is nobody of the subtree of this key")


async def refuse_strangers(database: Database, person_id: UUID, bounds: tuple[str, str]) -> None:
    """Raise InvalidInput for an id of somebody who is on record outside a subtree alone.

    An id that is nobody's yet is let through: a decision is often known before its person is (§7 counts from
    the decision), and it may be the id of a return.
    """
    async with database.connection() as connection:
        if await is_hidden(connection, person_id, bounds):
            raise InvalidInput("The transfer has fields that are refused.", problems=[STRANGER])
