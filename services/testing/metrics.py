"""Figures of the testing service."""

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
