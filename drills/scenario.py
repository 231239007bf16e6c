"""What a drill's file says: who is on duty and how they answer, what happens when, and what must come of it.

Times are ISO 8601 spans from the drill's start, also negative ones (`-PT11H`: eleven hours before it).
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.divisions import DivisionCode
from shared.policy.values import Duration, Identifier, Text
from shared.vocabulary import Classification, Occasion, ReviewOutcome, Symptom

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


class Holding(DrillModel):
    """A duty post that a person holds during the whole drill."""

    post: Identifier
    division: DivisionCode


class Person(DrillModel):
    """Somebody on duty, made up, and how they answer their pages."""

    key: Identifier
    name: Annotated[str, Field(min_length=1, max_length=60)]
    division: DivisionCode
    holds: Annotated[tuple[Holding, ...], Field(min_length=1)]
    channels: Annotated[tuple[str, ...], Field(min_length=1)] = ("log:",)
    answers_after: Duration | None = None
    """How long after a page they acknowledge it; left out, they never do."""
    answers_by: Literal["call", "link"] = "call"
    """By a call of the duty room's system, or by the one-tap link in the message."""


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

State = Literal["running", "breached", "met", "met-late", "void"]


class ExpectedPage(DrillModel):
    """Somebody who must be paged: when, why, on which rung, and when they answer."""

    at: Span
    occasion: Occasion
    rung: Annotated[int, Field(ge=1)]
    person: Identifier
    answered: Span | None = None


class ExpectedClock(DrillModel):
    """What must have become of one clock at the end."""

    clock: Identifier
    """The rule's id."""
    of: str
    """The thing it is about, by its label; a daily report's unit."""
    state: State
    started: Span
    due: Span
    stopped: Span | None = None
    pages: tuple[ExpectedPage, ...] = ()


class ExpectedCount(DrillModel):
    """How many clocks of a rule that are not judged one by one must be in a state at the end."""

    clock: Identifier
    state: State
    count: Annotated[int, Field(ge=1)]


class Scenario(DrillModel):
    """A whole drill."""

    id: Identifier
    title: Text
    policy: Identifier
    """The pack by whose rules it is judged."""
    starts_at: AwareDatetime
    lasts: Duration
    rate: Annotated[float, Field(ge=1, le=3600)]
    """How many times faster than life the world's time runs."""
    slack_seconds: Annotated[float, Field(gt=0, le=60)]
    """How many real seconds a page may be late, for each link of the chain that leads to it."""
    register_under: tuple[DivisionCode, ...] = ()
    """The parts of the register that take part, with all above them; left out, the whole register does."""
    judged: DivisionCode
    """The division whose clocks are compared one by one; the others are counted."""
    roster: Annotated[tuple[Person, ...], Field(min_length=1)]
    events: Annotated[tuple[Event, ...], Field(min_length=1)]
    expects: tuple[ExpectedClock, ...] = ()
    expects_elsewhere: tuple[ExpectedCount, ...] = ()

    @property
    def ends_at(self) -> datetime:
        """When the drill ends, in the world."""
        return self.starts_at + self.lasts

    @property
    def slack(self) -> timedelta:
        """The slack in world time."""
        return timedelta(seconds=self.slack_seconds * self.rate)

    def world(self, span: timedelta) -> datetime:
        """Return the instant of the world that a span of the file means."""
        return self.starts_at + span

    def people(self) -> Mapping[str, Person]:
        """Return everybody on the roster by key."""
        return {person.key: person for person in self.roster}
