"""What the testing service publishes, by area."""

from shared.contracts.envelope import Event
from shared.contracts.testing import due, laboratories, results, sequencing, tubes
from shared.contracts.testing.due import (
    DueDropped,
    DueOpened,
    DueSettled,
    RoundDone,
    RoundOpened,
    SamplingDemanded,
    SamplingDone,
    SamplingDropped,
)
from shared.contracts.testing.laboratories import (
    LaboratoryDrifted,
    LaboratoryReinstated,
    LaboratorySilent,
    LaboratorySlow,
    LaboratorySuspended,
)
from shared.contracts.testing.results import (
    NegativeOfPerson,
    SampleInconclusive,
    SamplePositive,
    SamplePositiveWithdrawn,
    SamplesNegative,
)
from shared.contracts.testing.sequencing import SampleSequenced, SequencingExcluded, SequencingOverdue
from shared.contracts.testing.tubes import PeopleToldToStay, PoolPositive, PoolResolved, PoolWithdrawn

EVENTS: tuple[type[Event], ...] = (
    *results.EVENTS,
    *due.EVENTS,
    *laboratories.EVENTS,
    *sequencing.EVENTS,
    *tubes.EVENTS,
)

__all__ = [
    "EVENTS",
    "DueDropped",
    "DueOpened",
    "DueSettled",
    "LaboratoryDrifted",
    "LaboratoryReinstated",
    "LaboratorySilent",
    "LaboratorySlow",
    "LaboratorySuspended",
    "NegativeOfPerson",
    "PeopleToldToStay",
    "PoolPositive",
    "PoolResolved",
    "PoolWithdrawn",
    "RoundDone",
    "RoundOpened",
    "SampleInconclusive",
    "SamplePositive",
    "SamplePositiveWithdrawn",
    "SampleSequenced",
    "SamplesNegative",
    "SamplingDemanded",
    "SamplingDone",
    "SamplingDropped",
    "SequencingExcluded",
    "SequencingOverdue",
]
