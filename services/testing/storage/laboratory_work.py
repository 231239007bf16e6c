"""The rows of open work: what laboratories have without a result, and where it was sent on to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.laboratories.rerouting import OpenTube, Route
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "laboratory_work.sql")


@dataclass(frozen=True, slots=True)
class Rerouted:
    """A tube that was sent on."""

    tube_id: UUID
    tube_code: str
    division: str
    is_open: bool
    suspension_id: UUID
    from_laboratory: str
    to_laboratory: str
    decided_at: datetime


async def open_work(connection: Connection, codes: Sequence[str], since: datetime) -> Mapping[str, int]:
    """Return how many open tubes of the time since laboratories have or are to have."""
    rows = await QUERIES.fetch(connection, "open_work", codes=list(codes), since=since)
    return {row["laboratory"]: row["tubes"] for row in rows}


async def try_to_reroute(connection: Connection) -> bool:
    """Tell whether this transaction is the one that decides; others find nothing to do."""
    return bool(await QUERIES.fetchval(connection, "try_to_reroute"))


async def open_tubes_of_suspended(connection: Connection, since: datetime, most: int) -> list[OpenTube]:
    """Return open tubes that suspended laboratories have or are to have, the oldest first."""
    rows = await QUERIES.fetch(connection, "open_tubes_of_suspended", since=since, most=most)
    return [
        OpenTube(
            tube_id=row["tube_id"],
            division=row["division"],
            at=row["laboratory_division"] if row["is_away"] else row["division"],
            laboratory=row["laboratory"],
            suspension_id=row["suspension_id"],
        )
        for row in rows
    ]


async def keep_routes(connection: Connection, routes: Sequence[Route], now: datetime) -> None:
    """Keep where tubes go."""
    tubes = [one.tube for one in routes]
    sources, targets = [tube.laboratory for tube in tubes], [one.to for one in routes]
    await QUERIES.execute(
        connection,
        "insert_reroutings",
        tube_ids=[tube.tube_id for tube in tubes],
        suspension_ids=[tube.suspension_id for tube in tubes],
        divisions=[tube.division for tube in tubes],
        from_laboratories=sources,
        to_laboratories=targets,
        now=now,
    )
    await QUERIES.execute(
        connection,
        "put_routed_tubes",
        tube_ids=[tube.tube_id for tube in tubes],
        from_laboratories=sources,
        to_laboratories=targets,
    )


async def list_reroutings(
    connection: Connection, bounds: tuple[str, str], after: tuple[datetime, UUID], most: int
) -> list[Rerouted]:
    """Return the tubes that were sent on and concern a subtree: by their own division or a laboratory's."""
    (low, high), (after_at, after_id) = bounds, after
    rows = await QUERIES.fetch(
        connection, "list_reroutings", low=low, high=high, after_at=after_at, after_id=after_id, most=most
    )
    return [
        Rerouted(
            row["tube_id"],
            row["tube_code"],
            row["division"],
            row["is_open"],
            row["suspension_id"],
            row["from_laboratory"],
            row["to_laboratory"],
            row["decided_at"],
        )
        for row in rows
    ]
