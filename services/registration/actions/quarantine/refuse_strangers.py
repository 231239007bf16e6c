"""Refuse to move people, or to give rooms to people, whom a key cannot see."""

from collections.abc import Mapping
from uuid import UUID

from services.registration.storage.returned_people import find_hidden
from shared.errors import FieldProblem, InvalidInput
from shared.postgres import Database

STRANGER = "is nobody of the subtree of this key"


async def refuse_strangers(database: Database, named: Mapping[str, UUID], bounds: tuple[str, str]) -> None:
    """Raise InvalidInput for the fields that name somebody who is on record outside a subtree alone.

    An id that is nobody's yet is let through: a decision is often known before its person is (§7 counts from
    the decision), and it may be the id of a return.
    """
    async with database.connection() as connection:
        hidden = await find_hidden(connection, named.values(), bounds)
    if problems := [FieldProblem(field, STRANGER) for field, id_ in named.items() if id_ in hidden]:
        raise InvalidInput("Somebody is named whom this key cannot see.", problems=problems)
