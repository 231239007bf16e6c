"""HTTP door of the platform's own alerts: Alertmanager knocks here, and the IT duty is paged."""

import structlog
from litestar import post
from litestar.di import NamedDependency

from services.alerts.actions.receive_system_alerts import receive_system_alerts
from services.alerts.engine import ClockEngine
from services.alerts.routes.system_alert_views import NotificationReceipt, read_notification
from shared.access import requires
from shared.bodies import WireRequest, require_media
from shared.strict_json import JSON

log = structlog.get_logger()


@post("/v1/system-alerts", guards=[requires("system-alerts:write")], status_code=200)
async def post_system_alerts(
    request: WireRequest, engine: NamedDependency[ClockEngine]
) -> NotificationReceipt:
    """Take a notification of Alertmanager 系统告警: webhook version 4, up to 1,000 alerts.

    Each alert is a clock of the key's own division and pages the IT duty there, or above it; each gets a
    verdict of its own. Safe to send twice: repetitions, from several Alertmanagers too, page nobody again.
    """
    require_media(request, JSON)
    read = read_notification(await request.body())
    now = engine.clock.now()
    reports = [one.row.report(engine.clock, now) for one in read if one.row is not None]
    received = await receive_system_alerts(
        engine.database, reports, engine.law, engine.meanings, division=request.user.division, now=now
    )
    for absorbed in received.absorbed:
        engine.note(absorbed, now)
    receipt = NotificationReceipt.of(read, received.verdicts)
    for alert in receipt.alerts:
        engine.metrics.system_alerts.labels(alert.verdict).inc()
        if alert.problems:
            fields = sorted({problem.field for problem in alert.problems})
            log.warning("alert refused", action="receive-system-alerts", index=alert.index, fields=fields)
    return receipt


SYSTEM_ALERT_ROUTES = [post_system_alerts]
