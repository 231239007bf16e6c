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

        self.orders = Gauge(
            "testing_sequencing_orders", "Orders to sequence positive samples, by state", ["state"],
            registry=registry,
        )  # fmt: skip
        self.overdue = Gauge(
            "testing_sequencing_overdue", "Orders without a sequence or a reason in time", registry=registry
        )
        self.without_order = Gauge(
            "testing_positives_without_sequencing_order",
            "Positive samples without an order to sequence them; must be 0",
            registry=registry,
        )

    def show_sequencing(self, figures: Mapping[str, int]) -> None:
        """Show how orders to sequence samples stand."""
        for state in ("ordered", "excluded", "sequenced", "void"):
            self.orders.labels(state).set(figures[state])
        self.overdue.set(figures["overdue"])
        self.without_order.set(figures["missing"])

    def show(self, figures: Mapping[str, int], notices: Mapping[str, int]) -> None:
        """Show what was counted."""
        self.laboratories.labels("testing").set(figures["laboratories"] - figures["suspended"])
        self.laboratories.labels("suspended").set(figures["suspended"])
        self.flagged.set(figures["flagged"])
        self.tallies_waiting.set(figures["tallies_waiting"])
        for kind in NOTICES:
            self.notices.labels(kind).set(notices.get(kind, 0))
