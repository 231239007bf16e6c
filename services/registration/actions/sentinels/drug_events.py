"""What is told of buyers of drugs: ids, a division and facts, never who they are."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from services.registration.rules.sentinels.follow_up import CallingSale
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import DrugBuyerFlagged, SymptomFlagged
from shared.vocabulary import Symptom


def buyer_flagged(call: CallingSale, follow_up_id: UUID) -> Envelope:
    """Return that somebody must ask after a buyer."""
    sale = call.sale
    event = DrugBuyerFlagged(
        division=sale.residence,
        occurred_at=sale.sold_at,
        recorded_at=sale.recorded_at,
        sale_id=sale.id,
        person_id=call.person_id,
        follow_up_id=follow_up_id,
        sentinel=sale.sentinel,
        category=sale.category,
        reasons=sorted(call.reasons),
        symptoms=sorted(call.symptoms),
    )
    return envelop(event, id=derived_id(event.TYPE, sale.id))


def symptom_flagged(
    person_id: UUID,
    division: str,
    symptoms: AbstractSet[Symptom],
    *,
    at: datetime,
    recorded_at: datetime,
    cause: UUID,
) -> Envelope:
    """Return that somebody under management has listed symptoms; `cause` is what showed them."""
    event = SymptomFlagged(
        division=division,
        occurred_at=at,
        recorded_at=recorded_at,
        person_id=person_id,
        symptoms=sorted(symptoms),
    )
    return envelop(event, id=derived_id(event.TYPE, person_id, cause, at))
