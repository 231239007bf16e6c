"""What `measures.yaml` says: which measures fit whom, and what each of them asks day by day."""

from typing import Annotated, Literal

from pydantic import Field

from shared.policy.notices import Citation
from shared.policy.values import Duration, FieldName, Identifier, PolicyModel, Text
from shared.vocabulary import RiskLevel

Days = Annotated[int, Field(ge=0, le=366)]


class StageKind(PolicyModel):
    """A way of being kept apart; the file lists them from the strictest to the mildest."""

    id: Identifier
    title: Text
    meaning: Text
    """What it means for the person."""
    place: Literal["site", "home"]
    """Where the person stays: at a quarantine site, to which a transfer leads, or at home."""
    care_list: Literal["in-central-quarantine", "at-home", "in-community-management"]
    """On which of the care lists the person stands meanwhile; that of the sites is for whoever is at one."""
    figure: FieldName
    """How the figures of requirements.yaml call it: `P14D central`."""


class Restriction(PolicyModel):
    """Something that a person must not do meanwhile."""

    id: Identifier
    title: Text


class Occupation(PolicyModel):
    """A category of work that people state."""

    id: Identifier
    title: Text
    source: Text
    """Where it stands, or why it is among them."""


class OccupationList(PolicyModel):
    """Occupations that a rule speaks of together."""

    id: Identifier
    title: Text
    members: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    decided: Text | None = None


class GroundKind(PolicyModel):
    """What beside a return brings a person under management."""

    id: Identifier
    title: Text
    counted_from: Text
    """Which day its day 0 is."""


class EntryCondition(PolicyModel):
    """An entry into the country."""

    at: Literal["here", "elsewhere"]
    less_than_days_ago: Annotated[int, Field(ge=1, le=366)] | None = None
    """Counted from the day of the entry to day 0; that many days are too many."""


class RouteCondition(PolicyModel):
    """A stay in an area that had one of the levels, or the journey through it."""

    levels: Annotated[tuple[RiskLevel, ...], Field(min_length=1)]
    days: Days
    """How far back before day 0 a stay counts; the earliest of these days does."""


class NegativeTestCondition(PolicyModel):
    """A negative result that was sampled before the arrival."""

    not_older_than: Duration | None = None
    """From sampling to arrival, to the second; exactly that age is good."""
    since_entry: bool = False
    """Whether it must be sampled on the day of the entry or later."""


class ProofCondition(PolicyModel):
    """What is asked to be shown; with `shown: false` the measure fits whoever lacks any of it."""

    shown: bool
    negative_test: NegativeTestCondition | None = None
    release_certificate: bool = False


class When(PolicyModel):
    """Whom a measure fits: whoever meets everything that is given here."""

    entry: EntryCondition | None = None
    route: RouteCondition | None = None
    returning_worker: bool = False
    occupation: Identifier | None = None
    """One of the occupations of this list."""
    ground: Identifier | None = None
    """A ground of this kind that has not ended; it fits once for each."""
    proof: ProofCondition | None = None
    otherwise: bool = False
    """Whoever no other measure fits; exactly one measure says so."""


class MeasureStage(PolicyModel):
    """A stretch of days of one kind; day 0 comes on top of the days of the first."""

    kind: Identifier
    days: Days


class MeasureTest(PolicyModel):
    """When a test is due: on a day, at the end of a stage, or every so many days."""

    day: Days | None = None
    """The number of the day, 0 included."""
    at_end_of: Identifier | None = None
    """The kind of the stage on whose last day it is due."""
    every: Annotated[int, Field(ge=1, le=366)] | None = None
    """Every so many days, counted from day 0, while the measure lasts."""
    beyond_figures: bool = False
    """A test of the pack's own, which the requirement's number does not count."""


class Measure(PolicyModel):
    """One rule of the notices: whom it fits and what it asks."""

    id: Identifier
    title: Text
    requirement: Identifier
    clause: Annotated[tuple[Citation, ...], Field(min_length=1)]
    figures: FieldName | None = None
    """The group of the requirement's figures that the measure keeps: `with_proof`."""
    when: When
    counts_from: Literal["arrival", "entry", "ground"] = "arrival"
    """Which day is day 0 of its own count: of the arrival, of the entry, or of the ground."""
    stages: Annotated[tuple[MeasureStage, ...], Field(min_length=1)]
    tests: tuple[MeasureTest, ...] = ()
    restrictions: tuple[Identifier, ...] = ()
    decided: Text | None = None
    """What the texts leave open and the pack decides; needed wherever the figures do not say it."""


class SameReturn(PolicyModel):
    """Which arrivals of one person are one return, told by several."""

    within: Duration
    """How near they lie to each other."""
    decided: Text


class MeasuresFile(PolicyModel):
    """The file measures.yaml: kinds of stages in the order of strictness, lists, and the measures."""

    stage_kinds: Annotated[tuple[StageKind, ...], Field(min_length=1)]
    restrictions: tuple[Restriction, ...] = ()
    occupations: tuple[Occupation, ...] = ()
    occupation_lists: tuple[OccupationList, ...] = ()
    grounds: tuple[GroundKind, ...] = ()
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]
    same_return: SameReturn | None = None
