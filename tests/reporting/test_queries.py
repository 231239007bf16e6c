"""Every query is one that the migrated schema understands, and the figures are those of the database."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from services.reporting.actions.open_cases import open_cases
from services.reporting.rules.case_facts import case_id_of
from services.reporting.service import Reporting
from services.reporting.storage import QUERIES
from services.reporting.timers import refresh_figures
from tests.reporting.builders import a_daily_report, a_positive, a_report, a_review
from tests.reporting.conftest import Office


async def test_every_query_is_understood(office: Office) -> None:
    async with office.database.connection() as connection:
        for name in QUERIES.names():
            assert await connection.prepare(QUERIES.sql(name)), name


async def test_the_figures_on_the_wall(office: Office) -> None:
    positives = [a_positive(office.clock.now()) for _ in range(3)]
    await open_cases(office.database, positives, now=office.clock.now())
    office.clock.advance(timedelta(minutes=90))
    case = f"/v1/cases/{case_id_of(positives[0].sample_id)}"
    await office.client.post(f"{case}/report", json=a_report(office.clock.now()))
    await office.client.post(f"{case}/report", json=a_report(office.clock.now(), reporter="x"))
    office.clock.advance(timedelta(minutes=20))
    await office.client.post(f"{case}/review", json=a_review(office.clock.now()))
    await office.client.post("/v1/daily-reports", json=a_daily_report())
    registry = CollectorRegistry()
    await refresh_figures(Reporting(replace(office.foundation, registry=registry), webhook_allow_local=False))
    gauges = generate_latest(registry).decode()
    for line in (
        'reporting_cases{state="opened"} 2.0',
        'reporting_cases{state="reviewed"} 1.0',
        'reporting_cases{state="withdrawn"} 0.0',
        "reporting_positives_without_report 2.0",
        "reporting_oldest_positive_without_report_seconds 6600.0",
        'reporting_daily_reports_filed{level="village"} 1.0',
        'reporting_daily_reports_missing{level="village"} 11269.0',
    ):
        assert line in gauges
    shown = (await office.client.get("/metrics")).text
    for line in (
        'reporting_time_to_report_seconds_bucket{le="3600.0"} 0.0',
        'reporting_time_to_report_seconds_bucket{le="5400.0"} 1.0',
        "reporting_time_to_report_seconds_count 1.0",
        'reporting_time_to_review_seconds_bucket{le="1800.0"} 1.0',
        'reporting_entries_total{kind="case-report",verdict="corrected"} 1.0',
    ):
        assert line in shown


async def test_the_database_itself_refuses_a_state_that_contradicts_its_facts(office: Office) -> None:
    await open_cases(office.database, [a_positive(office.clock.now())], now=office.clock.now())
    for state in ("reported", "reviewed", "withdrawn", "approved"):
        with pytest.raises(Exception, match="check constraint"):
            await office.rows("UPDATE case_file SET state = $1", state)


@pytest.mark.parametrize("table", ["positive_withdrawal", "case_report", "case_review", "daily_report"])
async def test_what_was_reported_is_never_changed(office: Office, table: str) -> None:
    for change in (f"UPDATE {table} SET received_at = received_at", f"DELETE FROM {table}"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await office.rows(change)
