"""Following a buyer of drugs 购药人员实时跟踪: to be followed, followed, closed; a new sale opens it again.

Every buyer has at most one follow-up that is not closed (渡建胜肺炎组发〔2021〕2号 §8(4)).
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.sentinels.drug_sale import DrugSale, FollowReason
from shared.contracts import derived_id
from shared.vocabulary import Symptom


class FollowUpState(StrEnum):
    """How a follow-up stands 跟踪状态."""

    TO_BE_FOLLOWED = "to-be-followed"
    FOLLOWED = "followed"
    CLOSED = "closed"


class FollowUpOutcome(StrEnum):
    """How a follow-up ended 跟踪结果."""

    NO_SYMPTOMS = "no-symptoms"
    RECOVERED = "recovered"
    IN_TREATMENT = "in-treatment"
    FOR_SOMEBODY_ELSE = "for-somebody-else"
    """The drug was for another person, who is followed instead."""
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What holds of a buyer's follow-up."""

    id: UUID
    person_id: UUID
    division: str
    state: FollowUpState
    reasons: frozenset[FollowReason]
    symptoms: frozenset[Symptom]
    """All listed symptoms that the buyer declared or that were found since."""
    sales: int
    last_sold_at: datetime
    opened_at: datetime
    followed_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: FollowUpOutcome | None = None


@dataclass(frozen=True, slots=True)
class CallingSale:
    """A sale that calls for the buyer to be followed."""

    sale: DrugSale
    person_id: UUID
    reasons: frozenset[FollowReason]
    symptoms: frozenset[Symptom]


def called_for(held: FollowUp | None, calls: Sequence[CallingSale], now: datetime) -> FollowUp:
    """Return the follow-up of one buyer after sales that call for it: somebody must ask, also once more."""
    last = max(calls, key=lambda call: (call.sale.sold_at, call.sale.id))
    reasons = frozenset(reason for call in calls for reason in call.reasons)
    symptoms = frozenset(symptom for call in calls for symptom in call.symptoms)
    if held is None:
        return FollowUp(
            id=derived_id("drug-follow-up", last.person_id, min(call.sale.id for call in calls)),
            person_id=last.person_id,
            division=last.sale.residence,
            state=FollowUpState.TO_BE_FOLLOWED,
            reasons=reasons,
            symptoms=symptoms,
            sales=len(calls),
            last_sold_at=last.sale.sold_at,
            opened_at=now,
        )
    return replace(
        held,
        state=FollowUpState.TO_BE_FOLLOWED,
        reasons=held.reasons | reasons,
        symptoms=held.symptoms | symptoms,
        sales=held.sales + len(calls),
        last_sold_at=max(held.last_sold_at, last.sale.sold_at),
    )


def followed(held: FollowUp, at: datetime, symptoms: AbstractSet[Symptom]) -> FollowUp:
    """Return it after somebody asked; `symptoms` are the listed ones that were found."""
    return replace(
        held,
        state=FollowUpState.FOLLOWED,
        symptoms=held.symptoms | symptoms,
        reasons=held.reasons | ({FollowReason.SYMPTOMS} if symptoms else set()),
        followed_at=at if held.followed_at is None else max(held.followed_at, at),
    )


def closed(held: FollowUp, at: datetime, outcome: FollowUpOutcome) -> FollowUp:
    """Return it closed with what came of it."""
    return replace(held, state=FollowUpState.CLOSED, closed_at=at, outcome=outcome)


def refusal_to_close(held: FollowUp) -> str | None:
    """Return why a follow-up cannot be closed; None when it can."""
    if held.state is FollowUpState.TO_BE_FOLLOWED:
        return "Nobody has asked after the buyer since the last purchase."
    return None
