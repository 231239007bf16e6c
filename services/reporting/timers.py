"""Clock door of the reporting service: what happens because time passed."""

from datetime import datetime

from services.reporting.actions.review_webhooks import review_webhooks
from services.reporting.actions.take_figures import Figures, take_figures
from services.reporting.rules.case_order import CaseState
from services.reporting.service import Reporting
from services.reporting.webhook_post import WebhookPost
from shared.duties import Duty

REFRESH_SECONDS = 10.0
"""Real seconds between two looks; Prometheus rarely asks more often."""
TELL_SECONDS = 0.5
REVIEW_SECONDS = 30.0


def duties(reporting: Reporting, post: WebhookPost) -> list[Duty]:
    """Return the service's duties; each runs for ever, and one that fails tries again.

    A database that is away leaves the gauges as they were, with their age beside them.
    """

    async def refresh() -> bool:
        await refresh_figures(reporting)
        return False

    async def review() -> bool:
        await review_ledger(reporting)
        return False

    return [
        Duty("refresh-figures", refresh, REFRESH_SECONDS),
        Duty("tell-webhooks", post.turn, TELL_SECONDS),
        Duty("review-webhooks", review, REVIEW_SECONDS),
    ]


async def review_ledger(reporting: Reporting) -> None:
    """Look after the ledger of what webhooks are told."""
    pending, exhausted, oldest = await review_webhooks(reporting.database, now=reporting.real_clock.now())
    reporting.metrics.webhook_deliveries.labels("pending").set(pending)
    reporting.metrics.webhook_deliveries.labels("exhausted").set(exhausted)
    reporting.metrics.webhook_oldest_pending.set(oldest)


async def refresh_figures(reporting: Reporting) -> None:
    """Bring the gauges to what the database holds."""
    now = reporting.clock.now()
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
