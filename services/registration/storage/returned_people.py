"""People whom senders of returns name by their ids."""

from collections.abc import Collection
from uuid import UUID

from services.registration.storage.people import FoundRow, found_row
from services.registration.storage.returns import QUERIES
from shared.postgres import Connection


async def find_visible(
    connection: Connection, ids: Collection[UUID], bounds: tuple[str, str]
) -> list[FoundRow]:
    """Return those of people who are on record in a subtree: they belong to it, or it told of them."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "visible_people", person_ids=list(ids), low=low, high=high)
    return [found_row(row) for row in rows]


async def find_hidden(connection: Connection, ids: Collection[UUID], bounds: tuple[str, str]) -> set[UUID]:
    """Return the ids of people who are on record, but not in a subtree."""
    shown = {found.person_id for found in await find_visible(connection, ids, bounds)}
    rows = await QUERIES.fetch(connection, "people_on_record", person_ids=list(set(ids) - shown))
    return {row["person_id"] for row in rows}
