"""Buyers of drugs who are followed, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.registration.actions.sentinels.read_drugs import FollowUpHistory
from services.registration.rules.sentinels.drug_sale import FollowReason
from services.registration.rules.sentinels.follow_up import FollowUp, FollowUpOutcome, FollowUpState
from services.registration.wire.drug_sales import DrugSaleView
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.vocabulary import Symptom


class LookRow(WireModel):
    """That somebody asked after a buyer 跟踪情况, and which symptoms were found."""

    followed_at: WireInstant
    symptoms: Annotated[list[Symptom], Field(max_length=50)]
    """Empty where there are none."""


class ClosingRow(WireModel):
    """What came of following a buyer 跟踪结果."""

    outcome: FollowUpOutcome
    closed_at: WireInstant | None = None
    """Without it, now."""


class FollowUpView(BaseModel):
    """What holds of a buyer's follow-up."""

    follow_up_id: UUID
    person_id: UUID
    division: str
    state: FollowUpState
    reasons: list[FollowReason]
    symptoms: list[Symptom]
    sales: int
    last_sold_at: AwareDatetime
    opened_at: AwareDatetime
    followed_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    outcome: FollowUpOutcome | None

    @classmethod
    def of(cls, held: FollowUp) -> "FollowUpView":
        """Return the wire's form of a follow-up."""
        return cls.model_validate(_shown(held))


def _shown(held: FollowUp) -> dict[str, object]:
    return {
        "follow_up_id": held.id,
        "person_id": held.person_id,
        "division": held.division,
        "state": held.state,
        "reasons": sorted(held.reasons),
        "symptoms": sorted(held.symptoms),
        "sales": held.sales,
        "last_sold_at": held.last_sold_at,
        "opened_at": held.opened_at,
        "followed_at": held.followed_at,
        "closed_at": held.closed_at,
        "outcome": held.outcome,
    }


class LookView(BaseModel):
    """One time that somebody asked after a buyer."""

    followed_at: AwareDatetime
    symptoms: list[Symptom]
    received_at: AwareDatetime


class FollowUpHistoryView(FollowUpView):
    """A follow-up with the sales that called for it and each time that somebody asked."""

    purchases: list[DrugSaleView]
    looks: list[LookView]

    @classmethod
    def with_history(cls, history: FollowUpHistory) -> "FollowUpHistoryView":
        """Return the wire's form of a follow-up with its history."""
        looks = [
            LookView(followed_at=one.followed_at, symptoms=sorted(one.symptoms), received_at=one.received_at)
            for one in history.looks
        ]
        return cls.model_validate(
            {
                **_shown(history.follow_up),
                "purchases": [DrugSaleView.of(sale) for sale in history.sales],
                "looks": looks,
            }
        )
