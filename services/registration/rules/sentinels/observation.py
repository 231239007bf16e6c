"""What a sentinel saw when it sold a drug: a buyer with listed symptoms is a patient whom it must report.

The two hours run from the sale (渝肺炎组发〔2021〕1号 sentinel sentence, 渡建胜肺炎组发〔2021〕2号 §17). All
lines of a receipt are one patient. The report that names the receipt stops the clock, whichever comes first.
"""

from datetime import timedelta

from services.registration.rules.sentinels.drug_sale import DrugSale, suspect_symptoms
from services.registration.rules.sentinels.symptom_report import SymptomStatement, due_at, reference_of_sale
from shared.policy.surveillance import SurveillanceFile


def observed_at_sale(sale: DrugSale, law: SurveillanceFile, within: timedelta) -> SymptomStatement | None:
    """Return what the sentinel saw; None for a buyer who declared no listed symptom.

    `within` is the policy's time for a report.
    """
    symptoms = suspect_symptoms(sale, law)
    if not symptoms:
        return None
    return SymptomStatement(
        reference=reference_of_sale(sale.receipt),
        sentinel=sale.sentinel,
        division=sale.division,
        symptoms=symptoms,
        seen_at=sale.sold_at,
        reported_at=None,
        due_at=due_at(sale.sold_at, within),
        recorded_at=sale.recorded_at,
        received_from=sale.received_from,
    )
