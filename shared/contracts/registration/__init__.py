"""What the registration service publishes, by area."""

from shared.contracts.envelope import Event
from shared.contracts.registration import (
    care,
    movement,
    people,
    places,
    plans,
    quarantine,
    returns,
    sentinels,
    stages,
)
from shared.contracts.registration.care import SymptomFlagged
from shared.contracts.registration.plans import PlanDecided
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
from shared.contracts.registration.returns import PersonReturned, ReturnKnown, ReturnRegistered
from shared.contracts.registration.sentinels import SentinelSilent, SymptomReported, SymptomSeen

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
)

__all__ = [
    "EVENTS",
    "BackupSitesCalledUp",
    "CentralQuarantineDecided",
    "MovedOut",
    "PersonReturned",
    "PlanDecided",
    "QuarantineArrived",
    "QuarantineRoomsShort",
    "ReturnKnown",
    "ReturnRegistered",
    "SentinelSilent",
    "SiteClosed",
    "SiteOpened",
    "SiteRoundDue",
    "SymptomFlagged",
    "SymptomReported",
    "SymptomSeen",
    "TransferRequested",
    "TransferWithdrawn",
]
