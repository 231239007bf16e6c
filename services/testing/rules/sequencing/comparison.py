"""Sequences that are close to one another 序列比对: by what differs, or else by their lineage (city §11).

Lineages are compared as they are written: `B.1.1.7` lies within `B.1.1`. Short names that stand for a long
one (`AY.4` for `B.1.617.2.4`) are not resolved; where both sequences name their mutations, these decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.testing.rules.sequencing.order import Order, Sequence


class Closeness(StrEnum):
    """How close two sequences are 相近程度, the closest first."""

    NEAR = "near"
    """They differ by no more mutations than the policy says."""
    SAME_LINEAGE = "same-lineage"
    WITHIN = "within"
    """One lineage lies within the other."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Another sample's sequence, held against one's own."""

    sample_id: UUID
    closeness: Closeness
    different_mutations: int | None
    """None where one of them does not say how it differs from the reference."""
    order: Order


def lies_within(lineage: str, other: str) -> bool:
    """Tell whether a lineage is another or one of its descendants, by how they are written."""
    return lineage == other or lineage.startswith(f"{other}.")


def distance(one: Sequence, other: Sequence) -> int | None:
    """Return by how many mutations two sequences differ; None when one of them does not say."""
    if one.mutations is None or other.mutations is None:
        return None
    return len(one.mutations ^ other.mutations)


def compare(own: Order, others: Iterable[Order], near_mutations: int) -> list[Comparison]:
    """Return the sequences that are close to one's own, the closest first; orders without one are left."""
    if own.sequence is None:
        return []
    found = [
        comparison
        for other in others
        if other.sample_id != own.sample_id
        and (comparison := _compare(own.sequence, other, near_mutations)) is not None
    ]
    return sorted(found, key=_place)


def _compare(own: Sequence, other: Order, near_mutations: int) -> Comparison | None:
    if other.sequence is None:
        return None
    different = distance(own, other.sequence)
    theirs = other.sequence.lineage
    if different is not None and different <= near_mutations:
        closeness = Closeness.NEAR
    elif theirs == own.lineage:
        closeness = Closeness.SAME_LINEAGE
    elif lies_within(theirs, own.lineage) or lies_within(own.lineage, theirs):
        closeness = Closeness.WITHIN
    else:
        return None
    return Comparison(other.sample_id, closeness, different, other)


def _place(one: Comparison) -> tuple[int, int, float, int]:
    """Closest first; then those that differ least, then the latest."""
    different = one.different_mutations
    unknown = 1 << 30
    return (
        list(Closeness).index(one.closeness),
        unknown if different is None else different,
        -one.order.positive_at.timestamp(),
        one.sample_id.int,
    )
