"""Event door of due tests: what asks for tests, and what takes them back; each may come twice and first."""

from faststream.nats import NatsBroker

from services.testing.actions.due.ask_tests import (
    ask_of_case,
    ask_of_site_round,
    drop_of_case,
)
from services.testing.rules.due.asking import (
    Drop,
    Source,
    ask_of_departure,
    ask_of_plan,
    ask_of_sentinel,
)
from services.testing.service import Testing
from shared.contracts import Event
from shared.contracts.registration import (
    DepartureTestDropped,
    DepartureTestDue,
    SiteRoundDue,
    SymptomSeen,
    TestDropped,
    TestDue,
)
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.jetstream import subscribe


def attach_handlers(broker: NatsBroker, testing: Testing) -> None:
    """Subscribe to what asks for tests; each handler may be called twice for one event."""

    @subscribe(
        broker,
        "testing",
        TestDue,
        TestDropped,
        DepartureTestDue,
        DepartureTestDropped,
        SymptomSeen,
        consumer="ask-for-tests",
    )
    async def ask(event: Event) -> None:
        """Ask for the tests of plans, departures and sentinels, or take them back 应检人员."""
        if isinstance(event, TestDue):
            await testing.asks.submit(ask_of_plan(event, testing.due_law))
        elif isinstance(event, DepartureTestDue):
            await testing.asks.submit(ask_of_departure(event, testing.due_law))
        elif isinstance(event, SymptomSeen):
            await testing.asks.submit(ask_of_sentinel(event, testing.due_law))
        elif isinstance(event, TestDropped | DepartureTestDropped):
            source = Source.PLAN if isinstance(event, TestDropped) else Source.DEPARTURE
            await testing.drops.submit(Drop(event.test_id, source, event.division, event.occurred_at))

    @subscribe(broker, "testing", SiteRoundDue, consumer="ask-for-site-rounds")
    async def ask_round(event: SiteRoundDue) -> None:
        """Ask for the round of a quarantine site 隔离场所轮次检测."""
        now = testing.clock.now()
        await ask_of_site_round(testing.database, event, testing.due_law, now=now)

    @subscribe(broker, "testing", CaseOpened, CaseWithdrawn, consumer="ask-near-cases")
    async def ask_near_case(event: Event) -> None:
        """Ask for the tests of everybody on record near a case 病例周边人员."""
        now = testing.clock.now()
        if isinstance(event, CaseOpened):
            await ask_of_case(testing.database, event, testing.due_law, now=now)
        elif isinstance(event, CaseWithdrawn):
            await drop_of_case(testing.database, event, now=now)
        testing.wake()

    del ask, ask_round, ask_near_case  # the broker holds them
