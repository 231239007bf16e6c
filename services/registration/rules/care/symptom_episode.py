"""Episodes of symptoms 症状跟进: opened by a flagged report, followed up, closed with an outcome.

A symptom is followed up (渡建胜肺炎组发〔2021〕2号 §11, §13). Somebody has one open episode at a time; what
comes while it is open belongs to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.vocabulary import Symptom


class FollowUp(StrEnum):
    """What was done about symptoms 跟进措施."""

    CONTACTED = "contacted"
    VISITED = "visited"
    SENT_TO_FEVER_CLINIC = "sent-to-fever-clinic"
    SAMPLED = "sampled"


class Outcome(StrEnum):
    """How an episode ended 跟进结果."""

    RECOVERED = "recovered"
    RULED_OUT = "ruled-out"
    ADMITTED = "admitted"
    ENTERED_IN_ERROR = "entered-in-error"


class EpisodeState(StrEnum):
    """How an episode stands 跟进状态."""

    OPEN = "open"
    FOLLOWED_UP = "followed-up"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Flag:
    """A report that showed a fever or listed symptoms."""

    person_id: UUID
    division: str
    symptoms: frozenset[Symptom]
    temperature_celsius: float
    measured_at: datetime
    recorded_at: datetime

    @property
    def episode_id(self) -> UUID:
        """The id of the episode that this flag opens, when none is open."""
        return derived_id("symptom-episode", self.person_id, self.measured_at, self.recorded_at)


@dataclass(frozen=True, slots=True)
class Episode:
    """What holds of an episode."""

    id: UUID
    person_id: UUID
    division: str
    symptoms: frozenset[Symptom]
    highest_temperature_celsius: float
    opened_at: datetime
    recorded_at: datetime
    followed_up_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None

    @property
    def state(self) -> EpisodeState:
        """Followed up from the first step on, closed for good."""
        if self.closed_at is not None:
            return EpisodeState.CLOSED
        return EpisodeState.OPEN if self.followed_up_at is None else EpisodeState.FOLLOWED_UP


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done about an episode, or its outcome; times aware, in UTC."""

    episode_id: UUID
    step: FollowUp | Outcome
    occurred_at: datetime
    recorded_at: datetime
    received_from: str

    @property
    def id(self) -> UUID:
        """Follows from what was done and when, so that saying it again is known as a repetition."""
        return derived_id("symptom-step", self.episode_id, self.step, self.occurred_at)


def together(flags: Iterable[Flag]) -> list[Flag]:
    """Return one flag for each person, the earliest with the symptoms of all, in the order of ids."""
    found: dict[UUID, Flag] = {}
    for flag in sorted(flags, key=lambda one: (one.person_id, one.measured_at, one.recorded_at)):
        first = found.get(flag.person_id)
        found[flag.person_id] = flag if first is None else _both(first, flag)
    return list(found.values())


def _both(first: Flag, later: Flag) -> Flag:
    return replace(
        first,
        symptoms=first.symptoms | later.symptoms,
        temperature_celsius=max(first.temperature_celsius, later.temperature_celsius),
    )


def opened_by(flag: Flag) -> Episode:
    """Return the episode that a flag opens."""
    return Episode(
        id=flag.episode_id,
        person_id=flag.person_id,
        division=flag.division,
        symptoms=flag.symptoms,
        highest_temperature_celsius=flag.temperature_celsius,
        opened_at=flag.measured_at,
        recorded_at=flag.recorded_at,
    )


def grown_by(episode: Episode, flag: Flag) -> Episode:
    """Return an open episode with what a further flag adds to it."""
    return replace(
        episode,
        symptoms=episode.symptoms | flag.symptoms,
        highest_temperature_celsius=max(episode.highest_temperature_celsius, flag.temperature_celsius),
    )


def after_step(episode: Episode, step: Step) -> Episode:
    """Return an open episode after a step; an outcome closes it."""
    followed_up_at = min(filter(None, (episode.followed_up_at, step.occurred_at)))
    if isinstance(step.step, Outcome):
        return replace(episode, followed_up_at=followed_up_at, closed_at=step.occurred_at, outcome=step.step)
    return replace(episode, followed_up_at=followed_up_at)


def step_problems(step: Step, episode: Episode, now: datetime) -> Sequence[FieldProblem]:
    """Return why a step cannot be stored, field by field."""
    problems = problems_ahead({"occurred_at": step.occurred_at, "recorded_at": step.recorded_at}, now)
    if step.occurred_at < episode.opened_at:
        problems.append(FieldProblem("occurred_at", "lies before the episode began"))
    return problems
