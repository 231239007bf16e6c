"""What the file of a drill under load says: who sends what, how people behave, what breaks, what is demanded.

Instants are ISO 8601 spans of the world's time from the drill's start. Two of the faults, `repeat-feed` and
`skew-clock`, change what a laboratory sends: the plan carries them out. All others are done to the platform.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from drills.happenings import DrillModel, Span
from drills.scenario import Person
from shared.divisions import DivisionCode
from shared.policy.values import Duration, Identifier, Text
from shared.vocabulary import Classification, Symptom

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=2_000_000)]


class Arriving(DrillModel):
    """When the facts of a stream happen, between `begins` and `begins + lasts`.

    `steady` spreads them evenly; a `peak` grows to `peak_factor` times as many at `peak_at` as at both ends;
    a `burst` puts that many times the average into the minute from `peak_at`, and the rest evenly.
    """

    pattern: Literal["steady", "peak", "burst"] = "steady"
    begins: Span = timedelta()
    lasts: Duration
    peak_at: Span | None = None
    peak_factor: Annotated[float, Field(ge=1, le=1_000)] = 1.0

    @model_validator(mode="after")
    def _has_its_peak(self) -> "Arriving":
        if (self.pattern == "steady") != (self.peak_at is None):
            raise PydanticCustomError("peak", "a peak or burst has a peak_at, steady arrival has none")
        if self.peak_at is not None and not self.begins <= self.peak_at < self.begins + self.lasts:
            raise PydanticCustomError("peak_outside", "the peak lies within the time of the stream")
        return self


class Behaviour(DrillModel):
    """How people do what a fact demands of them: a report, a registration, a review, a journey.

    The delay is lognormal: half are done within `median`; `sigma` is that of its logarithm (0.5: two thirds
    between 0.6 and 1.65 times the median).
    """

    median: Duration
    sigma: Annotated[float, Field(ge=0, le=3)] = 0.5
    never: Share = 0.0
    """The share that is never done."""
    repeats: Share = 0.0
    """The share that is told a second time, word for word."""


class Stream(DrillModel):
    """What all streams share; `divisions` are parts of the register, whose villages take part."""

    id: Identifier
    divisions: Annotated[tuple[DivisionCode, ...], Field(min_length=1)]
    arriving: Arriving
    told_after: Behaviour | None = None
    """How long after it happened it is told; left out, at once."""
    repeats: Share = 0.0
    """The share that is told a second time, word for word."""
    out_of_order: Share = 0.0
    """The share that changes places with what comes later, within ten minutes."""


class Positives(Stream):
    """Positive results of laboratories, each the beginning of a case."""

    kind: Literal["positives"]
    count: Count
    institutions: Annotated[tuple[str, ...], Field(min_length=1)]
    sampled_before: Duration = timedelta(hours=5)
    reports: Behaviour | None = None
    """Direct reports, counted from the positive result."""
    reviews: Behaviour | None = None
    """Reviews, counted from the direct report."""
    classification: Classification = Classification.CONFIRMED


class ResultFeed(Stream):
    """A laboratory's feed of results in batches, a few of them positive."""

    kind: Literal["result-feed"]
    count: Count
    institutions: Annotated[tuple[str, ...], Field(min_length=1)]
    sampled_before: Duration = timedelta(hours=5)
    positive: Share = 0.0
    rows_together: Annotated[int, Field(ge=1, le=10_000)] = 500
    every: Duration = timedelta(minutes=1)
    """How often the laboratory sends what has come together."""
    times: Annotated[int, Field(ge=1, le=10)] = 1
    """How often every row is sent in all."""


class Symptoms(Stream):
    """Patients with symptoms, seen and reported by the sentinels of the villages."""

    kind: Literal["symptoms"]
    count: Count
    symptoms: Annotated[tuple[Symptom, ...], Field(min_length=1)]
    reports: Behaviour | None = None


class Returns(Stream):
    """People who come home: known from a railway's list or a neighbour, then registered by the village."""

    kind: Literal["returns"]
    count: Count
    registrations: Behaviour | None = None
    rows_together: Annotated[int, Field(ge=1, le=10_000)] = 1


class DailyReports(Stream):
    """The figures of a day, or zero, of every unit of the divisions; `arriving` says when they are filed."""

    kind: Literal["daily-reports"]
    never: Share = 0.0
    """The share of units that files nothing."""
    zero: Share = 0.8
    """The share that files zero."""
    levels: tuple[Literal["municipality", "district", "township", "village"], ...] = ()
    """The levels whose units file; left out, all do."""


class Contacts(Stream):
    """Close contacts for whom central quarantine is decided, and who arrive at the sites, beds or not."""

    kind: Literal["contacts"]
    count: Count
    sites: Annotated[tuple["Site", ...], Field(min_length=1)]
    arrivals: Behaviour | None = None


class Site(DrillModel):
    """A quarantine site, made up, with rooms for one person each."""

    code: Identifier
    division: DivisionCode
    rooms: Annotated[int, Field(ge=1, le=500)]


AnyStream: TypeAlias = Annotated[
    Positives | ResultFeed | Symptoms | Returns | DailyReports | Contacts, Field(discriminator="kind")
]

Target = Annotated[
    str,
    StringConstraints(
        pattern=r"^(registration|testing|alerts|reporting|bus|database|laboratory:[a-z0-9-]{1,40})$"
    ),
]
Deed = Literal["kill", "stop", "disconnect", "restart", "repeat-feed", "skew-clock"]
OF_LABORATORIES: frozenset[str] = frozenset({"repeat-feed", "skew-clock"})


class Fault(DrillModel):
    """Something that breaks.

    `kill` ends it without warning and `stop` asks it to end; either is started again after `lasts`, or by
    whoever watches it. `disconnect` cuts it off from the others for `lasts`; `restart` ends and starts it.
    `repeat-feed` has a laboratory send again, `times` times, all that it sent during `lasts` before `at`;
    `skew-clock` shifts the instants that it states by `by` during `lasts`.
    """

    at: Span
    does: Deed
    whom: Target
    lasts: Duration | None = None
    by: Span = timedelta(minutes=-20)
    times: Annotated[int, Field(ge=1, le=10)] = 1

    @model_validator(mode="after")
    def _fits(self) -> "Fault":
        if (self.does in OF_LABORATORIES) != self.whom.startswith("laboratory:"):
            raise PydanticCustomError(
                "target", "laboratories repeat their feed or have a wrong clock, all else does not"
            )
        if self.lasts is None and self.does != "restart":
            raise PydanticCustomError("lasts", "only a restart has no lasts")
        if self.at < timedelta():
            raise PydanticCustomError("early", "breaks before the drill begins")
        return self

    @property
    def is_sent(self) -> bool:
        """Whether it changes what is sent, and nothing is done to the platform."""
        return self.does in OF_LABORATORIES

    @property
    def laboratory(self) -> str | None:
        """The institution of a laboratory's fault."""
        return self.whom.partition(":")[2] or None

    @property
    def ends(self) -> timedelta:
        """When it is over, counted from the start."""
        return self.at + (self.lasts or timedelta())


class Bounds(DrillModel):
    """What the verdict lets pass. Real seconds are those of the machine, whatever the speed."""

    slack_seconds: Annotated[float, Field(gt=0, le=120)] = 3.0
    """How many real seconds a page may be late, for each link of the chain that leads to it."""
    recovery_seconds: Annotated[float, Field(ge=0, le=300)] = 20.0
    """How many real seconds after a fault everything may still be on its way."""
    settle_seconds: Annotated[float, Field(gt=0, le=1_800)] = 120.0
    """How many real seconds after the end are given, at most, for what is still on its way."""
    refused_at_most: Annotated[int, Field(ge=0)] = 0
    lateness_p99_seconds: Annotated[float, Field(gt=0)] | None = None
    """Real seconds; left out, lateness is held page by page alone."""
    request_p99_seconds: Annotated[float, Field(gt=0)] | None = None


class LoadScenario(DrillModel):
    """A whole drill under load."""

    kind: Literal["load"]
    id: Identifier
    title: Text
    policy: Identifier
    starts_at: AwareDatetime
    lasts: Duration
    rate: Annotated[float, Field(ge=1, le=3_600)]
    """How many times faster than life the world's time runs, unless `--speed` says otherwise."""
    register_under: tuple[DivisionCode, ...] = ()
    """The parts of the register that take part, with all above them; left out, the whole register does."""
    roster: Annotated[tuple[Person, ...], Field(min_length=1)]
    streams: Annotated[tuple[AnyStream, ...], Field(min_length=1)]
    faults: tuple[Fault, ...] = ()
    bounds: Bounds = Bounds()

    @property
    def ends_at(self) -> datetime:
        """When the drill ends, in the world."""
        return self.starts_at + self.lasts

    def world(self, span: timedelta) -> datetime:
        """Return the instant of the world that a span of the file means."""
        return self.starts_at + span

    def people(self) -> Mapping[str, Person]:
        """Return everybody on the roster by key."""
        return {person.key: person for person in self.roster}

    @model_validator(mode="after")
    def _holds_together(self) -> "LoadScenario":
        names = [stream.id for stream in self.streams]
        if len(names) != len(set(names)):
            raise PydanticCustomError("streams", "two streams have the same id")
        if any(fault.at >= self.lasts for fault in self.faults):
            raise PydanticCustomError("faults", "a fault lies after the end")
        answers = any(person.answers_after is not None for person in self.roster)
        if answers and any(not fault.is_sent for fault in self.faults):
            raise PydanticCustomError(
                "answers",
                "nobody answers while the platform is broken: which comes first, answer or climb, is open",
            )
        return self
