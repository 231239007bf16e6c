"""Clock door of paging: pages are composed, ladders climbed, deliveries made because their time has come."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.alerts.actions.claim_deliveries import (
    Bounds,
    ClaimedBatch,
    ClaimedDelivery,
    UnderWay,
    claim_deliveries,
)
from services.alerts.actions.climb_ladders import climb_ladders
from services.alerts.actions.compose_pages import compose_pages
from services.alerts.actions.deliver_page import DeliveryTools, deliver_page
from services.alerts.actions.read_paging_state import read_paging_state
from services.alerts.actions.record_attempt import settle_lapsed_attempts
from services.alerts.actions.reseal_channels import reseal_channels
from services.alerts.actions.review_roster import close_filled_gaps, read_coverage
from services.alerts.paging_metrics import PagingMetrics
from shared.errors import Unavailable
from shared.sealing import Unsealable

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PagingPace:
    """How the duties of paging are paced, in real seconds: networks and databases know no drill."""

    compose_rest: float = 1.0
    """The longest between two looks for requests; firings of this process wake it at once."""
    moment_rest: float = 0.05
    """Between looks while a moment is not complete."""
    patience: float = 20.0
    """The longest that a request waits for its moment to be complete; only great ones need it."""
    climb_rest: float = 2.0
    seek_rest: float = 5.0
    """Between two full batches of clocks for which nobody is on duty: a thousand a second at the most."""
    deliver_rest: float = 1.0
    lease: float = 40.0
    """After which a started attempt without an outcome is unknown; beyond every time-out of a channel."""
    settle_rest: float = 5.0
    review_rest: float = 60.0
    failure_rest: float = 1.0


class PagingDuties:
    """The duties of paging; each runs for ever as a task of its own, and one that fails tries again.

    Several processes may run them at once: composing waits in line, climbs and deliveries are shared out.
    """

    def __init__(
        self,
        tools: DeliveryTools,
        metrics: PagingMetrics,
        *,
        wake_relay: Callable[[], None],
        pace: PagingPace | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self._tools = tools
        self._metrics = metrics
        self._wake_relay = wake_relay
        self._pace = pace or PagingPace()
        self._bounds = bounds or Bounds()
        self._requested = asyncio.Event()
        self._climbing = asyncio.Event()
        self._seeking = asyncio.Event()
        self._composed = asyncio.Event()
        self._under_way = UnderWay()
        self._sending: set[asyncio.Task[None]] = set()
        self._claiming: asyncio.Future[ClaimedBatch] | None = None

    def wake(self) -> None:
        """Say that requests were committed; without it they are seen within a second."""
        self._requested.set()

    def wake_climbing(self) -> None:
        """Say that a climb may be due earlier than was known."""
        self._climbing.set()

    def duties(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Return what runs for ever, for the app's life."""
        return (self.compose, self.climb, self.seek, self.deliver, self.settle, self.review)

    async def compose(self) -> None:
        """Compose pages whenever requests are waiting."""
        await self._for_ever("compose-pages", self.compose_once, self._requested)

    async def climb(self) -> None:
        """Climb ladders whenever a wait is over."""
        await self._for_ever("climb-ladders", self.climb_once, self._climbing)

    async def seek(self) -> None:
        """Look anew whenever it is time for clocks for whom nobody was on duty."""
        await self._for_ever("seek-on-duty", self.seek_once, self._seeking)

    async def deliver(self) -> None:
        """Hand pages to their channels; when told to end, lets what is being sent come to its end."""
        try:
            await self._for_ever("deliver-pages", self.deliver_once, self._composed)
        finally:
            await self.finish_sending()

    @property
    def sending(self) -> int:
        """How many attempts are under way."""
        return len(self._sending)

    async def finish_sending(self) -> None:
        """Wait until what is being sent now has come to its end and is on record."""
        if self._claiming is not None:
            await asyncio.wait([self._claiming], timeout=self._tools.pager.timeout_seconds)
        if self._sending:
            await asyncio.wait(self._sending, timeout=self._tools.pager.timeout_seconds + 2)

    async def settle(self) -> None:
        """Settle attempts whose process ended before it could record them."""
        await self._for_ever("settle-attempts", self.settle_once, None)

    async def review(self) -> None:
        """Look over the roster and the figures that no single page shows; first, seal with the newest key."""
        await self._reseal()
        await self._for_ever("review-roster", self.review_once, None)

    async def compose_once(self) -> float:
        """Compose what is complete and return how many real seconds may pass until the next look."""
        now = self._tools.clock.now()
        composed = await compose_pages(
            self._tools.database,
            self._tools.register,
            self._tools.law,
            now=now,
            patience=self._world(self._pace.patience),
        )
        self._metrics.composed(composed)
        if composed.requests:
            self._wake_relay()
            self._composed.set()
            self._climbing.set()
            self._seeking.set()
        if composed.oldest_left is None:
            return self._pace.compose_rest
        young = composed.oldest_left > now - 2 * self._world(self._pace.patience)
        return self._pace.moment_rest if young else self._pace.compose_rest

    async def climb_once(self) -> float:
        """Ask for what is due and return how many real seconds may pass until the next look."""
        climbed = await climb_ladders(self._tools.database, now=self._tools.clock.now())
        if climbed.asked:
            self._requested.set()
        return self._rest_until(climbed.next_at, self._pace.climb_rest)

    async def seek_once(self) -> float:
        """Ask anew for whom nobody was found; return how many real seconds may pass until the next look.

        An empty roster leaves every clock that is late here, again and again. The facts and pages of the
        others come first, so full batches are spaced out.
        """
        sought = await climb_ladders(self._tools.database, now=self._tools.clock.now(), nobody_found=True)
        if sought.asked:
            self._requested.set()
        if sought.full:
            return self._pace.seek_rest
        return self._rest_until(sought.next_at, self._pace.climb_rest)

    async def deliver_once(self) -> float:
        """Start what is due and return how many real seconds may pass until the next look."""
        # Shielded: a claim that was committed and then forgotten would be a page that nobody sends.
        self._claiming = asyncio.ensure_future(self._claim_and_start())
        batch = await asyncio.shield(self._claiming)
        if batch.claimed:
            return 0.0
        return self._rest_until(batch.next_at, self._pace.deliver_rest)

    async def _claim_and_start(self) -> ClaimedBatch:
        now = self._tools.clock.now()
        batch = await claim_deliveries(
            self._tools.database,
            self._tools.law,
            now=now,
            lease_until=now + self._world(self._pace.lease),
            under_way=self._under_way,
            bounds=self._bounds,
        )
        for claimed in batch.claimed:
            task = asyncio.create_task(self._deliver(claimed))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return batch

    async def _deliver(self, claimed: ClaimedDelivery) -> None:
        try:
            delivered = await deliver_page(self._tools, claimed)
            self._metrics.delivered(delivered, claimed.attempt.channel_kind)
            self._climbing.set()  # a person who was certainly not reached makes the ladder climb at once
        except Exception:
            log.exception("delivery failed", action="deliver-page", page=str(claimed.attempt.page_id))
        finally:
            self._under_way.add(claimed.person_id, claimed.gateway, -1)
            self._composed.set()

    async def settle_once(self) -> float:
        """Settle what lapsed and return the rest."""
        settled = await settle_lapsed_attempts(
            self._tools.database, self._tools.law, now=self._tools.clock.now(), waits=self._tools.waits
        )
        if settled:
            log.warning("attempts without an outcome", action="settle-attempts", count=settled)
            self._composed.set()
            self._climbing.set()
        return self._pace.settle_rest

    async def review_once(self) -> float:
        """Close gaps that are filled, export coverage and ages, and return the rest."""
        tools, now = self._tools, self._tools.clock.now()
        await close_filled_gaps(tools.database, tools.register, now=now)
        coverage = await read_coverage(tools.database, tools.register, tools.law, now=now)
        self._metrics.reviewed(await read_paging_state(tools.database), coverage, now)
        return self._pace.review_rest

    async def _reseal(self) -> None:
        try:
            resealed = await reseal_channels(self._tools.database, self._tools.sealer)
            log.info("channels sealed with the newest key", action="reseal-channels", count=resealed)
        except (Unavailable, Unsealable) as error:  # nothing is lost: they stay as they are
            log.error("channels not resealed", action="reseal-channels", reason=str(error))

    async def _for_ever(
        self, name: str, turn: Callable[[], Awaitable[float]], woken: asyncio.Event | None
    ) -> None:
        while True:
            if woken is not None:
                woken.clear()
            begun = time.perf_counter()
            try:
                rest = await turn()
                self._metrics.turns.labels(name).observe(time.perf_counter() - begun)
            except Unavailable as error:
                self._metrics.turn_failures.labels(name).inc()
                log.warning("duty waits", action=name, reason=error.detail)
                rest = self._pace.failure_rest
            except Exception:
                self._metrics.turn_failures.labels(name).inc()
                log.exception("duty failed", action=name)
                rest = self._pace.failure_rest
            await _rest(rest, woken)

    def _world(self, real_seconds: float) -> timedelta:
        return timedelta(seconds=real_seconds) * self._tools.clock.rate

    def _rest_until(self, at: datetime | None, longest: float) -> float:
        if at is None:
            return longest
        # A moment at least: what is due may be held back by a bound, or by another process's lock.
        return max(0.02, min(longest, self._tools.clock.real_seconds(at - self._tools.clock.now())))


async def _rest(seconds: float, woken: asyncio.Event | None) -> None:
    if woken is None:
        await asyncio.sleep(seconds)
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
