"""The record of who was shown the name and telephone of a contact."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.people.contact import ContactKind
from services.registration.storage.person_reads import TimeWindow
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "contact_unmaskings.sql")


@dataclass(frozen=True, slots=True)
class ContactUnmasking:
    """That somebody was shown a contact; `unmasked_by` is the id of a key or account."""

    id: UUID
    kind: ContactKind
    subject: str
    division: str
    fields: tuple[str, ...]
    reason: str
    unmasked_at: datetime
    unmasked_by: str
    request_id: str


async def append(connection: Connection, shown: ContactUnmasking) -> None:
    """Keep that somebody is shown a contact."""
    await QUERIES.execute(
        connection,
        "append_unmasking",
        id=shown.id,
        kind=shown.kind,
        subject=shown.subject,
        division=shown.division,
        fields=list(shown.fields),
        reason=shown.reason,
        unmasked_at=shown.unmasked_at,
        unmasked_by=shown.unmasked_by,
        request_id=shown.request_id,
    )


async def list_page(
    connection: Connection, window: TimeWindow, kind: ContactKind | None, subject: str | None
) -> list[ContactUnmasking]:
    """Return who was shown which contacts, in the order of time, of one kind or subject or all."""
    (low, high), (after_at, after_id) = window.bounds, window.after
    rows = await QUERIES.fetch(
        connection,
        "list_unmaskings",
        low=low,
        high=high,
        kind=kind,
        subject=subject,
        after_at=after_at,
        after_id=after_id,
        most=window.most,
    )
    return [_unmasking(row) for row in rows]


def _unmasking(row: Record) -> ContactUnmasking:
    return ContactUnmasking(
        row["unmasking_id"],
        ContactKind(row["kind"]),
        row["subject"],
        row["division"],
        tuple(row["fields"]),
        row["reason"],
        row["unmasked_at"],
        row["unmasked_by"],
        row["request_id"],
    )
