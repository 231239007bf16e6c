"""The rows of what campaigns have done, and of the queues at their points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.campaigns.counting import CountKey, Counts
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "campaign_counts.sql")
_FIELDS = (
    "sampled_tubes",
    "sampled_people",
    "arrived_tubes",
    "arrived_people",
    "resulted_tubes",
    "resulted_people",
    "positive_tubes",
    "unclear_tubes",
)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, by hour over all laboratories, and by laboratory over all hours."""

    by_hour: Mapping[datetime, Counts]
    by_laboratory: Mapping[str, Counts]
    """Sampling stands under none."""


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """What was done in a division."""

    division: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class PointCounts:
    """What was done at a point, and how many stand in line there by its last report."""

    division: str
    point: str
    counts: Counts
    waiting: int | None
    queue_at: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """How many stand in line at a point, as it reports."""

    campaign_id: UUID
    division: str
    point: str
    at: datetime
    waiting: int
    received_from: str

    @property
    def key(self) -> tuple[UUID, str, datetime]:
        """What a report is known by."""
        return self.campaign_id, self.point, self.at


def _counts(row: Record) -> Counts:
    return Counts(*(int(row[field]) for field in _FIELDS))


async def add(connection: Connection, counted: Mapping[CountKey, Counts]) -> None:
    """Add to the figures; nobody waits for anybody."""
    if not counted:
        return
    numbers = list(zip(*(counts.values() for counts in counted.values()), strict=True))
    await QUERIES.execute(
        connection,
        "add_deltas",
        campaign_ids=[key.campaign_id for key in counted],
        divisions=[key.division for key in counted],
        points=[key.point for key in counted],
        laboratories=[key.laboratory for key in counted],
        hours=[key.hour for key in counted],
        **{field: list(values) for field, values in zip(_FIELDS, numbers, strict=True)},
    )


async def fold(connection: Connection, most: int) -> int:
    """Add up to so many additions into the figures; returns how many they were."""
    return await QUERIES.fetchval(connection, "fold_deltas", most=most) or 0


async def by_hour(connection: Connection, campaign_id: UUID) -> Done:
    """Return what was done, by hour and by laboratory."""
    rows = await QUERIES.fetch(connection, "counts_by_hour", campaign_id=campaign_id)
    return Done(
        {row["hour"]: _counts(row) for row in rows if row["hour"] is not None},
        {row["laboratory"]: _counts(row) for row in rows if row["hour"] is None},
    )


async def by_place(
    connection: Connection, campaign_id: UUID, bounds: tuple[str, str], digits: int
) -> list[PlaceCounts]:
    """Return what was done, by division of so many digits."""
    low, high = bounds
    rows = await QUERIES.fetch(
        connection, "counts_by_place", campaign_id=campaign_id, low=low, high=high, digits=digits
    )
    return [PlaceCounts(row["division"], _counts(row)) for row in rows]


async def by_point(
    connection: Connection,
    campaign_id: UUID,
    bounds: tuple[str, str],
    after: tuple[str, str],
    most: int,
) -> list[PointCounts]:
    """Return what was done, by point, with the last report of each queue."""
    rows = await QUERIES.fetch(
        connection,
        "counts_by_point",
        campaign_id=campaign_id,
        low=bounds[0],
        high=bounds[1],
        after_division=after[0],
        after_point=after[1],
        most=most,
    )
    return [
        PointCounts(row["division"], row["point"], _counts(row), row["waiting"], row["queue_at"])
        for row in rows
    ]


async def insert_queues(
    connection: Connection, queues: Sequence[Queue], *, received_at: datetime
) -> set[tuple[UUID, str, datetime]]:
    """Store reports, none twice, and return the keys of those that were new."""
    rows = await QUERIES.fetch(
        connection,
        "insert_queues",
        campaign_ids=[one.campaign_id for one in queues],
        points=[one.point for one in queues],
        ats=[one.at for one in queues],
        divisions=[one.division for one in queues],
        waiting=[one.waiting for one in queues],
        received_froms=[one.received_from for one in queues],
        received_at=received_at,
    )
    return {(row["campaign_id"], row["point"], row["at"]) for row in rows}


async def queues_on_record(
    connection: Connection, keys: Sequence[tuple[UUID, str, datetime]]
) -> Mapping[tuple[UUID, str, datetime], int]:
    """Return what was reported under the keys."""
    rows = await QUERIES.fetch(
        connection,
        "queues_on_record",
        campaign_ids=[key[0] for key in keys],
        points=[key[1] for key in keys],
        ats=[key[2] for key in keys],
    )
    return {(row["campaign_id"], row["point"], row["at"]): row["waiting"] for row in rows}


async def latest_queues(
    connection: Connection, campaign_id: UUID, bounds: tuple[str, str]
) -> Mapping[tuple[str, str], tuple[datetime, int]]:
    """Return the newest report of each point of a subtree, by division and point."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "latest_queues", campaign_id=campaign_id, low=low, high=high)
    return {(row["division"], row["point"]): (row["at"], row["waiting"]) for row in rows}
