"""Event door of sequencing: positives that get an order, and the cases that they belong to."""

from faststream.nats import NatsBroker

from services.testing.actions.sequencing.order_sequencing import link_case, order_sequencing, void_order
from services.testing.service import Testing
from shared.contracts import Event
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.contracts.testing import SamplePositive, SamplePositiveWithdrawn
from shared.jetstream import subscribe


def attach_handlers(broker: NatsBroker, testing: Testing) -> None:
    """Subscribe to positives and cases; each handler may be called twice for one event."""
    law = testing.laboratories_law.sequencing

    @subscribe(broker, "testing", SamplePositive, SamplePositiveWithdrawn, consumer="order-sequencing")
    async def order(event: Event) -> None:
        """Order the sequencing of a positive sample 阳性样本测序, or void it."""
        if isinstance(event, SamplePositive):
            await order_sequencing(testing.database, event, law, now=testing.clock.now())
        elif isinstance(event, SamplePositiveWithdrawn):
            await void_order(testing.database, event, law, now=testing.clock.now())

    @subscribe(broker, "testing", CaseOpened, CaseWithdrawn, consumer="link-sequencing-to-cases")
    async def link(event: Event) -> None:
        """Link a sample's sequencing to its case 关联病例."""
        if isinstance(event, CaseOpened | CaseWithdrawn):
            await link_case(testing.database, event)

    del order, link  # the broker holds them
