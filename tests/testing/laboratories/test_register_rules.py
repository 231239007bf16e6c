"""What a laboratory can do and lacks, and when a team can be lent."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.laboratories.capacity import capacity_at
from services.testing.rules.laboratories.gap import Gap, GapKind, gaps_of
from services.testing.rules.laboratories.laboratory import (
    Accreditation,
    Instruments,
    Shift,
    Staff,
    Stock,
    problems_of,
)
from services.testing.rules.laboratories.loan import clash_of
from services.testing.rules.laboratories.loan import problems_of as problems_of_loan
from shared.institutions import Institution
from tests.testing.laboratories.builders import CDC, HOSPITAL, THIRD_PARTY, some_facts, some_loan, the_law

pytestmark = pytest.mark.requirement("testing-resources")

DAY = timedelta(days=1)
NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
TODAY = date(2021, 2, 1)
LAW = the_law().ledger
A_CDC = Institution(CDC, "大渡口区疾病预防控制中心", "disease-control", "500104")


def test_a_complete_laboratory_lacks_nothing() -> None:
    assert gaps_of(some_facts(), TODAY, LAW) == ()
    assert problems_of(some_facts(), A_CDC, LAW) == []


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({"staff": (Staff("extraction", 3, 5),)}, Gap(GapKind.STAFF, "extraction", 2)),
        ({"instruments": (Instruments("extractor", 0, 1),)}, Gap(GapKind.INSTRUMENT, "extractor", 1)),
        ({"accreditation": None}, Gap(GapKind.ACCREDITATION, "accreditation", 1)),
        (
            {"accreditation": Accreditation("备案", "1", date(2021, 1, 31))},
            Gap(GapKind.ACCREDITATION, "accreditation", 1),
        ),
    ],
)
def test_what_is_missing_is_named_with_its_amount(changes: dict[str, object], gap: Gap) -> None:
    assert gaps_of(some_facts(**changes), TODAY, LAW) == (gap,)


@pytest.mark.parametrize(
    ("stock", "missing"),
    [
        (Stock("extraction-kit", 3_000), 0),
        (Stock("extraction-kit", 2_999), 1),
        (Stock("extraction-kit", 9_000, date(2021, 2, 1)), 0),
        (Stock("extraction-kit", 9_000, date(2021, 1, 31)), 3_000),
        (None, 3_000),
    ],
)
def test_a_stock_lasts_for_three_days_at_full_capacity(stock: Stock | None, missing: int) -> None:
    others = tuple(one for one in some_facts().stocks if one.material != "extraction-kit")
    facts = some_facts(stocks=others if stock is None else (*others, stock))
    wanted = (Gap(GapKind.MATERIAL, "extraction-kit", missing),) if missing else ()
    assert gaps_of(facts, TODAY, LAW) == wanted


@pytest.mark.parametrize(
    ("changes", "institution", "field"),
    [
        ({"staff": (Staff("cook", 1, 1),)}, A_CDC, "staff.0.role"),
        ({"instruments": (Instruments("oven", 1, 1),)}, A_CDC, "instruments.0.kind"),
        ({"stocks": (Stock("extraction-kit", 1), Stock("extraction-kit", 2))}, A_CDC, "stocks.1.material"),
        (
            {"shifts": (Shift("a", time(8), time(9), 1),) * 2},
            A_CDC,
            "shifts.1.name",
        ),
        ({}, Institution("500104102-hc", "卫生院", "township-health-centre", "500104102"), "code"),
    ],
)
def test_what_the_policy_does_not_know_is_refused_by_its_field(
    changes: dict[str, object], institution: Institution, field: str
) -> None:
    assert [one.field for one in problems_of(some_facts(**changes), institution, LAW)] == [field]


def test_a_team_adds_to_one_what_it_takes_from_the_other_while_it_is_away() -> None:
    loan = some_loan(NOW)
    lender = capacity_at(HOSPITAL, 1_000, [loan], NOW, suspended=False, open_tubes=0)
    borrower = capacity_at(CDC, 1_000, [loan], NOW, suspended=False, open_tubes=0)
    other = capacity_at(THIRD_PARTY, 1_000, [loan], NOW, suspended=False, open_tubes=0)
    assert [one.tubes_per_day for one in (lender, borrower, other)] == [700, 1_300, 1_000]
    for at in (loan.from_at - timedelta(microseconds=1), loan.until_at):
        assert capacity_at(CDC, 1_000, [loan], at, suspended=False, open_tubes=0).tubes_per_day == 1_000


def test_nothing_is_free_at_a_suspended_laboratory_nor_below_its_open_work() -> None:
    assert capacity_at(CDC, 1_000, [], NOW, suspended=True, open_tubes=0).free_within(timedelta(days=9)) == 0
    busy = capacity_at(CDC, 1_000, [], NOW, suspended=False, open_tubes=1_200)
    assert busy.is_short
    assert busy.free_within(timedelta(days=1)) == 0
    assert busy.free_within(timedelta(days=2)) == 800


def test_a_team_is_at_one_place_at_a_time() -> None:
    held = some_loan(NOW)
    following = replace(
        held, reference="loan-2", from_at=held.until_at, until_at=held.until_at + timedelta(1)
    )
    overlapping = replace(following, from_at=held.until_at - timedelta(seconds=1))
    assert clash_of(following, [held]) is None
    assert clash_of(overlapping, [held]) == held
    assert clash_of(replace(overlapping, team="team-2"), [held]) is None
    assert clash_of(overlapping, [replace(held, ended_at=held.from_at)]) is None
    assert clash_of(held, [held]) is None


def test_a_loan_needs_two_laboratories_and_some_time() -> None:
    assert problems_of_loan(some_loan(NOW)) == []
    wrong = problems_of_loan(some_loan(NOW, borrower=HOSPITAL, until_at=NOW - timedelta(hours=1)))
    assert [one.field for one in wrong] == ["borrower", "until_at"]


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 50)), max_size=12))
def test_whatever_is_agreed_without_a_clash_never_overlaps(spans: list[tuple[int, int]]) -> None:
    agreed = []
    for number, (begin, length) in enumerate(spans):
        loan = some_loan(
            NOW,
            reference=f"loan-{number}",
            from_at=NOW + timedelta(hours=begin),
            until_at=NOW + timedelta(hours=begin + length),
        )
        if clash_of(loan, agreed) is None:
            agreed.append(loan)
    for hour in range(-51, 101):
        assert sum(loan.lasts_at(NOW + timedelta(hours=hour)) for loan in agreed) <= 1
