"""Figures of paging."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

PAGES = Counter("alerts_pages_total", "Pages composed, by their gravest occasion", ["occasion"])
PAGED_CLOCKS = Counter("alerts_paged_clocks_total", "Clocks listed on pages")
PAGES_UNFINISHED = Gauge("alerts_pages_unfinished", "Pages whose delivery has not ended, by state", ["state"])
PAGES_ENDED = Counter("alerts_pages_delivered_total", "Deliveries that ended, by how", ["state"])
HANDOVER_SECONDS = Histogram(
    "alerts_page_handover_seconds",
    "From composing a page to a channel accepting it, in world time",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
ATTEMPTS = Counter(
    "alerts_delivery_attempts_total",
    "Attempts to deliver, by outcome and kind of channel",
    ["outcome", "channel"],
)
ACKNOWLEDGEMENT_SECONDS = Histogram(
    "alerts_page_acknowledgement_seconds",
    "From composing a page to its acknowledgement, in world time",
    buckets=(10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600),
)
OLDEST_UNACKNOWLEDGED_SECONDS = Gauge(
    "alerts_page_oldest_unacknowledged_seconds",
    "Age of the oldest page that nobody has answered while one of its clocks is open; 0 when there is none",
)
OLDEST_REQUEST_SECONDS = Gauge(
    "alerts_page_request_oldest_seconds",
    "Age of the oldest request that no page has come of; 0 when none waits",
)
REQUEST_FAILURES = Counter("alerts_page_request_failures_total", "Requests that could not be composed")
DUTY_GAPS = Counter("alerts_duty_gaps_total", "Gaps into which a page ran for the first time")
DUTY_GAPS_OPEN = Gauge(
    "alerts_duty_gaps_open", "Posts on which a page found nobody and that are not held again"
)
COVERED_RATIO = Gauge(
    "alerts_roster_covered_ratio",
    "Share of the next seven days in which the post is held in the district or above it",
    ["post", "division"],
)
DUTY_SECONDS = Histogram(
    "alerts_paging_duty_seconds",
    "How long one turn of a duty of the paging took",
    ["duty"],
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10),
)
DUTY_FAILURES = Counter("alerts_paging_duty_failures_total", "Turns of a duty that failed", ["duty"])

_ALL = (
    PAGES,
    PAGED_CLOCKS,
    PAGES_UNFINISHED,
    PAGES_ENDED,
    HANDOVER_SECONDS,
    ATTEMPTS,
    ACKNOWLEDGEMENT_SECONDS,
    OLDEST_UNACKNOWLEDGED_SECONDS,
    OLDEST_REQUEST_SECONDS,
    REQUEST_FAILURES,
    DUTY_GAPS,
    DUTY_GAPS_OPEN,
    COVERED_RATIO,
    DUTY_SECONDS,
    DUTY_FAILURES,
)


def register(registry: CollectorRegistry) -> None:
    """Show these figures in the registry of an app."""
    for figure in _ALL:
        registry.register(figure)
