"""What the doors of paging work with: made once from the foundation, handed to routes and timers."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from prometheus_client import CollectorRegistry

from services.alerts.actions.acknowledge_page import Acknowledgement, acknowledge_page
from services.alerts.actions.claim_deliveries import Bounds
from services.alerts.actions.deliver_page import DeliveryTools
from services.alerts.actions.fill_roster import RosterTools
from services.alerts.actions.give_notice import give_notice
from services.alerts.gateways.pager import Pager
from services.alerts.messages import Catalogue, load_catalogue
from services.alerts.paging_metrics import PagingMetrics
from services.alerts.paging_timers import PagingDuties, PagingPace
from services.alerts.rules.clock_terms import Law
from services.alerts.rules.delivery_retry import RetryWaits
from services.alerts.rules.one_tap_link import LinkSigner
from services.alerts.rules.page_law import PageLaw
from shared.access import Principal
from shared.clock import Clock
from shared.contracts.registration import ChargeEnded
from shared.divisions import DivisionRegister
from shared.postgres import Database
from shared.sealing import Sealer
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Paging:
    """The parts of paging that a door is given; it decides nothing."""

    database: Database
    clock: Clock
    register: DivisionRegister
    law: PageLaw
    sealer: Sealer
    signer: LinkSigner
    catalogue: Catalogue
    tools: DeliveryTools
    duties: PagingDuties
    metrics: PagingMetrics
    wake_relay: Callable[[], None]

    @property
    def roster_tools(self) -> RosterTools:
        """What filling the roster needs."""
        return RosterTools(self.database, self.register, self.law, self.sealer)

    async def give_notice(self, event: ChargeEnded) -> None:
        """Tell both of a reassignment, now, and let the delivery begin at once."""
        if await give_notice(self.database, self.register, event, now=self.clock.now()):
            self.wake_relay()
            self.duties.wake()

    async def acknowledge(
        self, page_id: UUID, *, principal: Principal | None, by: str | None = None
    ) -> Acknowledgement:
        """Acknowledge a page now, let its event leave, and measure how long the answer took."""
        done = await acknowledge_page(
            self.database, self.law, page_id, now=self.clock.now(), principal=principal, by=by
        )
        if done.first:
            self.wake_relay()
            self.metrics.acknowledged(done.after.total_seconds())
        return done


def build_paging(
    settings: Settings,
    *,
    database: Database,
    clock: Clock,
    register: DivisionRegister,
    law: Law,
    registry: CollectorRegistry,
    wake_relay: Callable[[], None],
    pager: Pager | None = None,
    waits: RetryWaits | None = None,
    pace: PagingPace | None = None,
    bounds: Bounds | None = None,
) -> Paging:
    """Return paging, wired; raises ValueError that names the setting when a secret is missing or unusable.

    Waits between tries are real time, also in a drill: gateways do not run faster.
    """
    secrets = settings.signing_keys()
    if not secrets[0]:
        raise ValueError("DUTYCLOCK_SECRET_KEY is not set: links to acknowledge cannot be signed")
    try:
        sealer = Sealer.parse(settings.sealing_keys.get_secret_value())
    except ValueError as error:
        raise ValueError(f"DUTYCLOCK_SEALING_KEYS: {error}") from None
    signer = LinkSigner(secrets[::-1], settings.public_url or f"http://{settings.host}:{settings.port}")
    page_law, catalogue = PageLaw(law), load_catalogue()
    tools = DeliveryTools(
        database=database,
        clock=clock,
        register=register,
        law=page_law,
        sealer=sealer,
        pager=pager or Pager(),
        signer=signer,
        catalogue=catalogue,
        waits=(waits or RetryWaits()).scaled(clock.rate),
    )
    metrics = PagingMetrics(registry)
    duties = PagingDuties(tools, metrics, wake_relay=wake_relay, pace=pace, bounds=bounds)
    return Paging(
        database, clock, register, page_law, sealer, signer, catalogue, tools, duties, metrics, wake_relay
    )
