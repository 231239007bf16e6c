"""A cold-chain lot 冷链食品批次: what it is, where it came, and where it went from there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.registration.rules.places.four_proofs import Lacking, LotState, Proof
from services.registration.rules.telling import Telling
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.policy.key_places import ColdChain

_SEPARATORS = re.compile(r"[\s._:/#-]+")


def number_key(number: str) -> str:
    """Return a number as it is compared: in capitals, without spaces and separators."""
    return _SEPARATORS.sub("", number).upper()


def lot_id(place_id: UUID, number: str) -> UUID:
    """Return the id of the lot that a place received under a number."""
    return derived_id("cold-chain-lot", place_id, number)


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What a lot is; none of it changes."""

    place_id: UUID
    number: str
    goods: str
    origin: str
    amount: Decimal
    unit: str

    @property
    def id(self) -> UUID:
        """The lot's id: one number at the place that first received it."""
        return lot_id(self.place_id, self.number)


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot as it was judged last."""

    facts: LotFacts
    division: str
    state: LotState
    lacks: tuple[Lacking, ...]
    judgement: int
    judged_at: datetime

    @property
    def id(self) -> UUID:
        """The lot's id."""
        return self.facts.id


@dataclass(frozen=True, slots=True)
class LotStatement:
    """What a sender says of a lot that came to a place; its proofs may follow later."""

    facts: LotFacts
    division: str
    proofs: tuple[Proof, ...]
    told: Telling


@dataclass(frozen=True, slots=True)
class Movement:
    """A part of a lot that went from place to place; None stands for outside, and for having been sold."""

    lot_id: UUID
    reference: str
    from_place: UUID | None
    to_place: UUID | None
    amount: Decimal
    told: Telling

    @property
    def id(self) -> UUID:
        """The movement's id: one reference at the place that it leaves is one movement of the lot."""
        return derived_id("cold-chain-movement", self.lot_id, self.from_place, self.reference)


def arrival(statement: LotStatement) -> Movement:
    """Return the movement by which a lot came to its first place."""
    facts = statement.facts
    return Movement(facts.id, facts.number, None, facts.place_id, facts.amount, statement.told)


def problems_of(statement: LotStatement, law: ColdChain, now: datetime) -> list[FieldProblem]:
    """Return why a lot cannot be stored, field by field; an empty list when it can."""
    told = {"occurred_at": statement.told.at, "recorded_at": statement.told.recorded_at}
    problems = problems_ahead(told, now)
    if statement.facts.unit not in law.units:
        problems.append(FieldProblem("unit", f"is none of {', '.join(law.units)}"))
    kinds = [proof.id for proof in law.proofs]
    for position, proof in enumerate(statement.proofs):
        if proof.kind not in kinds:
            problems.append(FieldProblem(f"proofs.{position}.kind", f"is none of {', '.join(kinds)}"))
    return problems


class Direction(StrEnum):
    """Which way a lot is traced 追溯方向."""

    FORWARD = "forward"
    BACKWARD = "backward"


def trace(movements: Iterable[Movement], place: UUID, direction: Direction) -> list[Movement]:
    """Return the movements by which goods could have come from a place (forward) or to it (backward).

    Time runs one way: what left a place before anything reached it from there carried none of it. Movements
    of one instant may follow one another in any order.
    """
    forward = direction is Direction.FORWARD
    known = sorted(movements, key=lambda one: (one.told.at, one.id), reverse=not forward)
    reached: dict[UUID | None, datetime] = {}
    found: dict[UUID, Movement] = {}
    nearer = min if forward else max
    while True:
        before = (len(found), dict(reached))
        for one in known:
            start, end = (one.from_place, one.to_place) if forward else (one.to_place, one.from_place)
            if start is None or not _follows(start, one.told.at, place, reached, forward=forward):
                continue
            found[one.id] = one
            reached[end] = nearer(reached.get(end, one.told.at), one.told.at)
        if (len(found), reached) == before:
            return sorted(found.values(), key=lambda one: (one.told.at, one.id))


def _follows(
    start: UUID, at: datetime, place: UUID, reached: Mapping[UUID | None, datetime], *, forward: bool
) -> bool:
    if start == place:
        return True
    since = reached.get(start)
    return since is not None and (at >= since if forward else at <= since)


def places_of(movements: Sequence[Movement]) -> set[UUID]:
    """Return every place that stands in the movements."""
    return {id_ for one in movements for id_ in (one.from_place, one.to_place) if id_ is not None}
