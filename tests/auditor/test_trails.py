"""The auditor reads the audit trails with its own role, and names what a superuser has done to them."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from services.auditor.metrics import Metrics
from services.auditor.rules.trail import TRAILS
from services.auditor.timers import TrailDuty
from shared.access import Scope
from shared.api_keys import create_key
from shared.audit_chain import Break, Kind
from shared.postgres import Database
from tests.audit.trails import chained_anew, tamper

HEAD_OF = (
    "UPDATE access.audit_head SET (sequence, hash) ="
    " (SELECT sequence, hash FROM access.audit ORDER BY sequence DESC LIMIT 1)"
)


class Auditor:
    """Its looks, one at a time, and its figures."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self.duty = TrailDuty(database, every=timedelta(seconds=60), metrics=Metrics(self.registry))

    async def look(self) -> Break | None:
        """Look at the trail of keys; three rows are walked through in one look."""
        await self.duty.verify_one("access")
        return self.duty.trails["access"].broken

    def figure(self, name: str) -> float | None:
        return self.registry.get_sample_value(f"auditor_trail_{name}", {"trail": "access"})


@pytest.fixture
async def auditor(service_database_url: Callable[[str], str]) -> AsyncIterator[Auditor]:
    database = await Database.open(service_database_url("auditor"), "auditor", size=2)
    yield Auditor(database)
    await database.close()


@pytest.fixture
async def three_keys(database_url: str) -> str:
    """A database whose trail of keys has three rows."""
    await make_keys(database_url, 3)
    return database_url


async def make_keys(database_url: str, count: int) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for _ in range(count):
            now = datetime.now(UTC)
            await create_key(connection, name="x", division="500104", scopes=[Scope.RESULTS_READ], now=now)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["UPDATE access.audit SET content = '{}' WHERE sequence = 2"], Break(2, Kind.CHANGED)),
        (["DELETE FROM access.audit WHERE sequence = 2"], Break(2, Kind.REMOVED)),
        (["DELETE FROM access.audit WHERE sequence > 1"], Break(2, Kind.TRUNCATED)),
        (["DELETE FROM access.audit WHERE sequence > 1", HEAD_OF], Break(2, Kind.TRUNCATED)),
        ([chained_anew(2, 3)], Break(3, Kind.REWRITTEN)),
        (["DELETE FROM access.audit", "DELETE FROM access.audit_head"], Break(1, Kind.TRUNCATED)),
    ],
)
async def test_a_superuser_who_tampers_is_noticed_at_the_next_look(
    three_keys: str, auditor: Auditor, statements: list[str], broken: Break
) -> None:
    """Where the head was changed too, only who remembers it can tell."""
    assert auditor.figure("verified_rows") is None
    assert await auditor.look() is None
    assert (auditor.figure("broken"), auditor.figure("verified_rows")) == (0, 3)
    await tamper(three_keys, *statements)
    assert await auditor.look() == broken
    assert auditor.figure("broken") == 1
    assert await auditor.look() == broken, "it does not go away by itself"


async def test_what_is_added_is_verified_from_where_it_stood(three_keys: str, auditor: Auditor) -> None:
    assert await auditor.look() is None
    await make_keys(three_keys, 2)
    assert await auditor.look() is None
    assert auditor.figure("verified_rows") == 5
    looked_at = auditor.figure("last_look_timestamp_seconds")
    assert looked_at is not None
    assert looked_at > 0


async def test_a_trail_that_was_spoilt_before_is_noticed_at_the_first_look(
    three_keys: str, auditor: Auditor
) -> None:
    await tamper(three_keys, "UPDATE access.audit SET content = '{}' WHERE sequence = 1")
    assert await auditor.look() == Break(1, Kind.CHANGED)
    for trail in TRAILS[1:]:
        await auditor.duty.verify_one(trail)
        assert auditor.duty.trails[trail].broken is None, "the others are whole"
    assert auditor.figure("verified_rows") is None
