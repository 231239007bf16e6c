"""What the registration service publishes, by area."""

from shared.contracts.envelope import Event
from shared.contracts.registration import (
    care,
    movement,
    notices,
    people,
    places,
    plans,
    quarantine,
    returns,
    sentinels,
    stages,
)
from shared.contracts.registration.care import (
    ChargeAssigned,
    ChargeEnded,
    HealthDayExcused,
    HealthDayFollowedUp,
    HealthDayOpened,
    HealthReported,
    PlaceHealthDayOpened,
    SymptomFlagged,
)
from shared.contracts.registration.movement import DepartureTestDropped, DepartureTestDue
from shared.contracts.registration.people import MergeUndone, PersonMerged, Preregistered
from shared.contracts.registration.plans import PlanDecided, PlanWithdrawn, TestDropped, TestDue
from shared.contracts.registration.quarantine import (
    BackupSitesCalledUp,
    CentralQuarantineDecided,
    MovedOut,
    QuarantineArrived,
    QuarantineRoomsShort,
    SiteClosed,
    SiteOpened,
    SiteRoundDue,
    TransferRequested,
    TransferWithdrawn,
)
from shared.contracts.registration.returns import (
    PersonReturned,
    ReturnKnown,
    ReturnRegistered,
    ReturnWithdrawn,
)
from shared.contracts.registration.sentinels import (
    DrugBuyerFlagged,
    SentinelSilenceEnded,
    SentinelSilent,
    SymptomReported,
    SymptomSeen,
)

EVENTS: tuple[type[Event], ...] = (
    *people.EVENTS,
    *returns.EVENTS,
    *plans.EVENTS,
    *stages.EVENTS,
    *care.EVENTS,
    *sentinels.EVENTS,
    *quarantine.EVENTS,
    *places.EVENTS,
    *movement.EVENTS,
    *notices.EVENTS,
)

__all__ = [
    "EVENTS",
    "BackupSitesCalledUp",
    "CentralQuarantineDecided",
    "ChargeAssigned",
    "ChargeEnded",
    "DepartureTestDropped",
    "DepartureTestDue",
    "DrugBuyerFlagged",
    "HealthDayExcused",
    "HealthDayFollowedUp",
    "HealthDayOpened",
    "HealthReported",
    "MergeUndone",
    "MovedOut",
    "PersonMerged",
    "PersonReturned",
    "PlaceHealthDayOpened",
    "PlanDecided",
    "PlanWithdrawn",
    "Preregistered",
    "QuarantineArrived",
    "QuarantineRoomsShort",
    "ReturnKnown",
    "ReturnRegistered",
    "ReturnWithdrawn",
    "SentinelSilenceEnded",
    "SentinelSilent",
    "SiteClosed",
    "SiteOpened",
    "SiteRoundDue",
    "SymptomFlagged",
    "SymptomReported",
    "SymptomSeen",
    "TestDropped",
    "TestDue",
    "TransferRequested",
    "TransferWithdrawn",
]
