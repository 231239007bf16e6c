"""The sale or prescription of a drug that is recorded under the buyer's real name 药品销售实名登记.

The policy lists the kinds of drugs and what of the buyer must be known (渡建胜肺炎组发〔2021〕2号 §8(4), §17,
渝肺炎组发〔2021〕1号 §8).
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.day_count import day_of
from services.registration.rules.people import person
from services.registration.rules.people.person import PersonStated
from services.registration.rules.sentinels.sentinel import township_of
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.policy.surveillance import Drugs, SurveillanceFile
from shared.vocabulary import Symptom


class SaleKind(StrEnum):
    """How the drug was given out 销售或处方."""

    SALE = "sale"
    PRESCRIPTION = "prescription"


class FollowReason(StrEnum):
    """Why a buyer is followed 跟踪原因."""

    SYMPTOMS = "symptoms"
    """They declared a listed symptom."""
    UNDER_MANAGEMENT = "under-management"
    """They are under management and bought what somebody under management should not need."""


@dataclass(frozen=True, slots=True)
class DrugSale:
    """One line of a receipt; times aware, in UTC."""

    sentinel: str
    receipt: str
    line: int
    division: str
    """Where it was sold."""
    residence: str
    """Where the buyer lives or stays: whose follow-up it is."""
    kind: SaleKind
    category: str
    product: str | None
    quantity: int
    symptoms: frozenset[Symptom] | None
    """What the buyer declared; None where nobody asked."""
    sold_at: datetime
    recorded_at: datetime
    received_from: str
    buyer: PersonStated

    @property
    def id(self) -> UUID:
        """The sale's id: one line of one receipt of one sentinel is one sale."""
        return derived_id("drug-sale", township_of(self.division), self.sentinel, self.receipt, self.line)

    @property
    def content(self) -> tuple[object, ...]:
        """What a repetition of the line repeats, without who the buyer is."""
        symptoms = None if self.symptoms is None else tuple(sorted(self.symptoms))
        return (self.kind, self.category, self.product, self.quantity, symptoms, self.sold_at)


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """The plan under which somebody is managed at present."""

    plan_id: UUID
    day_zero: date


CONTRADICTS = FieldProblem("line", "this line of the receipt is on record with another content or buyer")


def problems_of(
    sale: DrugSale,
    now: datetime,
    *,
    divisions: Container[str],
    occupations: Container[str] | None,
    law: Drugs,
) -> list[FieldProblem]:
    """Return why a sale cannot be stored, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    if sale.division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {sale.division!r}"))
    if sale.residence != sale.division and sale.residence not in divisions:
        problems.append(FieldProblem("residence", f"unknown division {sale.residence!r}"))
    if law.category(sale.category) is None:
        known = ", ".join(one.id for one in law.categories)
        problems.append(FieldProblem("category", f"is none of the policy's: {known}"))
    problems += [
        FieldProblem(f"buyer.{part}", "is required: these drugs are sold under real names")
        for part in law.real_name
        if getattr(sale.buyer, part) is None
    ]
    problems += [
        FieldProblem(f"buyer.{one.field}", one.reason)
        for one in person.problems_of(sale.buyer, day_of(now), divisions, occupations)
        if one.field != "division"
    ]
    return problems + problems_ahead({"sold_at": sale.sold_at, "recorded_at": sale.recorded_at}, now)


def reasons_to_follow(
    sale: DrugSale, plan: OpenPlan | None, law: SurveillanceFile
) -> frozenset[FollowReason]:
    """Return why the buyer is followed; nothing when nothing calls for it.

    A plan that begins after the day of the sale says nothing about it.
    """
    reasons: set[FollowReason] = set()
    if suspect_symptoms(sale, law):
        reasons.add(FollowReason.SYMPTOMS)
    category = law.drugs.category(sale.category)
    if (
        category is not None
        and category.flags_observed
        and plan is not None
        and plan.day_zero <= day_of(sale.sold_at)
    ):
        reasons.add(FollowReason.UNDER_MANAGEMENT)
    return frozenset(reasons)


def suspect_symptoms(sale: DrugSale, law: SurveillanceFile) -> frozenset[Symptom]:
    """Return the listed symptoms that the buyer declared."""
    return law.symptoms.suspect(sale.symptoms or frozenset())
