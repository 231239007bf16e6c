"""Central quarantine: decided, moved, arrived; sites, their rooms and what happens inside them."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event


class CentralQuarantineDecided(Event):
    """Central quarantine was decided for a person; starts the 12 hours of the transfer (town §7)."""

    TYPE: ClassVar[str] = "registration.central-quarantine-decided"
    SUBJECT: ClassVar[str] = "transfer_id"

    transfer_id: UUID
    person_id: UUID
    arrived_at: AwareDatetime | None = None
    """When the person arrived, shown beside the clock."""


class TransferRequested(Event):
    """A vehicle and crew were asked for to move a person to a central site (town §7)."""

    TYPE: ClassVar[str] = "registration.transfer-requested"
    SUBJECT: ClassVar[str] = "transfer_id"

    transfer_id: UUID
    person_id: UUID


class QuarantineArrived(Event):
    """A person arrived at the central quarantine site (town §7)."""

    TYPE: ClassVar[str] = "registration.quarantine-arrived"
    SUBJECT: ClassVar[str] = "transfer_id"

    transfer_id: UUID
    person_id: UUID


class TransferWithdrawn(Event):
    """A transfer is not carried out any more; voids its clock. It stays on record.

    `occurred_at` is when that was decided: by whoever cancelled it, or because the person's plan has no
    central quarantine any more (town §7).
    """

    TYPE: ClassVar[str] = "registration.transfer-withdrawn"
    SUBJECT: ClassVar[str] = "transfer_id"

    transfer_id: UUID
    person_id: UUID
    reason_code: str
    withdrawn_by: str
    """The key or account that withdrew it, or the rules; never a natural person's name."""


class SiteOpened(Event):
    """A quarantine site was opened; from now on it serves nothing else (town §7)."""

    TYPE: ClassVar[str] = "registration.site-opened"
    SUBJECT: ClassVar[str] = "site"

    site: str
    rooms: int


class SiteClosed(Event):
    """A quarantine site was closed."""

    TYPE: ClassVar[str] = "registration.site-closed"
    SUBJECT: ClassVar[str] = "site"

    site: str


class BackupSitesCalledUp(Event):
    """The rooms in reserve fell short of the ratio and back-up sites were called up (town §7).

    `division` is the township or district whose reserve was short.
    """

    TYPE: ClassVar[str] = "registration.backup-sites-called-up"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    """The case that the reserve fell short with."""
    sites: list[str]
    infected: int
    rooms_needed: int
    rooms_before: int
    rooms_after: int


class QuarantineRoomsShort(Event):
    """Rooms are lacking although all back-up sites are called up (town §7)."""

    TYPE: ClassVar[str] = "registration.quarantine-rooms-short"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    infected: int
    rooms_needed: int
    rooms: int
    shortfall: int


class SiteRoundDue(Event):
    """The people and the environment of an open site are due for a test; told once a round (town §11)."""

    TYPE: ClassVar[str] = "registration.site-round-due"
    SUBJECT: ClassVar[str] = "round_id"

    round_id: UUID
    site: str
    round: int
    """Counts from 1 since the site was opened."""
    due_at: AwareDatetime
    people: int
    """How many stayed in the site when the round fell due."""
    environment_points: int


class MovedOut(Event):
    """Somebody inside a site is positive and must leave it at once, for a hospital (town §11)."""

    TYPE: ClassVar[str] = "registration.moved-out"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    site: str
    room: str
    contacts: int
    """How many neighbours became contacts."""


EVENTS: tuple[type[Event], ...] = (
    CentralQuarantineDecided,
    TransferRequested,
    QuarantineArrived,
    TransferWithdrawn,
    SiteOpened,
    SiteClosed,
    BackupSitesCalledUp,
    QuarantineRoomsShort,
    SiteRoundDue,
    MovedOut,
)
