"""Returns and the registration of whoever comes home."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event


class ReturnKnown(Event):
    """Somebody's arrival became known.

    `occurred_at` is the arrival. Starts the 12 hours of registration (town §16).
    """

    TYPE: ClassVar[str] = "registration.return-known"
    SUBJECT: ClassVar[str] = "return_id"

    return_id: UUID


class ReturnRegistered(Event):
    """A returned person was registered by the village; `occurred_at` is the registration (town §16)."""

    TYPE: ClassVar[str] = "registration.return-registered"
    SUBJECT: ClassVar[str] = "return_id"

    return_id: UUID


class PersonReturned(Event):
    """A returned person was registered and is under care (town §16)."""

    TYPE: ClassVar[str] = "registration.person-returned"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    return_id: UUID
    arrived_at: AwareDatetime


class ReturnWithdrawn(Event):
    """A return turned out to be another one, told again under another reference, or none at all.

    Ends its 12 hours of registration (town §16): those of the other run from the arrival that lies earliest.
    """

    TYPE: ClassVar[str] = "registration.return-withdrawn"
    SUBJECT: ClassVar[str] = "return_id"

    return_id: UUID
    into_return_id: UUID
    """The other one; itself where somebody withdrew it by hand."""
    reason_code: str = "same-return"
    """Why; of one that was withdrawn by hand the reason that was given."""


EVENTS: tuple[type[Event], ...] = (
    ReturnKnown,
    ReturnRegistered,
    ReturnWithdrawn,
    PersonReturned,
)
