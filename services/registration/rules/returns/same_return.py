"""Which arrivals are one return: those of one person, in one place, within a few days of each other.

The railway's list, the neighbour and the person tell of the same arrival under references of their own, and
not of the same hour: that is one return with one clock (渡建胜肺炎组发〔2021〕2号 §16). How near arrivals
must lie is the policy's to say. Divisions that lie beside each other have a return each: whoever goes on
from one village to the next is registered in both. Of two that lie within each other the nearer one keeps
the return.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.registration.rules.returns.return_merge import Named, Return, ReturnStatement
from shared.contracts import derived_id
from shared.divisions import contains


@dataclass(frozen=True, slots=True)
class Candidate:
    """A return as far as it decides which others are the same."""

    named: Named
    person_id: UUID | None
    first: datetime
    last: datetime
    is_new: bool = False

    @property
    def id(self) -> UUID:
        """The return's id."""
        return self.named.id

    @property
    def division(self) -> str:
        """The division that the return lies in."""
        return self.named.division

    @classmethod
    def of(cls, held: Return, person_id: UUID | None) -> "Candidate":
        """Return a return on record, with whom its person is now."""
        named = Named(held.id, held.division, held.reference)
        return cls(named, person_id, held.arrived.at, held.last_arrival_at)


@dataclass(slots=True)
class Settled:
    """What is one: for each statement its return, for each reference anew what it names, who ends in whom."""

    targets: list[Named] = field(default_factory=list[Named])
    references: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])
    withdrawn: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])


def settle(
    statements: Sequence[ReturnStatement],
    references: Mapping[UUID, UUID],
    known: Iterable[Candidate],
    *,
    within: timedelta,
) -> Settled:
    """Return which returns the statements are about and which of those known turn out to be one.

    `references` are those that were known, with their returns; `known` holds these and all other returns of
    the same people. The people of statements and returns are those who survive every merge.
    """
    candidates = {one.id: one for one in known}
    named = dict(references)
    about: list[UUID] = []
    for statement in statements:
        reference = reference_of(statement, named, candidates)
        id_ = named.setdefault(reference, reference)
        candidates[id_] = _extended(candidates.get(id_), id_, statement)
        about.append(id_)
    ends = _ends(candidates.values(), within)
    settled = Settled(targets=[candidates[ends.get(id_, id_)].named for id_ in about])
    for reference, id_ in named.items():
        end = ends.get(id_, id_)
        if references.get(reference) != end:
            settled.references[reference] = end
    settled.withdrawn = {id_: end for id_, end in ends.items() if id_ != end and not candidates[id_].is_new}
    return settled


def reference_of(
    statement: ReturnStatement, named: Mapping[UUID, UUID], candidates: Mapping[UUID, Candidate]
) -> UUID:
    """Return the id of a statement's reference; one that names another's return is one for each person.

    So nobody's intake waits because a sender used a mark twice.
    """
    own = statement.reference_id
    holder = candidates.get(named.get(own, own))
    if holder is None or None in (holder.person_id, statement.person_id):
        return own
    return own if holder.person_id == statement.person_id else shared_reference(own, statement.person_id)


def shared_reference(reference: UUID, person_id: UUID | None) -> UUID:
    """Return the id of a reference that another person's return had first."""
    return derived_id("return-of-another", reference, person_id)


def _extended(known: Candidate | None, id_: UUID, statement: ReturnStatement) -> Candidate:
    at = statement.arrived_at
    if known is None:
        named = Named(id_, statement.division, statement.reference)
        return Candidate(named, statement.person_id, at, at, is_new=True)
    return replace(
        known,
        person_id=known.person_id or statement.person_id,
        first=min(known.first, at),
        last=max(known.last, at),
    )


def _ends(candidates: Iterable[Candidate], within: timedelta) -> dict[UUID, UUID]:
    """Return for every return of a person in which it ends: itself, or the one that it turns out to be."""
    of_person: defaultdict[UUID, list[Candidate]] = defaultdict(list)
    for one in candidates:
        if one.person_id is not None:
            of_person[one.person_id].append(one)
    ends: dict[UUID, UUID] = {}
    for several in of_person.values():
        if len(several) > 1:
            for winner, others in _joined(several, within):
                ends |= {one.id: winner.id for one in (winner, *others)}
    return ends


def _joined(several: Sequence[Candidate], within: timedelta) -> list[tuple[Candidate, list[Candidate]]]:
    """Return the returns of one person that stand, each with those that end in it."""
    standing: list[tuple[Candidate, list[Candidate]]] = []
    for one in sorted(several, key=_precedence):
        joined = one, list[Candidate]()
        while same := [other for other in standing if _are_one(joined[0], other[0], within)]:
            standing.remove(same[0])
            joined = _join(joined, same[0])
        standing.append(joined)
    return standing


def _join(
    one: tuple[Candidate, list[Candidate]], other: tuple[Candidate, list[Candidate]]
) -> tuple[Candidate, list[Candidate]]:
    winner, loser = (one, other) if _precedence(one[0]) < _precedence(other[0]) else (other, one)
    spanned = replace(
        winner[0], first=min(one[0].first, other[0].first), last=max(one[0].last, other[0].last)
    )
    return spanned, [*winner[1], loser[0], *loser[1]]


def _precedence(one: Candidate) -> tuple[int, bool, datetime, int]:
    """The nearer division stands, then what is on record, then the earliest arrival."""
    return -len(one.division), one.is_new, one.first, one.id.int


def _are_one(one: Candidate, other: Candidate, within: timedelta) -> bool:
    if not (contains(one.division, other.division) or contains(other.division, one.division)):
        return False
    return max(one.first, other.first) - min(one.last, other.last) <= within
