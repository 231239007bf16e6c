"""Clock door of sequencing: positives without an order get one, and what is overdue is told."""

from services.testing.actions.sequencing.notice_overdue import notice_overdue
from services.testing.actions.sequencing.order_sequencing import order_missing
from services.testing.actions.sequencing.read_orders import take_figures
from services.testing.service import Testing
from shared.duties import Duty

REFRESH_SECONDS = 15.0
"""Real seconds between two looks at the figures; Prometheus rarely asks more often."""


def duties(testing: Testing) -> list[Duty]:
    """Return what is done about sequencing because time passes."""
    law = testing.laboratories_law.sequencing

    async def missing() -> bool:
        return await order_missing(testing.database, law, now=testing.clock.now())

    async def overdue() -> bool:
        more = await notice_overdue(testing.database, now=testing.clock.now())
        testing.wake()
        return more

    async def refresh() -> bool:
        testing.laboratory_metrics.show_sequencing(
            await take_figures(testing.database, now=testing.clock.now())
        )
        return False

    return [
        Duty("order-missing-sequencing", missing, rest_seconds=20.0),
        Duty("notice-overdue-sequencing", overdue, rest_seconds=5.0),
        Duty("refresh-sequencing-figures", refresh, rest_seconds=REFRESH_SECONDS),
    ]
