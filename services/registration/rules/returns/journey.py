"""The way home 返乡行程: origin, places passed, transport, papers, entry, as several sources tell of it.

Of each source the word entered last holds, so that whoever was wrong can say it anew; what different sources
say stands side by side: the stays of all are one route, and papers are collected. The order, repetition and
delay of statements make no difference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from services.registration.rules.plans.facts import Entry, Proof
from shared.contracts import derived_id

Field: TypeAlias = str
Source: TypeAlias = str


class TransportKind(StrEnum):
    """What somebody came with 交通方式."""

    TRAIN = "train"
    FLIGHT = "flight"
    COACH = "coach"
    SHIP = "ship"
    CAR = "car"
    MOTORCYCLE = "motorcycle"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class Passed:
    """A stay before the return, first and last day in Asia/Shanghai included."""

    area: str
    entered_on: date
    left_on: date


@dataclass(frozen=True, slots=True)
class Transport:
    """Train, flight, coach or car; the number as `normal_vehicle` writes it."""

    kind: TransportKind
    number: str | None = None
    seat: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one source says of one field, and when that was entered."""

    field: Field
    source: Source
    recorded_at: datetime
    value: Any

    @property
    def order(self) -> tuple[datetime, str]:
        """The later word holds; of two entered at one instant one of them, always the same."""
        return self.recorded_at, repr(self.value)


@dataclass(frozen=True, slots=True)
class PaperWord:
    """That a paper is withdrawn because it was false, or holds after all; the word entered last holds."""

    paper_id: UUID
    recorded_at: datetime
    withdrawn: bool
    reason: str

    @property
    def order(self) -> tuple[datetime, bool, str]:
        """Of two words entered at one instant the stricter one holds."""
        return self.recorded_at, self.withdrawn, self.reason


def paper_id(paper: Proof) -> UUID:
    """Return the id of a paper: what it says, whoever showed it."""
    sampled_at = paper.sampled_at and paper.sampled_at.astimezone(UTC)
    return derived_id("paper", paper.kind, sampled_at, paper.issued_on, paper.result, paper.institution)


@dataclass(frozen=True, slots=True)
class Journey:
    """Everything that is told of a way home, by field and source; `proofs` are of all sources."""

    told: Mapping[tuple[Field, Source], Told]
    proofs: frozenset[Proof]
    """Every paper that was shown, the withdrawn ones among them."""
    words: Mapping[UUID, PaperWord] = field(default_factory=dict[UUID, PaperWord])
    """What is said of papers afterwards, by paper."""

    @classmethod
    def of(
        cls,
        source: Source,
        recorded_at: datetime,
        *,
        origin: str | None = None,
        route: tuple[Passed, ...] | None = None,
        transport: Transport | None = None,
        entry: Entry | None = None,
        returning_worker: bool | None = None,
        proofs: Iterable[Proof] = (),
    ) -> "Journey":
        """Return what one statement says; None: nothing is said of it."""
        said = {
            "origin": origin,
            "route": route,
            "transport": transport,
            "entry": entry,
            "returning_worker": returning_worker,
        }
        told = {
            (field, source): Told(field, source, recorded_at, value)
            for field, value in said.items()
            if value is not None
        }
        return cls(told, frozenset(proofs)) if told or proofs else UNTOLD

    def __bool__(self) -> bool:
        return bool(self.told or self.proofs or self.words)

    @property
    def papers(self) -> frozenset[Proof]:
        """The papers that hold: those shown and not withdrawn."""
        if not self.words:
            return self.proofs
        return frozenset(paper for paper in self.proofs if not self.is_withdrawn(paper))

    def is_withdrawn(self, paper: Proof) -> bool:
        """Tell whether a paper was withdrawn."""
        word = self.words.get(paper_id(paper))
        return word is not None and word.withdrawn

    @property
    def origin(self) -> str | None:
        """The place of departure."""
        return self._last("origin")

    @property
    def transport(self) -> Transport | None:
        """What the person came with."""
        return self._last("transport")

    @property
    def entry(self) -> Entry | None:
        """The entry into the country."""
        return self._last("entry")

    @property
    def returning_worker(self) -> bool:
        """Whether any source says that a migrant worker returns."""
        return any(told.value for (field, _), told in self.told.items() if field == "returning_worker")

    @property
    def route(self) -> tuple[Passed, ...]:
        """The stays that any source tells of, in the order of their areas."""
        routes = [told.value for (field, _), told in self.told.items() if field == "route"]
        return tuple(sorted({stay for route in routes for stay in route}))

    @property
    def said(self) -> str:
        """What is said, apart from when it was entered: a repetition is known by it."""
        told = sorted((one.field, one.source, repr(one.value)) for one in self.told.values())
        said = (told, sorted(map(repr, self.proofs)))
        words = sorted((str(one.paper_id), one.order) for one in self.words.values())
        return repr((*said, words) if words else said) if self else ""

    def _last(self, field: Field) -> Any:
        told = [one for (of, _), one in self.told.items() if of == field]
        return max(told, key=lambda one: (one.order, one.source)).value if told else None


UNTOLD = Journey({}, frozenset())
"""The journey of whoever is only known to have arrived."""


def merge_journeys(one: Journey, other: Journey) -> Journey:
    """Return what is told by both."""
    if not other or one == other:
        return one
    if not one:
        return other
    told = dict(one.told)
    for key, new in other.told.items():
        known = told.get(key)
        if known is None or new.order > known.order:
            told[key] = new
    words = dict(one.words)
    for id_, word in other.words.items():
        if (known := words.get(id_)) is None or word.order > known.order:
            words[id_] = word
    return Journey(told, one.proofs | other.proofs, words)


def normal_vehicle(number: str) -> str:
    """Return the number of a train, flight, coach or car as it is compared: capitals without blanks."""
    return "".join(
        character for character in number.upper() if not character.isspace() and character not in "-·•."
    )
