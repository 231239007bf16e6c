"""An order to sequence a positive sample 基因测序任务, and what may become of it (city §11).

Every positive gets one. It ends with a sequence or with a reason why there is none; it is void when the
positive is withdrawn. A sample that was excluded may be sequenced after all.
"""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from shared.errors import Conflict, FieldProblem
from shared.policy.laboratories import SequencingLaw

LAST_INSTANT = datetime.max.replace(tzinfo=UTC)


class OrderState(StrEnum):
    """How an order stands 测序状态."""

    ORDERED = "ordered"
    EXCLUDED = "excluded"
    SEQUENCED = "sequenced"
    VOID = "void"
    """The positive was withdrawn."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a sample is not sequenced, by the policy's list; some reasons need the Ct value."""

    reason_code: str
    ct: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """What a sample was found to hold."""

    laboratory: str
    lineage: str
    accession: str
    """Under which the sequence is kept; one accession is one sample's."""
    sequenced_at: datetime
    mutations: frozenset[str] | None = None
    """What differs from the reference, where the laboratory said so."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands."""

    sample_id: UUID
    division: str
    institution: str
    person_id: UUID | None
    positive_at: datetime
    due_at: datetime
    state: OrderState
    exclusion: Exclusion | None = None
    sequence: Sequence | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should have a sequence or a reason by now."""
        return self.state is OrderState.ORDERED and now > self.due_at


def due_at(positive_at: datetime, law: SequencingLaw) -> datetime:
    """Return until when a positive has its sequence or its reason; the last of all days is no error."""
    return min(positive_at, LAST_INSTANT - law.within) + law.within


def problems_of_exclusion(exclusion: Exclusion, law: SequencingLaw) -> list[FieldProblem]:
    """Return why a reason excuses nothing, field by field; an empty list when it does."""
    if law.exclusion(exclusion.reason_code) is None:
        known = ", ".join(one.id for one in law.exclusions)
        return [FieldProblem("reason_code", f"is none of {known}")]
    if exclusion.reason_code != law.ct_exclusion:
        return []
    if exclusion.ct is None:
        return [FieldProblem("ct", f"is required for {law.ct_exclusion}")]
    if exclusion.ct <= law.ct_above:
        return [FieldProblem("ct", f"is not above {law.ct_above}; such a sample is sequenced")]
    return []


def problems_of_sequence(
    sequence: Sequence, positive: Order, now: datetime, institutions: Container[str]
) -> list[FieldProblem]:
    """Return why a sequence cannot be a sample's, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    if sequence.laboratory not in institutions:
        problems.append(FieldProblem("laboratory", f"unknown institution {sequence.laboratory!r}"))
    if sequence.sequenced_at < positive.positive_at - timedelta(days=1):
        problems.append(FieldProblem("sequenced_at", "lies more than a day before the sample was positive"))
    return problems


def exclude(order: Order, exclusion: Exclusion) -> Order:
    """Return the order as it stands when its sample is not sequenced; the last reason holds.

    Raises Conflict for one that has a sequence or is void.
    """
    if order.state is OrderState.SEQUENCED:
        raise Conflict("The sample has been sequenced.")
    if order.state is OrderState.VOID:
        raise Conflict("The positive was withdrawn; its order is void.")
    return replace(order, state=OrderState.EXCLUDED, exclusion=exclusion)


def sequence(order: Order, found: Sequence) -> Order:
    """Return the order with its sequence; a later one corrects the one on record, which stays in its history.

    Raises Conflict for one that is void.
    """
    if order.state is OrderState.VOID:
        raise Conflict("The positive was withdrawn; its order is void.")
    return replace(order, state=OrderState.SEQUENCED, sequence=found)


def void(order: Order) -> Order:
    """Return the order as it stands when its positive was withdrawn; what was sequenced stays on record."""
    return replace(order, state=OrderState.VOID)
