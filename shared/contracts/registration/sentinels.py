"""Sentinels: what clinics and pharmacies see and report."""

from datetime import date
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


class SentinelSilent(Event):
    """A sentinel that usually reports has been silent for longer than its habit lets expect.

    `occurred_at` is when it was noticed. Somebody should ask (city, sentinel sentence).
    """

    TYPE: ClassVar[str] = "registration.sentinel-silent"
    SUBJECT: ClassVar[str] = "sentinel"

    sentinel: str
    quiet_since: date
    """The first day without a report, in Asia/Shanghai."""
    quiet_days: int


class SentinelSilenceEnded(Event):
    """A silence that was told is over: nobody need ask any more.

    `occurred_at` is when that was noticed here.
    """

    TYPE: ClassVar[str] = "registration.sentinel-silence-ended"
    SUBJECT: ClassVar[str] = "sentinel"

    sentinel: str
    quiet_since: date
    """As the silence was told."""
    reason_code: str
    """`reported`: it was heard again; `closed`: it is closed, and nothing is expected of it."""


class DrugBuyerFlagged(Event):
    """Somebody bought a drug under their real name and must be followed (town §8(4)).

    `occurred_at` is the sale; `division` is where the buyer lives or stays.
    """

    TYPE: ClassVar[str] = "registration.drug-buyer-flagged"
    SUBJECT: ClassVar[str] = "person_id"

    sale_id: UUID
    person_id: UUID
    follow_up_id: UUID
    sentinel: str
    category: str
    reasons: list[str]
    """`symptoms`: the buyer declared some; `under-management`: who is, needs no such drug."""
    symptoms: list[Symptom]


EVENTS: tuple[type[Event], ...] = (
    SymptomSeen,
    SymptomReported,
    SentinelSilent,
    SentinelSilenceEnded,
    DrugBuyerFlagged,
)
