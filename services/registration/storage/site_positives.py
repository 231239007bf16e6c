"""The rows of positives inside quarantine sites and of who became a contact by them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import cast
from uuid import UUID

from services.registration.rules.quarantine.neighbours import Contact
from services.registration.rules.quarantine.stay import Stay
from shared.policy.quarantine import Nearness
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "site_positives.sql")


async def insert(connection: Connection, stay: Stay, found_at: datetime, now: datetime) -> bool:
    """Keep that somebody was found positive; False when this was known of the stay."""
    stay_id = await QUERIES.fetchval(
        connection,
        "insert_positive",
        stay_id=stay.id,
        site=stay.site,
        room=stay.room,
        person_id=stay.person_id,
        found_at=found_at,
        now=now,
    )
    return stay_id is not None


async def insert_contacts(connection: Connection, stay: Stay, contacts: Sequence[Contact]) -> None:
    """Keep who became a contact."""
    await QUERIES.execute(
        connection,
        "insert_contacts",
        stay_id=stay.id,
        person_ids=[one.person_id for one in contacts],
        nearnesses=[one.nearness for one in contacts],
    )


async def contacts_of(connection: Connection, stay_id: UUID) -> list[Contact]:
    """Return who became a contact."""
    rows = await QUERIES.fetch(connection, "contacts_of", stay_id=stay_id)
    return [Contact(row["person_id"], cast("Nearness", row["nearness"])) for row in rows]
