"""What the testing service publishes, by area."""

from shared.contracts.envelope import Event
from shared.contracts.testing import campaigns, due, laboratories, results, sequencing, tubes
from shared.contracts.testing.campaigns import (
    CampaignBehind,
    CampaignEnded,
    CampaignOnTrack,
    CampaignStarted,
)
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
    WorkRerouted,
)
from shared.contracts.testing.results import (
    NegativeOfPerson,
    SampleInconclusive,
    SamplePositive,
    SamplePositiveWithdrawn,
    SamplesNegative,
)
from shared.contracts.testing.sequencing import (
    SampleSequenced,
    SequencingExcluded,
    SequencingOrdered,
    SequencingOverdue,
)
from shared.contracts.testing.tubes import PeopleToldToStay, PoolPositive, PoolResolved, PoolWithdrawn

EVENTS: tuple[type[Event], ...] = (
    *results.EVENTS,
    *due.EVENTS,
    *laboratories.EVENTS,
    *sequencing.EVENTS,
    *tubes.EVENTS,
    *campaigns.EVENTS,
)

__all__ = [
    "EVENTS",
    "CampaignBehind",
    "CampaignEnded",
    "CampaignOnTrack",
    "CampaignStarted",
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
    "SequencingOrdered",
    "SequencingOverdue",
    "WorkRerouted",
]
