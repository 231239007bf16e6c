"""What the testing service publishes, by area."""

from shared.contracts.envelope import Event
from shared.contracts.testing import results, tubes
from shared.contracts.testing.results import (
    NegativeOfPerson,
    SampleInconclusive,
    SamplePositive,
    SamplePositiveWithdrawn,
    SamplesNegative,
)
from shared.contracts.testing.tubes import PeopleToldToStay, PoolPositive, PoolResolved, PoolWithdrawn

EVENTS: tuple[type[Event], ...] = (*results.EVENTS, *tubes.EVENTS)

__all__ = [
    "EVENTS",
    "NegativeOfPerson",
    "PeopleToldToStay",
    "PoolPositive",
    "PoolResolved",
    "PoolWithdrawn",
    "SampleInconclusive",
    "SamplePositive",
    "SamplePositiveWithdrawn",
    "SamplesNegative",
]
