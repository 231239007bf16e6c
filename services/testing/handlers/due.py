"""Event door of due tests: what asks for tests, and what takes them back; each may come twice and first."""

from faststream.nats import NatsBroker

from services.testing.actions.due.ask_of_lot import ask_of_lot
from services.testing.actions.due.ask_tests import (
    ask_of_case,
    ask_of_site_round,
    drop_of_case,
)
from services.testing.actions.due.merge_people import merge_people
from services.testing.rules.due.asking import (
    Drop,
    Source,
    ask_of_departure,
    ask_of_plan,
    ask_of_sentinel,
    ask_of_symptoms,
)
from services.testing.service import Testing
from shared.contracts import Event
from shared.contracts.registration import (
    DepartureTestDropped,
    DepartureTestDue,
    MergeUndone,
    PersonMerged,
    SiteRoundDue,
    SymptomFlagged,
    SymptomSeen,
    TestDropped,
    TestDue,
)
from shared.contracts.registration.places import LotBlocked, LotCleared
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.jetstream import subscribe


def attach_handlers(broker: NatsBroker, testing: Testing) -> None:
    """Subscribe to what asks for tests; each handler may be called twice for one event."""
    _attach_asking(broker, testing)
    _attach_rounds_and_cases(broker, testing)
    _attach_lots_and_merges(broker, testing)


def _attach_asking(broker: NatsBroker, testing: Testing) -> None:
    @subscribe(
        broker,
        "testing",
        TestDue,
        TestDropped,
        DepartureTestDue,
        DepartureTestDropped,
        SymptomSeen,
        SymptomFlagged,
        consumer="ask-for-tests",
    )
    async def ask(event: Event) -> None:
        """Ask for the tests of plans, departures, sentinels and symptoms, or take them back 应检人员."""
        if isinstance(event, TestDue):
            await testing.asks.submit(ask_of_plan(event, testing.due_law))
        elif isinstance(event, DepartureTestDue):
            await testing.asks.submit(ask_of_departure(event, testing.due_law))
        elif isinstance(event, SymptomSeen):
            await testing.asks.submit(ask_of_sentinel(event, testing.due_law))
        elif isinstance(event, SymptomFlagged):
            await testing.asks.submit(ask_of_symptoms(event, testing.due_law))
        elif isinstance(event, TestDropped | DepartureTestDropped):
            source = Source.PLAN if isinstance(event, TestDropped) else Source.DEPARTURE
            await testing.drops.submit(Drop(event.test_id, source, event.division, event.occurred_at))

    del ask  # the broker holds it


def _attach_rounds_and_cases(broker: NatsBroker, testing: Testing) -> None:
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

    del ask_round, ask_near_case  # the broker holds them


def _attach_lots_and_merges(broker: NatsBroker, testing: Testing) -> None:
    @subscribe(broker, "testing", LotBlocked, LotCleared, consumer="ask-for-lots")
    async def ask_lot(event: Event) -> None:
        """Ask for the test of a lot of goods that may not be sold 封存批次检测, or ask no more."""
        if isinstance(event, LotBlocked | LotCleared):
            await ask_of_lot(testing.database, event, testing.due_law, now=testing.clock.now())
        testing.wake()

    @subscribe(broker, "testing", PersonMerged, MergeUndone, consumer="merge-people")
    async def merge(event: Event) -> None:
        """Let the tests of two records be those of one person 人员合并, or of two again."""
        if isinstance(event, PersonMerged | MergeUndone):
            await merge_people(testing.database, event, now=testing.clock.now())
        testing.wake()

    del ask_lot, merge  # the broker holds them
