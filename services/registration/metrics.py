"""Figures of the registration service."""

from prometheus_client import Counter

STATEMENTS = Counter(
    "registration_statements_total",
    "Statements received, by ledger and verdict",
    ["ledger", "verdict"],
    registry=None,  # each app registers it with its own
)
