"""What was sent in a drill and what was answered: counts, and of every fact when it was known to be kept."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from drills.load.plan import Fact
from shared.clock import Clock

BUCKET_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Telling:
    """Rows on their way."""

    facts: tuple[Fact, ...]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A fact that the platform answered for; instants are the world's."""

    fact: Fact
    first_sent_at: datetime
    """It cannot have been kept before."""
    at: datetime
    """It was kept by then."""
    row: Mapping[str, Any]
    """The answer's row, as far as it is looked at."""


@dataclass(slots=True)
class Second:
    """What happened in one interval of real time."""

    rows: int = 0
    accepted: int = 0
    retried: int = 0
    behind_seconds: float = 0.0
    call_seconds: list[float] = field(default_factory=list[float])


KEPT_OF_ROW = ("room", "no_room_because")


@dataclass(slots=True)
class Log:
    """Counts everything while it happens; real time is that of the drill's own machine."""

    clock: Clock
    began: float = field(default_factory=time.monotonic)
    accepted: dict[str, Accepted] = field(default_factory=dict[str, Accepted])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    sent: Counter[str] = field(default_factory=Counter[str])
    """How often each fact was told."""
    ids: dict[str, str] = field(default_factory=dict[str, str])
    """What the platform calls what a fact is about, by the fact that began it."""
    calls: Counter[str] = field(default_factory=Counter[str])
    duplicates: Counter[str] = field(default_factory=Counter[str])
    retried: Counter[str] = field(default_factory=Counter[str])
    stored: Counter[str] = field(default_factory=Counter[str])
    """How often each fact was answered to be new."""
    no_acceptance: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict[str, list[float]](list))
    buckets: dict[int, Second] = field(default_factory=lambda: defaultdict[int, Second](Second))

    @property
    def now_bucket(self) -> Second:
        """The interval that is running."""
        return self.buckets[int((time.monotonic() - self.began) / BUCKET_SECONDS)]

    def sending(self, telling: Telling, *, again: bool) -> None:
        """Rows are sent, for the first time or again."""
        bucket = self.now_bucket
        bucket.rows += len(telling.facts)
        bucket.retried += len(telling.facts) if again else 0
        for fact in telling.facts:
            self.sent[fact.id] += 1
            self.calls[fact.kind] += 1
            self.retried[fact.kind] += again

    def behind(self, seconds: float) -> None:
        """A call begins so many real seconds after its time."""
        bucket = self.now_bucket
        bucket.behind_seconds = max(bucket.behind_seconds, seconds)

    def latency(self, route: str, seconds: float) -> None:
        """A call was answered."""
        self.seconds[route].append(seconds)
        self.now_bucket.call_seconds.append(seconds)

    def unanswered(self, reason: str) -> None:
        """A call brought no acceptance and is made again."""
        self.no_acceptance[reason] += 1

    def problem(self, problem: BaseException) -> None:
        """A call ended in a way that nobody foresaw."""
        self.problems.append(f"{type(problem).__name__}: {problem}")

    def accept(
        self,
        fact: Fact,
        verdict: str,
        *,
        first: datetime,
        at: datetime,
        row: Mapping[str, Any],
        id_field: str | None,
    ) -> None:
        """The platform answered that a row is stored, or known to it."""
        if verdict == "duplicate":
            self.duplicates[fact.kind] += 1
        else:
            self.stored[fact.id] += 1
        held = self.accepted.get(fact.id)
        if held is None:
            self.now_bucket.accepted += 1
            kept = {name: row[name] for name in KEPT_OF_ROW if name in row}
            self.accepted[fact.id] = Accepted(fact, first, at, kept)
        elif first < held.first_sent_at:
            self.accepted[fact.id] = Accepted(fact, first, held.at, held.row)
        if id_field is not None and row.get(id_field):
            self.ids[fact.about] = str(row[id_field])

    def refuse(self, fact: Fact, reason: str) -> None:
        """The platform refused a row for good."""
        if fact.id not in self.accepted:
            self.refused[fact.id] = reason
