"""Event door of the reporting service: parse, act, acknowledge; it never decides."""

from faststream.nats import NatsBroker

from services.reporting.actions.withdraw_case import withdraw_case
from services.reporting.service import Reporting
from shared.contracts.testing import SamplePositive, SamplePositiveWithdrawn
from shared.jetstream import subscribe


def attach_handlers(broker: NatsBroker, reporting: Reporting) -> None:
    """Subscribe to what this service reads; each handler may be called twice for one event."""

    @subscribe(broker, "reporting", SamplePositive, consumer="open-cases")
    async def open_case(event: SamplePositive) -> None:
        """Open the case of a positive sample."""
        await reporting.open_case(event)

    @subscribe(broker, "reporting", SamplePositiveWithdrawn, consumer="withdraw-cases")
    async def withdraw(event: SamplePositiveWithdrawn) -> None:
        """End the case whose positive result was withdrawn."""
        await withdraw_case(reporting.database, event, now=reporting.clock.now())
        reporting.wake()

    del open_case, withdraw  # the broker holds them
