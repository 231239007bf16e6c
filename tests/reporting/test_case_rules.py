"""The order of a case and the times that may be stated, on both sides of each limit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.rules.case_facts import CaseFile, ReportFacts, ReviewFacts, case_id_of
from services.reporting.rules.case_order import ORDER, CaseState, Step, StepRefused, follow
from services.reporting.rules.case_times import (
    problems_of_report,
    problems_of_review,
    report_too_early,
    review_too_early,
)
from services.reporting.rules.entry import Verdict, judge
from shared.vocabulary import Classification, Method, ReviewOutcome

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CLAUSE = "渝肺炎组发〔2021〕1号 §20"
OPENED, REPORTED, REVIEWED, WITHDRAWN = CaseState
REPORT, REVIEW, WITHDRAW = Step


@pytest.mark.requirement("review")
@pytest.mark.parametrize(
    ("state", "step", "after"),
    [
        (OPENED, REPORT, REPORTED),
        (OPENED, REVIEW, None),
        (OPENED, WITHDRAW, WITHDRAWN),
        (REPORTED, REPORT, REPORTED),
        (REPORTED, REVIEW, REVIEWED),
        (REPORTED, WITHDRAW, WITHDRAWN),
        (REVIEWED, REPORT, REVIEWED),
        (REVIEWED, REVIEW, REVIEWED),
        (REVIEWED, WITHDRAW, WITHDRAWN),
        (WITHDRAWN, REPORT, None),
        (WITHDRAWN, REVIEW, None),
        (WITHDRAWN, WITHDRAW, WITHDRAWN),
    ],
)
def test_the_order_of_a_case(state: CaseState, step: Step, after: CaseState | None) -> None:
    if after is None:
        with pytest.raises(StepRefused) as refused:
            follow(state, step, clause=CLAUSE)
        assert refused.value.clause == (None if state is WITHDRAWN else CLAUSE)
    else:
        assert follow(state, step, clause=CLAUSE) is after


def reachable_without(step: Step) -> set[CaseState]:
    """Every state that a case can come to when `step` never happens."""
    found, to_look_at = {OPENED}, [OPENED]
    while to_look_at:
        state = to_look_at.pop()
        for (before, taken), after in ORDER.items():
            if before is state and taken is not step and after not in found:
                found.add(after)
                to_look_at.append(after)
    return found


@pytest.mark.requirement("direct-report")
def test_no_consent_stands_between_a_positive_result_and_its_report() -> None:
    unreported = reachable_without(REPORT)
    assert unreported == {OPENED, WITHDRAWN}
    assert all((state, REPORT) in ORDER for state in unreported - {WITHDRAWN})


@pytest.mark.requirement("review")
def test_nothing_but_the_report_stands_between_a_positive_result_and_its_review() -> None:
    assert {state for state in CaseState if (state, REVIEW) in ORDER} == {REPORTED, REVIEWED}
    assert set(Step) == {REPORT, REVIEW, WITHDRAW}
    assert [after for (before, _), after in ORDER.items() if before is REPORTED] == [
        REPORTED,
        REVIEWED,
        WITHDRAWN,
    ]


@given(steps=st.lists(st.sampled_from(Step), max_size=12))
def test_whatever_was_tried_an_unreported_case_can_be_reported(steps: list[Step]) -> None:
    state, reported = OPENED, False
    for step in steps:
        if (state, step) in ORDER:
            state = ORDER[state, step]
            reported = reported or step is REPORT
        if not reported and state is not WITHDRAWN:
            assert follow(state, REPORT, clause=CLAUSE) is REPORTED
        if state is not WITHDRAWN:
            assert (state is OPENED) is (not reported)


FILE = CaseFile(
    case_id=uuid4(),
    sample_id=uuid4(),
    division="500104102001",
    institution="500104-cdc",
    method=Method.PCR,
    tube_code="T-1",
    sampled_at=NOW - timedelta(hours=6),
    positive_at=NOW - timedelta(hours=1),
    recorded_at=NOW - timedelta(hours=1),
    received_at=NOW - timedelta(hours=1),
)
REPORTED_FILE = replace(FILE, state=REPORTED, reported_at=NOW - timedelta(minutes=30))
REVIEWED_FILE = replace(REPORTED_FILE, state=REVIEWED, reviewed_at=NOW - timedelta(minutes=10))
A_REPORT = ReportFacts(Classification.CONFIRMED, "500104-h01", "reporter", NOW)
A_REVIEW = ReviewFacts(ReviewOutcome.APPROVED, "reviewer", NOW - timedelta(minutes=5), NOW)


@pytest.mark.parametrize(
    ("file", "occurred_at", "refused"),
    [
        (FILE, FILE.positive_at, False),
        (FILE, FILE.positive_at - MICROSECOND, True),
        (REPORTED_FILE, REPORTED_FILE.reported_at, False),
        (REPORTED_FILE, NOW - timedelta(minutes=30) - MICROSECOND, True),
    ],
)
def test_a_report_follows_its_positive_and_a_correction_its_report(
    file: CaseFile, occurred_at: datetime, refused: bool
) -> None:
    assert [problem.field for problem in report_too_early(occurred_at, file)] == ["occurred_at"] * refused


@pytest.mark.parametrize(
    ("file", "occurred_at", "refused"),
    [
        (REPORTED_FILE, REPORTED_FILE.reported_at, False),
        (REPORTED_FILE, NOW - timedelta(minutes=30) - MICROSECOND, True),
        (REVIEWED_FILE, REVIEWED_FILE.reviewed_at, False),
        (REVIEWED_FILE, NOW - timedelta(minutes=10) - MICROSECOND, True),
    ],
)
def test_a_review_follows_its_report_and_a_correction_its_review(
    file: CaseFile, occurred_at: datetime, refused: bool
) -> None:
    assert [problem.field for problem in review_too_early(occurred_at, file)] == ["occurred_at"] * refused


AHEAD = NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("change", "recorded_at", "fields"),
    [
        ({}, NOW, []),
        ({"occurred_at": AHEAD}, AHEAD, []),
        ({"occurred_at": AHEAD + MICROSECOND}, NOW, ["occurred_at"]),
        ({}, AHEAD + MICROSECOND, ["recorded_at"]),
        ({"institution": "elsewhere"}, NOW, ["institution"]),
    ],
)
def test_what_a_report_may_state(change: dict[str, object], recorded_at: datetime, fields: list[str]) -> None:
    problems = problems_of_report(replace(A_REPORT, **change), recorded_at, NOW, {"500104-h01"})
    assert [problem.field for problem in problems] == fields


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"investigation_started_at": NOW}, []),
        ({"investigation_started_at": NOW + MICROSECOND}, ["investigation_started_at"]),
        ({"occurred_at": AHEAD}, []),
        ({"occurred_at": AHEAD + MICROSECOND}, ["occurred_at"]),
        (
            {"investigation_started_at": AHEAD + MICROSECOND, "occurred_at": AHEAD + MICROSECOND},
            ["investigation_started_at", "occurred_at"],
        ),
    ],
)
def test_what_a_review_may_state(change: dict[str, object], fields: list[str]) -> None:
    problems = problems_of_review(replace(A_REVIEW, **change), NOW, NOW)
    assert [problem.field for problem in problems] == fields


@pytest.mark.parametrize(
    ("stated", "on_record", "verdict"),
    [
        ("a", [], Verdict.STORED),
        ("a", ["a"], Verdict.DUPLICATE),
        ("b", ["a"], Verdict.CORRECTED),
        ("a", ["a", "b"], Verdict.DUPLICATE),
        ("c", ["a", "b"], Verdict.CORRECTED),
    ],
)
def test_what_a_statement_is_beside_those_on_record(
    stated: str, on_record: list[str], verdict: Verdict
) -> None:
    assert judge(stated, on_record) is verdict


def test_a_sample_has_one_case() -> None:
    sample = uuid4()
    assert case_id_of(sample) == case_id_of(sample)
    assert case_id_of(sample) != case_id_of(uuid4())
