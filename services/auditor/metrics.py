"""Figures of the auditor."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.auditor.rules.trail import TRAILS, Watched


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
        self._trail_broken = Gauge(
            "auditor_trail_broken",
            "1 where an audit trail is not as it was written, 0 where it is",
            ["trail"],
            registry=registry,
        )
        self._trail_verified = Gauge(
            "auditor_trail_verified_rows",
            "Rows of an audit trail, from its first, that were whole when they were read",
            ["trail"],
            registry=registry,
        )
        self._trail_looked = Gauge(
            "auditor_trail_last_look_timestamp_seconds",
            "Real time of the last look at an audit trail, 0 before the first",
            ["trail"],
            registry=registry,
        )
        for trail in TRAILS:
            self._trail_looked.labels(trail).set(0)

    def show_trail(self, watched: Watched) -> None:
        """Show what a look has found; how many rows are verified only once they are all that there are."""
        self._trail_broken.labels(watched.trail).set(1 if watched.broken else 0)
        self._trail_looked.labels(watched.trail).set_to_current_time()
        if watched.is_caught_up:
            self._trail_verified.labels(watched.trail).set(watched.verified.sequence)
