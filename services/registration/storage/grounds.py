"""The rows of grounds: what beside a return brings people under management."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from shared.contracts import derived_id
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "grounds.sql")


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground of one kind for one person on one day; `kind` is one that the policy's measures know."""

    person_id: UUID
    kind: str
    began_on: date
    recorded_at: datetime
    division: str | None = None
    """Which division manages them; None for the one in which they live."""

    @property
    def id(self) -> UUID:
        """The ground's id: the same kind on the same day is the same ground."""
        return derived_id("management-ground", self.person_id, self.kind, self.began_on)


async def insert(connection: Connection, grounds: Sequence[Ground], received_at: datetime) -> set[UUID]:
    """Keep grounds of whoever is on record and return the people for whom one is new."""
    ordered = sorted({ground.id: ground for ground in grounds}.items())
    rows = await QUERIES.fetch(
        connection,
        "insert_grounds",
        ground_ids=[id_ for id_, _ in ordered],
        person_ids=[ground.person_id for _, ground in ordered],
        divisions=[ground.division for _, ground in ordered],
        kinds=[ground.kind for _, ground in ordered],
        began_ons=[ground.began_on for _, ground in ordered],
        recorded_ats=[ground.recorded_at for _, ground in ordered],
        received_at=received_at,
    )
    return {row["person_id"] for row in rows}
