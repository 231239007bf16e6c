"""What may happen in a drill, and the spans by which its file tells the time.

Times are ISO 8601 spans from the drill's start, also negative ones (`-PT11H`: eleven hours before it).
"""

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.divisions import DivisionCode
from shared.policy.values import Duration
from shared.vocabulary import Classification, ReviewOutcome, Symptom

_SPAN = re.compile(r"(-?)P(?=[\dT])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)


def _read_span(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("span_form", "is no ISO 8601 span such as PT1H20M, PT0S or -PT11H")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -span if match[1] else span


def write_span(span: timedelta) -> str:
    """Return a span of whole seconds as the files write it: `PT1H20M`, `-PT11H`, `PT0S`."""
    seconds = int(abs(span).total_seconds())
    parts = [(seconds // 3600, "H"), (seconds % 3600 // 60, "M"), (seconds % 60, "S")]
    text = "".join(f"{number}{unit}" for number, unit in parts if number) or "0S"
    return ("-" if span < timedelta() else "") + "PT" + text


Span = Annotated[timedelta, BeforeValidator(_read_span)]
Label = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,31}$")]
"""What the file calls a thing: a sample A, a return R1."""


class DrillModel(BaseModel):
    """What all parts of a scenario share: frozen, and no field that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Happening(DrillModel):
    """One thing that happens: told to the platform at `at`, in the world at `occurred` or then."""

    at: Span
    occurred: Span | None = None

    @property
    def happened(self) -> timedelta:
        """When it happened in the world, counted from the start."""
        return self.at if self.occurred is None else self.occurred

    @model_validator(mode="after")
    def _told_afterwards(self) -> "Happening":
        if self.happened > self.at:
            raise PydanticCustomError("told_before", "is told before it happens: occurred lies after at")
        return self


class Positive(Happening):
    """A laboratory posts a positive result."""

    does: Literal["positive"]
    sample: Label
    institution: str
    division: DivisionCode
    sampled_before: Duration = timedelta(hours=5)


class Negatives(Happening):
    """A laboratory posts a batch of negative results."""

    does: Literal["negatives"]
    institution: str
    division: DivisionCode
    count: Annotated[int, Field(ge=1, le=10_000)]
    sampled_before: Duration = timedelta(hours=5)


class Withdrawal(Happening):
    """The laboratory finds that a positive was none."""

    does: Literal["withdrawal"]
    sample: Label
    reason: str


class Report(Happening):
    """A medical institution makes the direct report of a sample's case."""

    does: Literal["report"]
    sample: Label
    institution: str
    classification: Classification


class Review(Happening):
    """Disease control completes the review of a sample's case."""

    does: Literal["review"]
    sample: Label
    outcome: ReviewOutcome = ReviewOutcome.APPROVED


class Arrival(Happening):
    """Somebody's arrival becomes known; `occurred` is the arrival."""

    does: Literal["arrival"]
    person: Label
    division: DivisionCode
    source: str


class Registration(Happening):
    """The village registers a return that is known."""

    does: Literal["registration"]
    person: Label
    source: str = "village"


class SymptomsSeen(Happening):
    """A sentinel sees a patient with symptoms."""

    does: Literal["symptoms-seen"]
    report: Label
    sentinel: str
    division: DivisionCode
    symptoms: Annotated[tuple[Symptom, ...], Field(min_length=1)]


class SymptomsReported(Happening):
    """A sentinel's report reaches the township health centre."""

    does: Literal["symptoms-reported"]
    report: Label


class DailyReport(Happening):
    """A unit files its figures of the day, or zero."""

    does: Literal["daily-report"]
    unit: DivisionCode
    day: date
    figures: dict[str, int] | None = None
    zero: bool = False
    abnormal: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> "DailyReport":
        if (self.figures is None) != self.zero:
            raise PydanticCustomError("figures_or_zero", "gives figures or zero: true, one of the two")
        if self.occurred is not None:
            raise PydanticCustomError("received", "has no occurred: a daily report counts from its receipt")
        return self


Event: TypeAlias = Annotated[
    Positive
    | Negatives
    | Withdrawal
    | Report
    | Review
    | Arrival
    | Registration
    | SymptomsSeen
    | SymptomsReported
    | DailyReport,
    Field(discriminator="does"),
]
