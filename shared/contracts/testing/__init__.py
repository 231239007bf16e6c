"""What the testing service publishes, by area."""

from shared.contracts.envelope import Event
from shared.contracts.testing import results
from shared.contracts.testing.results import (
    NegativeOfPerson,
    SampleInconclusive,
    SamplePositive,
    SamplePositiveWithdrawn,
    SamplesNegative,
)

EVENTS: tuple[type[Event], ...] = (*results.EVENTS,)

__all__ = [
    "EVENTS",
    "NegativeOfPerson",
    "SampleInconclusive",
    "SamplePositive",
    "SamplePositiveWithdrawn",
    "SamplesNegative",
]
