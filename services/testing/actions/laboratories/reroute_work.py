"""Send the open work of suspended laboratories on to those with capacity to spare."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.testing.actions.laboratories.read_laboratories import (
    EVERY_LABORATORY,
    WORK_LOOK_BACK,
    standings_of,
)
from services.testing.rules.laboratories.gap import GapKind
from services.testing.rules.laboratories.rerouting import Candidate, Route, route
from services.testing.storage import laboratories
from services.testing.storage import laboratory_work as storage
from services.testing.storage.laboratories import LaboratoryWindow
from services.testing.storage.laboratory_work import Rerouted
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.testing import WorkRerouted
from shared.policy.laboratories import LaboratoriesFile
from shared.postgres import Connection, Database

AT_ONCE = 1_000
EVERYWHERE = ("", "~")


async def reroute_work(database: Database, law: LaboratoriesFile, *, now: datetime) -> bool:
    """Decide where open tubes of suspended laboratories go, and tell who gets them; True when more may wait.

    Who must not test, or has no right to, gets none. What nobody can take waits until somebody can
    (city §6, decided). It asks the tubes as they are, so that a tube handed over later goes on as well.
    """
    async with database.transaction() as connection:
        if not await storage.try_to_reroute(connection):
            return False
        tubes = await storage.open_tubes_of_suspended(connection, now - WORK_LOOK_BACK, AT_ONCE)
        if not tubes:
            return False
        divisions, candidates = await _candidates(connection, law, now)
        routes = route(tubes, candidates)
        if routes:
            await storage.keep_routes(connection, routes, now)
            await outbox.put(connection, _events(routes, divisions, now), now=now)
    return len(routes) == AT_ONCE


async def _candidates(
    connection: Connection, law: LaboratoriesFile, now: datetime
) -> tuple[dict[str, str], list[Candidate]]:
    """Return where each laboratory stands, and those that can take more work."""
    rows = await laboratories.list_page(
        connection, LaboratoryWindow(EVERYWHERE, EVERY_LABORATORY), suspended=False
    )
    standings = await standings_of(connection, rows, law.ledger, now)
    horizon: timedelta = law.rerouting.horizon
    return {row.laboratory.code: row.laboratory.division for row in rows}, [
        Candidate(
            one.stored.laboratory.code, one.stored.laboratory.division, one.capacity.free_within(horizon)
        )
        for one in standings
        if all(gap.kind is not GapKind.ACCREDITATION for gap in one.gaps)
    ]


def _events(routes: Sequence[Route], divisions: dict[str, str], now: datetime) -> list[Envelope]:
    """One event for each that gives and each that gets; its division is that of who gets."""
    groups: defaultdict[tuple[UUID, str, str], list[UUID]] = defaultdict(list)
    for one in routes:
        groups[one.tube.suspension_id, one.tube.laboratory, one.to].append(one.tube.tube_id)
    return [
        _told(
            WorkRerouted(
                division=divisions[to],
                occurred_at=now,
                recorded_at=now,
                suspension_id=suspension_id,
                from_laboratory=source,
                to_laboratory=to,
                tube_ids=tube_ids,
            )
        )
        for (suspension_id, source, to), tube_ids in groups.items()
    ]


def _told(event: WorkRerouted) -> Envelope:
    return envelop(
        event, id=derived_id(event.TYPE, event.suspension_id, event.to_laboratory, *event.tube_ids)
    )


async def list_reroutings(
    database: Database, bounds: tuple[str, str], after: tuple[datetime, UUID], most: int
) -> list[Rerouted]:
    """Return the tubes that were sent on and concern a subtree, with one row to spare."""
    async with database.connection() as connection:
        return await storage.list_reroutings(connection, bounds, after, most)
