"""Figures of laboratories and of sequencing, in the registry that `/metrics` shows."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge

NOTICES = ("positives-drift", "invalid-drift", "slow", "silence")


class LaboratoryMetrics:
    """How many laboratories there are, may not test, or should be asked about something."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.laboratories = Gauge(
            "testing_laboratories", "Laboratories in the register, by whether they may test", ["state"],
            registry=registry,
        )  # fmt: skip
        self.notices = Gauge(
            "testing_laboratory_notices_open", "What laboratories should be asked about, by kind", ["kind"],
            registry=registry,
        )  # fmt: skip
        self.flagged = Gauge(
            "testing_results_flagged", "Results of laboratories that are suspended", registry=registry
        )
        self.tallies_waiting = Gauge(
            "testing_laboratory_tallies_waiting",
            "What transactions left for the figures of laboratories and no duty has added up yet",
            registry=registry,
        )

    def show(self, figures: Mapping[str, int], notices: Mapping[str, int]) -> None:
        """Show what was counted."""
        self.laboratories.labels("testing").set(figures["laboratories"] - figures["suspended"])
        self.laboratories.labels("suspended").set(figures["suspended"])
        self.flagged.set(figures["flagged"])
        self.tallies_waiting.set(figures["tallies_waiting"])
        for kind in NOTICES:
            self.notices.labels(kind).set(notices.get(kind, 0))
