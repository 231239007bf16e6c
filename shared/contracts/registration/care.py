"""The daily round: health reports of people under management."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event
from shared.vocabulary import Symptom


class SymptomFlagged(Event):
    """A person under management has a fever or a listed symptom (town §11, §13, §17)."""

    TYPE: ClassVar[str] = "registration.symptom-flagged"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    symptoms: list[Symptom]


EVENTS: tuple[type[Event], ...] = (SymptomFlagged,)
