"""Whom to call about something: the staff of the grid, persons in charge, organisers, named contacts."""

from dataclasses import dataclass
from enum import StrEnum

from services.registration.rules.people.identity import Identity


class ContactKind(StrEnum):
    """What a contact belongs to 联系人所属."""

    STAFF = "grid-staff"
    PLACE = "place"
    GATHERING = "gathering"
    SENTINEL = "sentinel"
    PREREGISTRATION = "preregistration"
    NOTICE_MATCH = "notice-match"
    """The person whom a notice from another province names."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """Who can be reached about something, with nothing masked."""

    kind: ContactKind
    subject: str
    """The key, code or id of what they belong to."""
    division: str
    name: str | None
    telephone: str | None = None
    relation: str | None = None
    identity: Identity | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Which of the masked fields say something."""
        masked = ("name", "telephone", "relation", "identity")
        return tuple(field for field in masked if getattr(self, field) is not None)
