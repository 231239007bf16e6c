"""The auditor finds what was forgotten, and is silent when nothing was."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.auditor.actions.audit import audit
from services.auditor.gateways.disks import DiskCollector
from services.auditor.rules.finding import Check, Finding, is_clean
from services.auditor.rules.trail import TRAILS
from services.auditor.storage import QUERIES
from shared.postgres import Database
from tests.builders import A_VILLAGE, JIANSHENG
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.waiting import until

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
GRACE = timedelta(seconds=30)
BEFORE = NOW - GRACE
"""The latest moment of which something may be forgotten already."""
TICK = timedelta(microseconds=1)
KEYS = 2
"""How many keys are made: each is a row of the trail of keys."""


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    """With the auditor's own role."""
    database = await Database.open(service_database_url("auditor"), "auditor", size=2)
    yield database
    await database.close()


@pytest.fixture
async def write(database_url: str) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """What the services would write, written by the administrator."""
    everything = await Database.open(database_url, "alerts", size=2)

    async def execute(statement: str, *values: Any) -> None:
        async with everything.connection() as connection:
            await connection.execute(statement, *values)

    yield execute
    await everything.close()


async def found(database: Database) -> dict[Check, int]:
    findings = await audit(
        database, now=NOW, grace=GRACE, positive_rules=["direct-report"], pool_rules=["pool-retest"]
    )
    return {finding.check: finding.count for finding in findings if finding.count}


async def test_every_query_is_understood(database: Database) -> None:
    async with database.connection() as connection:
        for name in QUERIES.names():
            assert await connection.prepare(QUERIES.sql(name)), name


async def test_where_nothing_is_there_nothing_was_forgotten(database: Database) -> None:
    assert await found(database) == {}


@pytest.mark.requirement("direct-report")
@pytest.mark.parametrize(
    ("received_at", "checks"),
    [
        (BEFORE + TICK, set[Check]()),
        (BEFORE, {Check.POSITIVES_WITHOUT_CASE, Check.POSITIVES_WITHOUT_CLOCK}),
    ],
)
async def test_a_positive_that_went_nowhere_is_found(
    database: Database, write: Callable[..., Awaitable[Any]], received_at: datetime, checks: set[Check]
) -> None:
    await write(
        "INSERT INTO testing.sample_result VALUES (gen_random_uuid(), 1, 'T-1', '500104-cdc', $1, 'pcr',"
        " 'positive', $2, $2, $2, $2, 'key', NULL)",
        A_VILLAGE,
        received_at,
    )
    assert set(await found(database)) == checks


@pytest.mark.requirement("village-town-county-chain")
@pytest.mark.parametrize(
    ("received_at", "checks"), [(BEFORE + TICK, set[Check]()), (BEFORE, {Check.POOLS_WITHOUT_CLOCK})]
)
async def test_a_pool_needs_no_case_but_a_clock(
    database: Database, write: Callable[..., Awaitable[Any]], received_at: datetime, checks: set[Check]
) -> None:
    await write(
        "INSERT INTO testing.sample_result VALUES ('00000000-0000-4000-8000-000000000001', 1, 'T-1',"
        " '500104-cdc', $1, 'pcr', 'positive', $2, $2, $2, $2, 'key', NULL)",
        A_VILLAGE,
        received_at,
    )
    await write(
        "INSERT INTO testing.pooled_result VALUES ('00000000-0000-4000-8000-000000000001', $1)", received_at
    )
    await write(
        "INSERT INTO testing.pool (pool_id, sample_id, tube_code, institution, division, method, result,"
        " revision, sampled_at, resulted_at, received_at) VALUES ('00000000-0000-4000-8000-000000000001',"
        " '00000000-0000-4000-8000-000000000001', 'T-1', '500104-cdc', $1, 'pcr', 'positive', 1, $2, $2, $2)",
        A_VILLAGE,
        received_at,
    )
    assert set(await found(database)) == checks


async def test_an_event_that_does_not_leave_is_found(
    database: Database, write: Callable[..., Awaitable[Any]]
) -> None:
    for created_at in (BEFORE, BEFORE + TICK):
        await write(
            "INSERT INTO reporting.outbox (event_id, subject, headers, body, created_at)"
            " VALUES (gen_random_uuid(), 's', '', '', $1)",
            created_at,
        )
    assert await found(database) == {Check.EVENTS_UNSENT: 1}


async def test_a_step_that_has_not_fired_is_found(
    database: Database, write: Callable[..., Awaitable[Any]]
) -> None:
    known_too_late = (BEFORE - timedelta(hours=8), BEFORE + TICK)
    for number, instants in enumerate(((BEFORE, BEFORE), (BEFORE + TICK, BEFORE), known_too_late)):
        await write(
            "INSERT INTO alerts.clock_timer (number, clock_id, next_step_at, armed_at, next_step)"
            " VALUES ($1, gen_random_uuid(), $2, $3, 0)",
            number,
            *instants,
        )
    assert await found(database) == {Check.STEPS_UNFIRED: 1}


def test_only_an_audit_that_made_every_check_is_clean() -> None:
    findings = [Finding(check, 0, None) for check in Check]
    assert is_clean(findings)
    assert not is_clean(findings[:-1])
    assert not is_clean([*findings[:-1], Finding(Check.MESSAGES_PUT_ASIDE, 1, NOW)])


def test_an_age_is_never_negative() -> None:
    assert Finding(Check.EVENTS_UNSENT, 1, NOW - GRACE).age(NOW) == GRACE
    assert Finding(Check.EVENTS_UNSENT, 1, NOW + GRACE).age(NOW) == timedelta()
    assert Finding(Check.EVENTS_UNSENT, 0, None).age(NOW) == timedelta()


@pytest.mark.system
async def test_it_audits_as_a_process_and_shows_what_it_found_to_operators(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str
) -> None:
    service = await start_service(
        "auditor", DUTYCLOCK_AUDIT_EVERY="PT0.2S", DUTYCLOCK_TRAILS_VERIFIED_EVERY="PT0.2S"
    )
    admin, other = (
        await a_key(database_url, "500000", "admin"),
        await a_key(database_url, JIANSHENG, "clocks:read"),
    )
    async with httpx.AsyncClient(base_url=service.url) as client:
        shown: dict[str, Any] = {}

        async def all_is_shown() -> bool:
            shown.update((await client.get("/v1/audit", headers={"x-api-key": admin})).json())
            return bool(shown["findings"]) and shown["trails"][0]["verified_rows"] == KEYS

        await until(all_is_shown)
        refused = await client.get("/v1/audit", headers={"x-api-key": other})
        figures = (await client.get("/metrics")).text
    assert {finding["check"] for finding in shown["findings"]} == set(Check)
    assert shown["trails"] == [
        {"trail": trail, "verified_rows": KEYS * (trail == "access"), "broken_row": None, "broken_by": None}
        for trail in TRAILS
    ]
    assert 'auditor_trail_broken{trail="access"} 0.0' in figures
    assert f'auditor_trail_verified_rows{{trail="access"}} {float(KEYS)}' in figures
    assert refused.status_code == 403
    assert 'auditor_found_count{check="positives-without-case"} 0.0' in figures
    assert "auditor_last_clean_timestamp_seconds" in figures


def test_disks_show_what_is_free_and_one_that_is_away_shows_nothing(tmp_path: Path) -> None:
    found = {
        (sample.name, sample.labels["disk"]): sample.value
        for family in DiskCollector({"state": tmp_path, "gone": tmp_path / "gone"}).collect()
        for sample in family.samples
    }
    assert found.keys() == {("auditor_disk_free_bytes", "state"), ("auditor_disk_size_bytes", "state")}
    assert 0 < found["auditor_disk_free_bytes", "state"] < found["auditor_disk_size_bytes", "state"]
