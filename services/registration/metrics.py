"""Figures of the registration service."""

from prometheus_client import CollectorRegistry, Counter


class Metrics:
    """The service's figures, in the registry that `/metrics` shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.statements = Counter(
            "registration_statements_total",
            "Statements received, by ledger and verdict",
            ["ledger", "verdict"],
            registry=registry,
        )
