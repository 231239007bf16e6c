"""Figures of the reporting service; the first on the wall is `reporting_positives_without_report`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

HOUR_SECONDS = 3600
_HOURS = (0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 24, 48)
_BUCKETS = tuple(hours * HOUR_SECONDS for hours in _HOURS)


class Metrics:
    """The service's figures, in the registry that `/metrics` shows.

    The gauges are what the database holds, the same in every process; the counters and histograms are
    what this process did, to be summed.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.cases = Gauge("reporting_cases", "Cases on record, by state", ["state"], registry=registry)
        self.positives_without_report = Gauge(
            "reporting_positives_without_report",
            "Open cases without a direct report; zero when nothing is owed",
            registry=registry,
        )
        self.oldest_without_report = Gauge(
            "reporting_oldest_positive_without_report_seconds",
            "Time since the positive result of the oldest case without a direct report; 0 when there is none",
            registry=registry,
        )
        self.cases_opened = Counter(
            "reporting_cases_opened_total", "Cases opened by this process", registry=registry
        )
        self.entries = Counter(
            "reporting_entries_total",
            "Direct reports, reviews and daily reports taken, by verdict",
            ["kind", "verdict"],
            registry=registry,
        )
        self.time_to_report = Histogram(
            "reporting_time_to_report_seconds",
            "From the positive result to its first direct report, in the world's time",
            buckets=_BUCKETS,
            registry=registry,
        )
        self.time_to_review = Histogram(
            "reporting_time_to_review_seconds",
            "From the direct report to its first review, in the world's time",
            buckets=_BUCKETS,
            registry=registry,
        )
        self.daily_filed = Gauge(
            "reporting_daily_reports_filed",
            "Units that filed a report of the present reporting day",
            ["level"],
            registry=registry,
        )
        self.daily_missing = Gauge(
            "reporting_daily_reports_missing",
            "Units without a report of the present reporting day",
            ["level"],
            registry=registry,
        )
        self.figures_refreshed_at = Gauge(
            "reporting_figures_refreshed_timestamp_seconds",
            "World time as of which the gauges hold; an old one means that they are stale",
            registry=registry,
        )
        self.webhook_attempts = Counter(
            "reporting_webhook_attempts_total",
            "Attempts of this process to tell a webhook, by outcome",
            ["outcome"],
            registry=registry,
        )
        self.webhook_deliveries = Gauge(
            "reporting_webhook_deliveries",
            "Deliveries that are pending, or were given up within 30 days",
            ["state"],
            registry=registry,
        )
        self.webhook_oldest_pending = Gauge(
            "reporting_webhook_oldest_pending_seconds",
            "Real time since the oldest delivery that is pending was queued; 0 when there is none",
            registry=registry,
        )
