"""Figures of the testing service."""

from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter


class Metrics:
    """The service's figures, in the registry that `/metrics` shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.results = Counter(
            "testing_results_total",
            "Results received, by result and verdict",
            ["result", "verdict"],
            registry=registry,
        )

    def count_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Count the rows of a batch, each as its result and verdict: once for each kind, not for each row."""
        for (result, verdict), count in Tally(rows).items():
            self.results.labels(result, verdict).inc(count)
