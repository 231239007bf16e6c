"""Clock door of the reporting service: what happens because time passed."""

import asyncio
from datetime import datetime

import structlog

from services.reporting.actions.take_figures import Figures, take_figures
from services.reporting.rules.case_order import CaseState
from services.reporting.service import Reporting
from shared.errors import Unavailable

log = structlog.get_logger()

REFRESH_SECONDS = 10.0
"""Real seconds between two looks; Prometheus rarely asks more often."""


async def refresh_figures_for_ever(reporting: Reporting) -> None:
    """Keep the gauges fresh; a database that is away leaves them as they were, with their age beside them."""
    while True:
        try:
            await refresh_figures(reporting)
        except Unavailable as error:
            log.warning("figures not refreshed", action="refresh-figures", reason=error.detail)
        except Exception:
            log.exception("figures not refreshed", action="refresh-figures")
        await asyncio.sleep(REFRESH_SECONDS)


async def refresh_figures(reporting: Reporting) -> None:
    """Bring the gauges to what the database holds."""
    now = reporting.clock.now()
    with reporting.metrics.duty_seconds.labels("refresh-figures").time():
        figures = await take_figures(
            reporting.database, reporting.divisions.units(), ends=reporting.law.day_ends, now=now
        )
    _show(reporting, figures)
    _show_owed(reporting, figures, now)
    reporting.metrics.figures_refreshed_at.set(now.timestamp())


def _show(reporting: Reporting, figures: Figures) -> None:
    metrics = reporting.metrics
    for state in CaseState:
        count = figures.cases.get(state)
        metrics.cases.labels(state).set(count.cases if count else 0)
    for level, count in figures.daily.items():
        metrics.daily_filed.labels(level).set(count.filed)
        metrics.daily_missing.labels(level).set(count.missing)


def _show_owed(reporting: Reporting, figures: Figures, now: datetime) -> None:
    opened = figures.cases.get(CaseState.OPENED)
    age = now - opened.oldest_positive_at if opened else None
    reporting.metrics.positives_without_report.set(opened.cases if opened else 0)
    reporting.metrics.oldest_without_report.set(max(0.0, age.total_seconds()) if age else 0)
