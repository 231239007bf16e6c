"""Figures of paging: who was paged, whether it arrived, who answered, and where nobody would."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.alerts.actions.compose_pages import Composed
from services.alerts.actions.deliver_page import Delivered
from services.alerts.actions.read_paging_state import PagingState
from services.alerts.actions.review_roster import Coverage
from services.alerts.rules.delivery_retry import DeliveryState
from shared.vocabulary import Occasion

_HANDOVER = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300)
_ANSWER = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600)
_TURN = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)


class PagingMetrics:
    """The figures of paging, in the registry that `/metrics` shows.

    The gauges are what the database holds, the same in every process; counters and histograms are what this
    process did, to be summed.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._pages = Counter(
            "alerts_pages_total", "Pages composed, by gravest occasion", ["occasion"], registry=registry
        )
        self._clocks = Counter("alerts_paged_clocks_total", "Clocks listed on pages", registry=registry)
        self._failures = Counter(
            "alerts_page_request_failures_total",
            "Requests that could not be composed; must be zero",
            registry=registry,
        )
        self._attempts = Counter(
            "alerts_delivery_attempts_total",
            "Attempts to deliver, by outcome and kind of channel",
            ["outcome", "channel"],
            registry=registry,
        )
        self._ended = Counter(
            "alerts_pages_delivered_total", "Deliveries that ended, by how", ["state"], registry=registry
        )
        self._handover = Histogram(
            "alerts_page_handover_seconds",
            "From composing a page to a channel accepting it, in world time",
            buckets=_HANDOVER,
            registry=registry,
        )
        self._answer = Histogram(
            "alerts_page_acknowledgement_seconds",
            "From composing a page to its acknowledgement, in world time",
            buckets=_ANSWER,
            registry=registry,
        )
        self._gaps = Counter(
            "alerts_duty_gaps_total", "Gaps into which a page ran for the first time", registry=registry
        )
        self.turns = Histogram(
            "alerts_paging_duty_seconds",
            "Seconds that one turn of a timed duty of paging took",
            ["duty"],
            buckets=_TURN,
            registry=registry,
        )
        self.turn_failures = Counter(
            "alerts_paging_duty_failures_total",
            "Turns of a timed duty of paging that failed",
            ["duty"],
            registry=registry,
        )
        self._make_gauges(registry)
        self._show_from_the_start()

    def _show_from_the_start(self) -> None:
        """Show counters before anything happened: `increase` does not see a series born at 1."""
        for occasion in Occasion:
            self._pages.labels(occasion)
        for state in DeliveryState:
            if state.is_end:
                self._ended.labels(state)

    def _make_gauges(self, registry: CollectorRegistry) -> None:
        self._unfinished = Gauge(
            "alerts_pages_unfinished",
            "Pages whose delivery has not ended, by state",
            ["state"],
            registry=registry,
        )
        self._oldest_unacknowledged = Gauge(
            "alerts_page_oldest_unacknowledged_seconds",
            "Age of the oldest page that nobody answered while a clock on it is open; 0 when there is none",
            registry=registry,
        )
        self._oldest_request = Gauge(
            "alerts_page_request_oldest_seconds",
            "Age of the oldest request of which no page has come; 0 when none waits",
            registry=registry,
        )
        self._open_gaps = Gauge(
            "alerts_duty_gaps_open",
            "Posts on which a page found nobody and that are not held again",
            registry=registry,
        )
        self._covered = Gauge(
            "alerts_roster_covered_ratio",
            "Share of the next seven days in which the post is held in the district or above it",
            ["post", "division"],
            registry=registry,
        )
        self._held = Gauge(
            "alerts_post_held",
            "1 while somebody can be paged on the post, in the district or above it",
            ["post", "division"],
            registry=registry,
        )

    def composed(self, composed: Composed) -> None:
        """Count what a composition did."""
        for occasion, count in composed.pages.items():
            self._pages.labels(occasion).inc(count)
        self._clocks.inc(composed.clocks)
        self._gaps.inc(composed.new_gaps)
        self._failures.inc(composed.failures)

    def delivered(self, delivered: Delivered, channel_kind: str) -> None:
        """Count an attempt, and the delivery's end where it was that."""
        self._attempts.labels(delivered.outcome.state, channel_kind).inc()
        if delivered.state is not None and delivered.state.is_end:
            self._ended.labels(delivered.state).inc()
        if delivered.handover is not None:
            self._handover.observe(delivered.handover.total_seconds())

    def acknowledged(self, seconds: float) -> None:
        """Take down how long an answer took."""
        self._answer.observe(seconds)

    def reviewed(self, state: PagingState, coverages: Iterable[Coverage], now: datetime) -> None:
        """Bring the gauges to what the database holds."""
        for name, count in state.unfinished.items():
            self._unfinished.labels(name).set(count)
        self._open_gaps.set(state.open_gaps)
        self._oldest_unacknowledged.set(_age(state.oldest_unacknowledged_at, now))
        self._oldest_request.set(_age(state.oldest_request_at, now))
        for coverage in coverages:
            self._covered.labels(coverage.post, coverage.division).set(coverage.share)
            self._held.labels(coverage.post, coverage.division).set(coverage.held)


def _age(at: datetime | None, now: datetime) -> float:
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())
