"""Who is followed for a drug that they bought, and how a follow-up goes on."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.registration.rules.sentinels.drug_sale import (
    DrugSale,
    FollowReason,
    OpenPlan,
    SaleKind,
    problems_of,
    reasons_to_follow,
    suspect_symptoms,
)
from services.registration.rules.sentinels.follow_up import (
    CallingSale,
    FollowUpOutcome,
    FollowUpState,
    called_for,
    closed,
    followed,
    refusal_to_close,
)
from services.registration.service import surveillance_law
from shared.policy import load_pack
from shared.settings import PROJECT
from shared.vocabulary import Symptom
from tests.builders import A_VILLAGE
from tests.registration.people.builders import a_person

pytestmark = pytest.mark.requirement("drug-buyers")

PACK = load_pack(PROJECT / "policies" / "chongqing-2021-winter")
LAW = surveillance_law(PACK)
NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
BUYER = UUID(int=7)
SALE = DrugSale(
    sentinel="pharmacy-1",
    receipt="D-1",
    line=1,
    division=A_VILLAGE,
    residence=A_VILLAGE,
    kind=SaleKind.SALE,
    category="antipyretic",
    product=None,
    quantity=1,
    symptoms=frozenset(),
    sold_at=NOW,
    recorded_at=NOW,
    received_from="key",
    buyer=a_person(1),
)
FEVER, COUGH = Symptom.FEVER, Symptom.COUGH
ILL, MANAGED = FollowReason.SYMPTOMS, FollowReason.UNDER_MANAGEMENT


def plan_since(day: date) -> OpenPlan:
    return OpenPlan(UUID(int=1), day)


TODAY, TOMORROW = date(2021, 2, 1), date(2021, 2, 2)
CASES: list[tuple[DrugSale, OpenPlan | None, set[FollowReason]]] = [
    (SALE, None, set()),
    (replace(SALE, symptoms=None), None, set()),
    (replace(SALE, symptoms=frozenset({FEVER})), None, {ILL}),
    (SALE, plan_since(TODAY), {MANAGED}),
    (SALE, plan_since(TOMORROW), set()),
    (replace(SALE, sold_at=datetime(2021, 2, 1, 15, 59, 59, tzinfo=UTC)), plan_since(TOMORROW), set()),
    (replace(SALE, sold_at=datetime(2021, 2, 1, 16, 0, tzinfo=UTC)), plan_since(TOMORROW), {MANAGED}),
    (replace(SALE, category="cough"), plan_since(TODAY), set()),
    (replace(SALE, category="cough", symptoms=frozenset({COUGH})), plan_since(TODAY), {ILL}),
    (replace(SALE, symptoms=frozenset({FEVER})), plan_since(TODAY), {ILL, MANAGED}),
]


@pytest.mark.parametrize(("sale", "plan", "reasons"), CASES)
def test_who_is_followed(sale: DrugSale, plan: OpenPlan | None, reasons: set[FollowReason]) -> None:
    assert reasons_to_follow(sale, plan, LAW) == reasons


def test_only_listed_symptoms_are_suspect() -> None:
    fewer = LAW.symptoms.model_copy(update={"listed": LAW.symptoms.listed[:1]})
    law = LAW.model_copy(update={"symptoms": fewer})
    both = replace(SALE, symptoms=frozenset({FEVER, COUGH}))
    assert suspect_symptoms(both, law) == {FEVER}
    assert reasons_to_follow(replace(SALE, symptoms=frozenset({COUGH})), None, law) == set()


def test_the_policy_lists_the_symptoms_and_the_drugs_of_the_notices() -> None:
    assert {one.id for one in LAW.symptoms.listed} == set(Symptom)
    assert [one.id for one in LAW.drugs.categories] == [
        "antipyretic",
        "cough",
        "anti-infective",
        "antiviral",
        "antibiotic",
    ]


NO_SALES: list[tuple[DrugSale, str]] = [
    (replace(SALE, category="vitamin"), "category"),
    (replace(SALE, division="500104999999", residence="500104999999"), "division"),
    (replace(SALE, residence="500104999999"), "residence"),
    (replace(SALE, buyer=a_person(1, identity=None)), "buyer.identity"),
    (replace(SALE, sold_at=NOW + timedelta(minutes=5, microseconds=1)), "sold_at"),
    (replace(SALE, buyer=a_person(1, birth_date=date(1888, 1, 1))), "buyer.identity.number"),
    (replace(SALE, buyer=a_person(1, occupation="poet")), "buyer.occupation"),
]


@pytest.mark.parametrize(("sale", "field"), NO_SALES)
def test_what_is_no_sale(sale: DrugSale, field: str) -> None:
    found = problems_of(sale, NOW, divisions={A_VILLAGE}, occupations={"courier"}, law=LAW.drugs)
    assert field in [problem.field for problem in found]


def test_a_good_sale_has_no_problems() -> None:
    for sale in (SALE, replace(SALE, sold_at=NOW + timedelta(minutes=5))):
        assert problems_of(sale, NOW, divisions={A_VILLAGE}, occupations=None, law=LAW.drugs) == []


def call(number: int, *symptoms: Symptom) -> CallingSale:
    sale = replace(SALE, line=number, sold_at=NOW + timedelta(hours=number), symptoms=frozenset(symptoms))
    return CallingSale(
        sale, BUYER, frozenset({ILL}) if symptoms else frozenset({MANAGED}), frozenset(symptoms)
    )


def test_a_follow_up_goes_from_one_state_to_the_next_and_back() -> None:
    first = called_for(None, [call(1), call(2, FEVER)], NOW)
    assert (first.state, first.sales, first.symptoms) == (FollowUpState.TO_BE_FOLLOWED, 2, {FEVER})
    assert first.reasons == {ILL, MANAGED}
    assert refusal_to_close(first) is not None
    seen = followed(first, NOW, frozenset({COUGH}))
    assert (seen.state, seen.symptoms, seen.followed_at) == (FollowUpState.FOLLOWED, {FEVER, COUGH}, NOW)
    assert refusal_to_close(seen) is None
    again = called_for(seen, [call(3)], NOW)
    assert (again.id, again.state, again.sales) == (first.id, FollowUpState.TO_BE_FOLLOWED, 3)
    assert again.last_sold_at == NOW + timedelta(hours=3)
    ended = closed(followed(again, NOW, frozenset()), NOW, FollowUpOutcome.NO_SYMPTOMS)
    assert (ended.state, ended.closed_at) == (FollowUpState.CLOSED, NOW)


def test_symptoms_that_are_found_are_a_reason() -> None:
    managed = called_for(None, [call(1)], NOW)
    assert followed(managed, NOW, frozenset()).reasons == {MANAGED}
    assert followed(managed, NOW, frozenset({COUGH})).reasons == {MANAGED, ILL}


def test_the_same_line_is_the_same_sale_in_one_township_only() -> None:
    assert SALE.id == replace(SALE, division="500104102002").id
    others = [
        replace(SALE, division="500104101001"),
        replace(SALE, line=2),
        replace(SALE, receipt="D-2"),
        replace(SALE, sentinel="pharmacy-2"),
    ]
    assert SALE.id not in {other.id for other in others}
