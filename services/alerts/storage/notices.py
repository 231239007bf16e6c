"""The rows of notices: pages that list no clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.alerts.rules.charge_notice import NewNotice
from shared.divisions import Division, subtree_bounds
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "notices.sql")


async def people_around(connection: Connection, lineage: Sequence[Division]) -> Mapping[str, UUID]:
    """Return who can be told of something in a unit, by mark; `lineage` is the unit and those above it."""
    township = next((one for one in lineage if one.level == "township"), lineage[0])
    low, high = subtree_bounds(township.code)
    above = [one.code for one in lineage]
    rows = await QUERIES.fetch(connection, "people_around", above=above, low=low, high=high)
    return {row["key"]: row["id"] for row in rows}


async def insert(connection: Connection, notices: Sequence[NewNotice], *, now: datetime) -> list[NewNotice]:
    """Store notices as pages that are to be delivered at once; return those that were not given before."""
    rows = await QUERIES.fetch(
        connection,
        "insert_notice_pages",
        ids=[one.page_id for one in notices],
        person_ids=[one.person_id for one in notices],
        divisions=[one.division for one in notices],
        now=now,
    )
    stored = {row["id"] for row in rows}
    new = [one for one in notices if one.page_id in stored]
    ids = [one.page_id for one in new]
    await QUERIES.execute(
        connection,
        "insert_notices",
        page_ids=ids,
        kinds=[one.notice.kind for one in new],
        roles=[one.notice.role for one in new],
        subjects=[one.notice.subject for one in new],
    )
    await QUERIES.execute(
        connection,
        "insert_notice_deliveries",
        page_ids=ids,
        person_ids=[one.person_id for one in new],
        now=now,
    )
    return new
