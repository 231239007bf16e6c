"""What came of a drill under load, as one document: the report is drawn from it and from nothing else.

World instants are those of the drill's clock, real ones the machine's; both aware. Kinds of facts are those
of the plan: `positive`, `negative`, `direct-report`, `review`, `symptoms-seen`, `symptoms-reported`,
`return-known`, `return-registered`, `daily-report`, `transfer-decided`, `transfer-arrived`.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from drills.load.scenario import Bounds
from shared.policy.values import Text

VERSION = 1


class OutcomeModel(BaseModel):
    """What all parts of an outcome share."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Times(OutcomeModel):
    """When the drill was played."""

    started_real: datetime
    ended_real: datetime
    started_world: datetime
    ended_world: datetime


class Facts(OutcomeModel):
    """What became of the facts of one kind."""

    planned: int = 0
    sent: int = 0
    """Facts that were told at least once."""
    calls: int = 0
    """Rows that were told, repetitions and retries included."""
    accepted: int = 0
    """Facts that the platform answered for, each once."""
    duplicates: int = 0
    """Rows that the platform recognised as told before."""
    refused: int = 0
    retried: int = 0
    """Rows told again because no answer, or no acceptance, had come."""
    stored: int | None = None
    """How many of the accepted the platform shows at the end; None where no list shows them."""
    lost: int = 0
    """Accepted, and not there at the end."""


class Clocks(OutcomeModel):
    """What became of the clocks of one rule."""

    expected: int = 0
    kept: int = 0
    """There, with start, limit, stop and state as expected."""
    missing: int = 0
    extra: int = 0
    wrong: int = 0
    """There, with another start, limit, stop or state."""
    states: dict[str, int] = Field(default_factory=dict[str, int])
    """How many are in each state at the end, as the platform says."""


class Answers(OutcomeModel):
    """How long the clocks of one rule ran until they were stopped, in shares of their limit."""

    limit_hours: float | None
    """None where the limit is a time of day, and so another for each clock."""
    bin_share: float
    """The width of each of the counts; one that is stopped at the limit itself counts as in time."""
    counts: tuple[int, ...]
    beyond: int = 0
    """Stopped later than the last of the counts."""
    open: int = 0
    """Not stopped at the end."""


class Pages(OutcomeModel):
    """Lines of pages, a line being one clock on somebody's page, by rule."""

    expected: int = 0
    undecided: int = 0
    """Lines that may be or not be, because a fault or another moment lies too near."""
    sent: int = 0
    twice: int = 0
    missing: int = 0
    late: int = 0
    unexpected: int = 0


class Quantiles(OutcomeModel):
    """Quantiles of a measure in real seconds; all None where nothing was measured."""

    count: int = 0
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


class Bucket(OutcomeModel):
    """What happened in an interval of real time."""

    real_seconds: float
    """The beginning of the interval, counted from the drill's start."""
    width_seconds: float
    rows: int
    accepted: int
    retried: int
    p99_seconds: float | None = None
    """Of the calls that ended in it."""
    behind_seconds: float = 0.0
    """How far the sender was behind its plan at the worst, in real seconds."""


class Lateness(OutcomeModel):
    """How late pages were in an interval of the world's time, in real seconds."""

    world: datetime
    count: int
    p50: float
    p99: float
    max: float


class AppliedFault(OutcomeModel):
    """A fault as it was carried out; `restored_*` is when the part was put back, None if that failed."""

    does: str
    whom: str
    planned_at: str
    """The span of the file."""
    began_real: datetime
    began_world: datetime
    restored_real: datetime | None = None
    restored_world: datetime | None = None
    ready_real: datetime | None = None
    """When it answered again, where that was watched."""
    ready_world: datetime | None = None
    note: str = ""


class Checks(OutcomeModel):
    """Something else that was compared: beds given, for instance."""

    what: str
    expected: int
    found: int


class Verdict(OutcomeModel):
    """The verdict, and every reason against the drill."""

    passed: bool
    reasons: tuple[Text, ...] = ()
    omitted: int = 0
    """Further reasons of the same kinds, which are counted only."""


class Outcome(OutcomeModel):
    """The whole drill."""

    version: Literal[1] = 1
    scenario: str
    title: Text
    seed: int
    share: float = 1.0
    url: str | None
    """None where the drill started a platform of its own."""
    speed: float
    times: Times
    facts: dict[str, Facts]
    clocks: dict[str, Clocks]
    pages: dict[str, Pages]
    answers: dict[str, Answers] = Field(default_factory=dict[str, Answers])
    messages: int = 0
    """Pages as people got them, each with all its lines."""
    firing: Quantiles = Quantiles()
    """How late lines of pages were, in real seconds, outside of faults."""
    firing_in_faults: Quantiles = Quantiles()
    """The same of those whose moment lay in a fault or its recovery."""
    firing_over_time: tuple[Lateness, ...] = ()
    throughput: tuple[Bucket, ...] = ()
    rows_per_second: float = 0.0
    """Over the time in which rows were told."""
    latency: dict[str, Quantiles] = Field(default_factory=dict[str, Quantiles])
    """Of calls that were answered, by route, in real seconds."""
    unanswered: dict[str, int] = Field(default_factory=dict[str, int])
    """Calls without an acceptance by reason: a status, or what went wrong with the connection."""
    faults: tuple[AppliedFault, ...] = ()
    checks: tuple[Checks, ...] = ()
    bounds: Bounds | None = None
    """What the scenario lets pass."""
    verdict: Verdict


def write_outcome(outcome: Outcome, folder: Path) -> Path:
    """Write `outcome.json` into a folder, which is made, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "outcome.json"
    path.write_text(outcome.model_dump_json(indent=2) + "\n", "utf-8")
    return path


def read_outcome(path: Path) -> Outcome:
    """Return an outcome from its file; raises ValueError for one that cannot be read."""
    return Outcome.model_validate_json(path.read_bytes())
