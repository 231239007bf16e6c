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

        self.tubes = Counter(
            "testing_tubes_total",
            "Tellings of tubes received, by verdict",
            ["verdict"],
            registry=registry,
        )
        self.tube_steps = Counter(
            "testing_tube_steps_total",
            "Steps of the chain received, by verdict",
            ["verdict"],
            registry=registry,
        )

    def count_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Count the rows of a batch, each as its result and verdict: once for each kind, not for each row."""
        for (result, verdict), count in Tally(rows).items():
            self.results.labels(result, verdict).inc(count)
