"""People: announced, matched, merged."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event


class PersonMerged(Event):
    """Two records were found to be one person; the merged id means the surviving one from now on."""

    TYPE: ClassVar[str] = "registration.person-merged"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    """The record that survives."""
    merged_person_id: UUID
    decision_id: UUID


class MergeUndone(Event):
    """A merge was wrong: the merged record stands for somebody of their own again."""

    TYPE: ClassVar[str] = "registration.merge-undone"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    merged_person_id: UUID
    decision_id: UUID
    """The decision that was undone."""


class Preregistered(Event):
    """Somebody's return was announced for a day, or for another day than before (town §16, city §12)."""

    TYPE: ClassVar[str] = "registration.preregistered"
    SUBJECT: ClassVar[str] = "preregistration_id"

    preregistration_id: UUID
    person_id: UUID
    intended_on: date


EVENTS: tuple[type[Event], ...] = (
    PersonMerged,
    MergeUndone,
    Preregistered,
)
