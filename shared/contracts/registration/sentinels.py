"""Sentinels: what clinics and pharmacies see and report."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event
from shared.vocabulary import Symptom


class SymptomSeen(Event):
    """A sentinel saw a patient with a listed symptom.

    `occurred_at` is when. Starts the 2 hours of the sentinel report.
    """

    TYPE: ClassVar[str] = "registration.symptom-seen"
    SUBJECT: ClassVar[str] = "report_id"

    report_id: UUID
    sentinel: str
    symptoms: list[Symptom]


class SymptomReported(Event):
    """A sentinel's report reached the township health centre; `occurred_at` is when."""

    TYPE: ClassVar[str] = "registration.symptom-reported"
    SUBJECT: ClassVar[str] = "report_id"

    report_id: UUID
    sentinel: str


EVENTS: tuple[type[Event], ...] = (
    SymptomSeen,
    SymptomReported,
)
