"""Faults as a scenario's file states them."""

from datetime import timedelta
from typing import Any

from drills.load.scenario import Fault

BUS = "b" * 64
ALERTS = ("1" * 64, "2" * 64)
"""Containers of the project that the tests' docker knows."""


def a_fault(does: str, whom: str, lasts: str | None = "PT2M", at: timedelta = timedelta(minutes=5)) -> Fault:
    """Return a fault as it is read from a file."""
    said: dict[str, Any] = {"at": at, "does": does, "whom": whom, "lasts": lasts}
    return Fault.model_validate({name: value for name, value in said.items() if value is not None})
