"""What quarantine hears of others: cases that count for the reserve of rooms."""

from faststream.nats import NatsBroker

from services.registration.actions.quarantine.count_cases import count_case, uncount_case
from services.registration.service import Registration
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.jetstream import subscribe


def attach_handlers(broker: NatsBroker, registration: Registration) -> None:
    """Subscribe to cases; each handler may be called twice for one event."""

    @subscribe(broker, "registration", CaseOpened, consumer="count-cases")
    async def count(event: CaseOpened) -> None:
        """Count a case and call up back-up sites where rooms lack 启用后备点."""
        await count_case(registration.database, event, registration.quarantine, now=registration.clock.now())
        registration.wake()

    @subscribe(broker, "registration", CaseWithdrawn, consumer="uncount-cases")
    async def uncount(event: CaseWithdrawn) -> None:
        """Count a withdrawn case no more."""
        await uncount_case(registration.database, event, now=registration.clock.now())

    del count, uncount  # the broker holds them
