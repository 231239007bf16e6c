"""What quarantine hears: cases that count for the reserve of rooms, and positives inside a site."""

from faststream.nats import NatsBroker

from services.registration.actions.quarantine.count_cases import count_case, uncount_case
from services.registration.actions.quarantine.move_out_positive import PositiveFound
from services.registration.service import Registration
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.contracts.testing import SamplePositive
from shared.jetstream import subscribe


def attach_handlers(broker: NatsBroker, registration: Registration) -> None:
    """Subscribe to cases and positives; each handler may be called twice for one event."""

    @subscribe(broker, "registration", CaseOpened, consumer="count-cases")
    async def count(event: CaseOpened) -> None:
        """Count a case and call up back-up sites where rooms lack 启用后备点."""
        await count_case(registration.database, event, registration.quarantine, now=registration.clock.now())
        registration.wake()

    @subscribe(broker, "registration", CaseWithdrawn, consumer="uncount-cases")
    async def uncount(event: CaseWithdrawn) -> None:
        """Count a withdrawn case no more."""
        await uncount_case(registration.database, event, now=registration.clock.now())

    @subscribe(broker, "registration", SamplePositive, consumer="move-out-positives")
    async def move_out(event: SamplePositive) -> None:
        """Move out at once who is positive inside a site 阳性人员立即转出."""
        if event.person_id is not None:
            await registration.move_out(PositiveFound(event.person_id, event.occurred_at))

    del count, uncount, move_out  # the broker holds them
