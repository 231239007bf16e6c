"""Tests that are due: opened, settled, dropped; at once; and rounds of a unit."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event
from shared.vocabulary import SubjectKind


class DueOpened(Event):
    """The last day began on which a test of somebody, or of something, is in time (town §9).

    `occurred_at` is 00:00 in Asia/Shanghai of that day, also when it was opened late.
    """

    TYPE: ClassVar[str] = "testing.due-opened"
    SUBJECT: ClassVar[str] = "due_id"

    due_id: UUID
    source: str
    """What asks for it: `plan`, `departure`, `ordered`, `lot`."""
    category: str
    subject_kind: SubjectKind
    due_on: date
    opened_late: bool = False
    """Whether the service was down when the day began."""


class DueSettled(Event):
    """A test whose last day had begun was done: a sample was taken; `occurred_at` is when (town §9)."""

    TYPE: ClassVar[str] = "testing.due-settled"
    SUBJECT: ClassVar[str] = "due_id"

    due_id: UUID
    sample_id: UUID


class DueDropped(Event):
    """A test whose last day had begun is not asked for any more."""

    TYPE: ClassVar[str] = "testing.due-dropped"
    SUBJECT: ClassVar[str] = "due_id"

    due_id: UUID


class SamplingDemanded(Event):
    """Somebody must be sampled at once: a sentinel's patient, who has symptoms, or is near a case (city §8).

    `occurred_at` is when that became known: when the sentinel saw the patient, the symptoms were measured, or
    the positive result was obtained.
    """

    TYPE: ClassVar[str] = "testing.sampling-demanded"
    SUBJECT: ClassVar[str] = "due_id"

    due_id: UUID
    source: str
    """What asks for it: `sentinel`, `symptom`, `case`."""
    category: str
    reference: str | None = None
    """The id of the sentinel's report or of the case."""


class SamplingDone(Event):
    """Somebody who had to be sampled at once was; `occurred_at` is when (city §8)."""

    TYPE: ClassVar[str] = "testing.sampling-done"
    SUBJECT: ClassVar[str] = "due_id"

    due_id: UUID
    sample_id: UUID


class SamplingDropped(Event):
    """Nobody has to be sampled at once any more: the case was withdrawn, or it was asked for by mistake."""

    TYPE: ClassVar[str] = "testing.sampling-dropped"
    SUBJECT: ClassVar[str] = "due_id"

    due_id: UUID


class RoundOpened(Event):
    """The last day of a unit's round began and tests are lacking (town §9, §11, §17).

    One for a unit, a category and a period, never one for each person. `occurred_at` is 00:00 in
    Asia/Shanghai of that day.
    """

    TYPE: ClassVar[str] = "testing.round-opened"
    SUBJECT: ClassVar[str] = "round_id"

    round_id: UUID
    category: str
    due_on: date
    due: int
    done: int
    place: str | None = None
    """The code of the quarantine site whose round it is."""
    opened_late: bool = False


class RoundDone(Event):
    """A round whose last day had begun is complete; `occurred_at` is when its last sample was taken."""

    TYPE: ClassVar[str] = "testing.round-done"
    SUBJECT: ClassVar[str] = "round_id"

    round_id: UUID
    category: str
    due_on: date
    due: int


EVENTS: tuple[type[Event], ...] = (
    DueOpened,
    DueSettled,
    DueDropped,
    SamplingDemanded,
    SamplingDone,
    SamplingDropped,
    RoundOpened,
    RoundDone,
)
