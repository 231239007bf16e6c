"""Members of a pool that was not negative 混采阳性成员: pending until a single sample decides about each.

What became of a member follows from the results of samples that were taken of it singly afterwards, in
whatever order they come; the pool itself is no case (city §8).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.vocabulary import Result


class MemberState(StrEnum):
    """What became of a member of a pool."""

    PENDING = "pending"
    CLEARED = "cleared"
    POSITIVE = "positive"


_STATES: Mapping[Result, MemberState] = {
    Result.NEGATIVE: MemberState.CLEARED,
    Result.POSITIVE: MemberState.POSITIVE,
}


Place = tuple[str, str]
"""An object that was sampled: its unit, and its code there."""


@dataclass(frozen=True, slots=True)
class PoolMember:
    """One sample of the pool and whose it is."""

    sample_id: UUID
    sampled_at: datetime
    person_id: UUID | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a sample that was taken singly was found to be, as it stands."""

    sample_id: UUID
    sampled_at: datetime
    result: Result
    resulted_at: datetime
    person_id: UUID | None = None
    place: Place | None = None
    retest_of: UUID | None = None
    """The pool's sample that it is to decide, where the sampler said so."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a member, and by which finding; none while it is pending."""

    state: MemberState
    by: Finding | None = None


def decide(member: PoolMember, resulted_at: datetime, findings: Iterable[Finding]) -> Decided:
    """Return what became of a member of a pool whose result was obtained at `resulted_at`.

    The first clear finding decides, by when its sample was taken: what is found weeks later is another
    matter. A sample that names the member as the one it retests counts from the pool's own sampling on.
    """
    first = min(
        (one for one in findings if one.result in _STATES and _concerns(one, member, resulted_at)),
        key=lambda one: (one.sampled_at, one.sample_id),
        default=None,
    )
    return Decided(MemberState.PENDING) if first is None else Decided(_STATES[first.result], first)


def _concerns(finding: Finding, member: PoolMember, resulted_at: datetime) -> bool:
    if finding.person_id is not None and member.person_id is not None:
        is_same, may_be = (finding.person_id == member.person_id,) * 2
    else:
        is_same = finding.place is not None and finding.place == member.place
        may_be = True
    if may_be and finding.retest_of == member.sample_id:
        return finding.sampled_at > member.sampled_at
    return is_same and finding.sampled_at >= resulted_at


def resolved_at(decided: Sequence[Decided]) -> datetime | None:
    """Return since when every member known is decided; None while one is pending, or none is known."""
    if not decided or any(one.by is None for one in decided):
        return None
    return max(one.by.resulted_at for one in decided if one.by is not None)
