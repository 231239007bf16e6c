"""Figures of due tests."""

from prometheus_client import CollectorRegistry, Gauge

from services.testing.rules.due.figures import DueFiguresShown


class DueMetrics:
    """The figures of due tests, in the registry that `/metrics` shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._open = Gauge("testing_due_open", "Tests that are due now and not done", registry=registry)
        self._overdue = Gauge(
            "testing_due_overdue", "Tests whose day is over and that still count when done", registry=registry
        )
        self._at_once = Gauge(
            "testing_due_at_once", "Tests that are due at once and not done", registry=registry
        )
        self._unfolded = Gauge(
            "testing_coverage_unfolded", "Changes of coverage not yet added up", registry=registry
        )
        self._unserved = Gauge(
            "testing_villages_unserved", "Villages that no open sampling point serves", registry=registry
        )

    def show(self, figures: DueFiguresShown) -> None:
        """Bring the gauges to what was counted."""
        self._open.set(figures.open)
        self._overdue.set(figures.overdue)
        self._at_once.set(figures.at_once)
        self._unfolded.set(figures.unfolded)
        self._unserved.set(figures.villages_unserved)
