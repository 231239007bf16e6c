"""Figures of the auditor."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """The auditor's figures, in the registry that `/metrics` shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.found = Gauge(
            "auditor_found_count", "Things that should not be, by check", ["check"], registry=registry
        )
        self.oldest = Gauge(
            "auditor_oldest_overdue_seconds",
            "Age of the oldest thing overdue, by check",
            ["check"],
            registry=registry,
        )
        self.audits = Counter("auditor_audits_total", "Audits, by outcome", ["outcome"], registry=registry)
        self.last_clean = Gauge(
            "auditor_last_clean_timestamp_seconds", "Real time of the last clean audit", registry=registry
        )
