"""The rows of announced returns: what holds of each, what was said of it, and by which return they came."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.registration.rules.people.preregistration import (
    Announced,
    HealthCondition,
    Preregistration,
    PreregistrationSource,
    PreregistrationState,
    PreregistrationStatement,
)
from services.registration.rules.returns.journey import Transport, TransportKind
from services.registration.sealed_person import open_announced_contact, seal_announced_contact
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record
from shared.sealing import Sealer

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "preregistrations.sql")


@dataclass(frozen=True, slots=True)
class AnnouncedSaid:
    """One statement about an announced return as it was kept, without the contact."""

    source: PreregistrationSource
    origin: str
    places: tuple[str, ...]
    transport: Transport
    intended_on: date
    health: HealthCondition
    cancelled: bool
    recorded_at: datetime
    received_at: datetime


def _transport(row: Record) -> Transport:
    return Transport(TransportKind(row["transport"]), row["transport_number"], row["seat"])


@dataclass(frozen=True, slots=True)
class PreregistrationRows:
    """Stores and reads announced returns with the key that seals their contacts."""

    sealer: Sealer

    def _held(self, row: Record) -> Preregistration:
        id_: UUID = row["preregistration_id"]
        return Preregistration(
            id=id_,
            reference=row["reference"],
            division=row["division"],
            person_id=row["person_id"],
            statement_id=row["statement_id"],
            announced=Announced(
                source=PreregistrationSource(row["source"]),
                origin=row["origin"],
                places=tuple(row["places"]),
                transport=_transport(row),
                intended_on=row["intended_on"],
                health=HealthCondition(row["health"]),
                contact=open_announced_contact(self.sealer, id_, row["contact_sealed"]),
                cancelled=row["cancelled"],
                recorded_at=row["recorded_at"],
            ),
            return_id=row["return_id"],
        )

    def _columns(self, said: Sequence[tuple[UUID, UUID, Announced]]) -> dict[str, Sequence[object]]:
        """Return the columns of (id, statement, what is announced)."""
        announced = [one for _, _, one in said]
        return {
            "preregistration_ids": [id_ for id_, _, _ in said],
            "statement_ids": [statement_id for _, statement_id, _ in said],
            "recorded_ats": [one.recorded_at for one in announced],
            "sources": [one.source for one in announced],
            "origins": [one.origin for one in announced],
            # an array of arrays cannot be ragged in PostgreSQL, so each row's places travel as one text
            "places": [" ".join(one.places) for one in announced],
            "transports": [one.transport.kind for one in announced],
            "transport_numbers": [one.transport.number for one in announced],
            "seats": [one.transport.seat for one in announced],
            "intended_ons": [one.intended_on for one in announced],
            "healths": [one.health for one in announced],
            "cancelleds": [one.cancelled for one in announced],
            "contacts_sealed": [
                seal_announced_contact(self.sealer, id_, one.contact) for id_, _, one in said
            ],
        }

    async def insert(
        self, connection: Connection, rows: Sequence[Preregistration], received_at: datetime
    ) -> set[UUID]:
        """Store what is new and return its ids; the rows come in the order of their ids, each once."""
        stored = await QUERIES.fetch(
            connection,
            "insert_preregistrations",
            divisions=[held.division for held in rows],
            references=[held.reference for held in rows],
            person_ids=[held.person_id for held in rows],
            received_at=received_at,
            **self._columns([(held.id, held.statement_id, held.announced) for held in rows]),
        )
        return {row["preregistration_id"] for row in stored}

    async def lock(self, connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Preregistration]:
        """Return what is known and let nobody else change it until the transaction ends."""
        rows = await QUERIES.fetch(connection, "lock_preregistrations", preregistration_ids=list(ids))
        return {row["preregistration_id"]: self._held(row) for row in rows}

    async def update(
        self, connection: Connection, rows: Sequence[Preregistration], changed_at: datetime
    ) -> None:
        """Write what holds now."""
        await QUERIES.execute(
            connection,
            "update_preregistrations",
            changed_at=changed_at,
            **self._columns([(held.id, held.statement_id, held.announced) for held in rows]),
        )

    async def append(
        self, connection: Connection, said: Sequence[PreregistrationStatement], received_at: datetime
    ) -> set[UUID]:
        """Keep statements and return the ids of those that had not been made before."""
        rows = await QUERIES.fetch(
            connection,
            "append_preregistration_statements",
            received_froms=[one.received_from for one in said],
            received_at=received_at,
            **self._columns([(one.id, one.statement_id, one.announced) for one in said]),
        )
        return {row["statement_id"] for row in rows}

    async def find(
        self, connection: Connection, id_: UUID, bounds: tuple[str, str]
    ) -> Preregistration | None:
        """Return what holds of an announced return of the subtree; None when there is none."""
        low, high = bounds
        row = await QUERIES.fetchrow(
            connection, "find_preregistration", preregistration_id=id_, low=low, high=high
        )
        return None if row is None else self._held(row)

    async def list_page(
        self, connection: Connection, window: Window, state: PreregistrationState | None, today: date
    ) -> list[Preregistration]:
        """Return the announced returns of a window, in the order of division and id, with one to spare."""
        name, values = _query_of(state, today)
        rows = await QUERIES.fetch(connection, name, **window.values(), **values)
        return [self._held(row) for row in rows]


def _query_of(state: PreregistrationState | None, today: date) -> tuple[str, dict[str, Any]]:
    match state:
        case None:
            return "list_preregistrations", {}
        case PreregistrationState.EXPECTED:
            return "list_expected_preregistrations", {"first_day": today, "last_day": date.max}
        case PreregistrationState.OVERDUE:
            yesterday = date.fromordinal(today.toordinal() - 1)
            return "list_expected_preregistrations", {"first_day": date.min, "last_day": yesterday}
        case PreregistrationState.ARRIVED | PreregistrationState.CANCELLED:
            return "list_closed_preregistrations", {"arrived": state is PreregistrationState.ARRIVED}


async def statements_of(connection: Connection, id_: UUID) -> list[AnnouncedSaid]:
    """Return everything that was said of an announced return, in the order of its receipt."""
    rows = await QUERIES.fetch(connection, "preregistration_statements", preregistration_id=id_)
    return [
        AnnouncedSaid(
            source=PreregistrationSource(row["source"]),
            origin=row["origin"],
            places=tuple(row["places"]),
            transport=_transport(row),
            intended_on=row["intended_on"],
            health=HealthCondition(row["health"]),
            cancelled=row["cancelled"],
            recorded_at=row["recorded_at"],
            received_at=row["received_at"],
        )
        for row in rows
    ]


async def link_returns(
    connection: Connection, person_ids: Collection[UUID], changed_at: datetime
) -> Mapping[UUID, UUID | None]:
    """Match what is open of people to the returns by which they came; return what is matched to which now.

    What was matched to a return that is not theirs any more is matched to none. To be called when a return of
    theirs becomes known or is withdrawn, when they are announced or merged, and when a merge is undone.
    """
    if not person_ids:
        return {}
    rows = await QUERIES.fetch(
        connection, "link_returns", person_ids=sorted(person_ids), changed_at=changed_at
    )
    return {row["preregistration_id"]: row["return_id"] for row in rows}
