"""Direct report and review through the real door: the order, corrections, and what bad input gets."""

import asyncio
import itertools
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reporting.actions.open_cases import open_cases
from services.reporting.actions.withdraw_case import withdraw_case
from services.reporting.rules.case_facts import case_id_of
from shared.contracts.reporting import (
    CaseOpened,
    CaseReportCorrected,
    CaseReported,
    CaseReviewCorrected,
    CaseReviewed,
)
from tests.builders import A_VILLAGE
from tests.reporting.builders import a_positive, a_report, its_withdrawal
from tests.reporting.conftest import Office
from tests.reporting.statements import an_open_case, refused_fields, report, review

CLAUSE = "渡建胜肺炎组发〔2021〕2号 §19; 渝肺炎组发〔2021〕1号 §20"


@pytest.mark.requirement("direct-report")
async def test_a_case_is_reported_then_reviewed(office: Office) -> None:
    case_id = await an_open_case(office)
    reported_at = office.clock.now()
    reported = await report(office, case_id)
    reviewed_at = office.clock.advance(timedelta(minutes=90))
    reviewed = await review(office, case_id)
    assert (reported.status_code, reviewed.status_code) == (201, 201)
    assert (reported.json()["verdict"], reported.json()["revision"]) == ("stored", 1)
    assert reported.json()["case"]["state"] == "reported"
    case = reviewed.json()["case"]
    assert case["state"] == "reviewed"
    assert case["reported_since_positive_seconds"] == 3600
    assert case["reviewed_since_positive_seconds"] == 3600 * 2.5
    opened, told_report, told_review = await office.told()
    assert isinstance(opened, CaseOpened)
    assert isinstance(told_report, CaseReported)
    assert (told_report.occurred_at, told_report.positive_at) == (reported_at, opened.occurred_at)
    assert told_report.received_at == reported_at
    assert (told_report.division, told_report.institution) == (A_VILLAGE, "500104-h01")
    assert isinstance(told_review, CaseReviewed)
    assert (told_review.occurred_at, told_review.outcome) == (reviewed_at, "approved")


@pytest.mark.requirement("review")
async def test_a_report_told_late_says_when_it_was_received(office: Office) -> None:
    case_id = await an_open_case(office)
    stated_at = office.clock.now()
    received_at = office.clock.advance(timedelta(hours=3))
    answer = await report(office, case_id, occurred_at=stated_at.isoformat())
    assert answer.status_code == 201, answer.text
    office.clock.advance(timedelta(minutes=10))
    (told,) = await office.told_of(CaseReported)
    assert isinstance(told, CaseReported)
    assert (told.occurred_at, told.received_at) == (stated_at, received_at)


async def test_who_reported_and_who_reviewed_stays_here(office: Office) -> None:
    case_id = await an_open_case(office)
    await report(office, case_id, reporter="王五医生")
    await review(office, case_id, reviewer="李四科长")
    history = (await office.client.get(f"/v1/cases/{case_id}")).json()
    assert history["reports"][0]["reporter"] == "王五医生"
    assert history["reviews"][0]["reviewer"] == "李四科长"
    said = "".join(event.model_dump_json() for event in await office.told())
    metrics = (await office.client.get("/metrics")).text
    assert "王五" not in said + metrics
    assert "李四" not in said + metrics


@pytest.mark.requirement("review")
async def test_a_review_before_its_report_is_refused_with_the_clause(office: Office) -> None:
    case_id = await an_open_case(office)
    answer = await review(office, case_id)
    assert answer.status_code == 409
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (answer.json()["type"], answer.json()["clause"]) == ("/problems/step-refused", CLAUSE)
    assert (await office.client.get("/problems/step-refused")).status_code == 200
    assert await office.rows("SELECT 1 FROM case_review") == []
    assert len(await office.told()) == 1


@pytest.mark.requirement("review")
@pytest.mark.parametrize("reported", [False, True])
async def test_nobody_may_add_a_step(office: Office, reported: bool) -> None:
    case_id = await an_open_case(office)
    if reported:
        await report(office, case_id)
    bodies: list[dict[str, Any]] = [{"json": {"by": "专家组"}}, {"content": b"\xff\xfe"}, {}]
    for step in ("consultation", "re-check", "approval", "审批", "reports", "REPORT"):
        for body in bodies:
            answer = await office.client.post(f"/v1/cases/{case_id}/{step}", **body)
            assert (answer.status_code, answer.json()["clause"]) == (409, CLAUSE)
        assert (await office.client.post(f"/v1/cases/{uuid4()}/{step}")).status_code == 404


TRIALS = ("review", "consultation", "approval", "bad-report", "get")


async def try_out(office: Office, case_id: UUID, trial: str) -> None:
    match trial:
        case "review":
            await review(office, case_id)
        case "bad-report":
            await report(office, case_id, institution="elsewhere")
        case "get":
            await office.client.get(f"/v1/cases/{case_id}")
        case _:
            await office.client.post(f"/v1/cases/{case_id}/{trial}")


@pytest.mark.requirement("direct-report")
async def test_whatever_was_tried_before_an_open_case_can_be_reported(office: Office) -> None:
    for trials in itertools.product(TRIALS, repeat=2):
        case_id = await an_open_case(office)
        for trial in trials:
            await try_out(office, case_id, trial)
        assert (await report(office, case_id)).status_code == 201, trials


async def test_a_second_report_corrects_and_moves_nothing(office: Office) -> None:
    case_id = await an_open_case(office)
    await report(office, case_id, classification="suspected")
    first_at = office.clock.now()
    corrected_at = office.clock.advance(timedelta(minutes=20))
    answer = await report(office, case_id)
    assert (answer.status_code, answer.json()["verdict"], answer.json()["revision"]) == (201, "corrected", 2)
    history = (await office.client.get(f"/v1/cases/{case_id}")).json()
    assert [entry["classification"] for entry in history["reports"]] == ["suspected", "confirmed"]
    assert history["reported_since_positive_seconds"] == 3600
    _, told, corrected = await office.told()
    assert isinstance(told, CaseReported)
    assert told.occurred_at == first_at
    assert isinstance(corrected, CaseReportCorrected)
    assert (corrected.revision, corrected.classification) == (2, "confirmed")
    assert corrected.occurred_at == corrected_at


async def test_a_second_review_corrects_and_moves_nothing(office: Office) -> None:
    case_id = await an_open_case(office)
    await report(office, case_id)
    await review(office, case_id, outcome="returned")
    first_at = office.clock.now()
    office.clock.advance(timedelta(minutes=5))
    await report(office, case_id, classification="asymptomatic")
    office.clock.advance(timedelta(minutes=5))
    answer = await review(office, case_id)
    assert (answer.json()["verdict"], answer.json()["case"]["state"]) == ("corrected", "reviewed")
    kinds = [type(event) for event in await office.told()]
    assert kinds == [CaseOpened, CaseReported, CaseReviewed, CaseReportCorrected, CaseReviewCorrected]
    (case,) = await office.rows("SELECT reviewed_at FROM case_file")
    assert case["reviewed_at"] == first_at


async def test_the_same_statement_again_is_a_duplicate_even_after_its_correction(office: Office) -> None:
    case_id = await an_open_case(office)
    first = a_report(office.clock.now(), classification="suspected")
    path = f"/v1/cases/{case_id}/report"
    await office.client.post(path, json=first)
    office.clock.advance(timedelta(minutes=20))
    await report(office, case_id)
    again = await office.client.post(path, json=first)
    assert (again.status_code, again.json()["verdict"], again.json()["revision"]) == (200, "duplicate", 1)
    assert len(await office.rows("SELECT 1 FROM case_report")) == 2
    assert len(await office.told()) == 3


async def test_reports_at_the_same_moment_are_one_report_and_corrections(office: Office) -> None:
    case_id = await an_open_case(office)
    body = a_report(office.clock.now())
    bodies = [body] * 5 + [{**body, "reporter": f"r{number}"} for number in range(5)]
    answers = await asyncio.gather(
        *(office.client.post(f"/v1/cases/{case_id}/report", json=body) for body in bodies)
    )
    verdicts = sorted(answer.json()["verdict"] for answer in answers)
    assert verdicts == ["corrected"] * 5 + ["duplicate"] * 4 + ["stored"]
    assert len(await office.told_of(CaseReported)) == 1


async def test_a_withdrawn_case_takes_no_further_step(office: Office) -> None:
    positive = a_positive(office.clock.now())
    await open_cases(office.database, [positive], now=office.clock.now())
    office.clock.advance(timedelta(hours=1))
    case_id = case_id_of(positive.sample_id)
    reported = a_report(office.clock.now())
    await office.client.post(f"/v1/cases/{case_id}/report", json=reported)
    await withdraw_case(office.database, its_withdrawal(positive), now=office.clock.now())
    again = await office.client.post(f"/v1/cases/{case_id}/report", json=reported)
    assert (again.status_code, again.json()["case"]["state"]) == (200, "withdrawn")
    for refused in (await report(office, case_id, reporter="x"), await review(office, case_id)):
        assert refused.status_code == 409
        assert "withdrawn" in refused.json()["detail"]
        assert "clause" not in refused.json()
    history = (await office.client.get(f"/v1/cases/{case_id}")).json()
    assert (history["state"], history["withdrawal"]["reason_code"]) == ("withdrawn", "contamination")
    assert len(history["reports"]) == 1


def minutes_from(now: datetime, change: dict[str, Any]) -> dict[str, Any]:
    """Times that stand as whole minutes in a table become instants."""
    return {
        name: (now + timedelta(minutes=value)).isoformat()
        if name.endswith("_at") and isinstance(value, int)
        else value
        for name, value in change.items()
    }


BAD_REPORTS: list[tuple[dict[str, Any], str]] = [
    ({"occurred_at": -61}, "occurred_at"),
    ({"occurred_at": 6}, "occurred_at"),
    ({"recorded_at": 6}, "recorded_at"),
    ({"occurred_at": "2021-02-01T10:00:00"}, "occurred_at"),
    ({"occurred_at": "yesterday"}, "occurred_at"),
    ({"occurred_at": None}, "occurred_at"),
    ({"institution": "elsewhere"}, "institution"),
    ({"institution": "a\u0000b"}, "institution"),
    ({"classification": "maybe"}, "classification"),
    ({"reporter": ""}, "reporter"),
    ({"reporter": " "}, "reporter"),
    ({"reporter": "x" * 201}, "reporter"),
    ({"reporter": "a\u0000b"}, "reporter"),
    ({"reporter": 7}, "reporter"),
    ({"approved_by": "专家组"}, "approved_by"),
]


async def test_a_report_with_a_bad_field_is_refused_and_nothing_is_stored(office: Office) -> None:
    case_id = await an_open_case(office)
    for change, field in BAD_REPORTS:
        answer = await report(office, case_id, **minutes_from(office.clock.now(), change))
        assert answer.status_code == 422, (change, answer.text)
        assert field in refused_fields(answer), change
    assert await office.rows("SELECT 1 FROM case_report") == []
    assert await office.told_of(CaseReported) == []


BAD_REVIEWS: list[tuple[dict[str, Any], str]] = [
    ({"occurred_at": -1, "investigation_started_at": -1}, "occurred_at"),
    ({"occurred_at": 6}, "occurred_at"),
    ({"investigation_started_at": 1}, "investigation_started_at"),
    ({"outcome": "consulted"}, "outcome"),
    ({"reviewer": ""}, "reviewer"),
    ({"investigation_started_at": None}, "investigation_started_at"),
]


async def test_a_review_with_a_bad_field_is_refused_and_nothing_is_stored(office: Office) -> None:
    case_id = await an_open_case(office)
    await report(office, case_id)
    for change, field in BAD_REVIEWS:
        answer = await review(office, case_id, **minutes_from(office.clock.now(), change))
        assert answer.status_code == 422, (change, answer.text)
        assert field in refused_fields(answer), change
    assert await office.rows("SELECT 1 FROM case_review") == []
    assert await office.told_of(CaseReviewed) == []


async def test_several_bad_fields_are_told_together(office: Office) -> None:
    case_id = await an_open_case(office)
    answer = await report(
        office,
        case_id,
        institution="elsewhere",
        occurred_at=(office.clock.now() + timedelta(hours=1)).isoformat(),
    )
    assert {problem["field"] for problem in answer.json()["problems"]} == {"institution", "occurred_at"}


NO_BODIES = [
    (b"{", "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    (b"[]", "application/json", 422),
    (b"{}", "text/plain", 415),
    (b'{"reporter": "' + b"x" * 1_100_000 + b'"}', "application/json", 413),
]


async def test_a_body_that_is_none_is_refused(office: Office) -> None:
    case_id = await an_open_case(office)
    for content, media, status in NO_BODIES:
        answer = await office.client.post(
            f"/v1/cases/{case_id}/report", content=content, headers={"content-type": media}
        )
        assert answer.status_code == status, content[:10]
        assert answer.json()["detail"]


async def test_a_report_may_come_before_its_case_and_is_repeated(office: Office) -> None:
    positive = a_positive(office.clock.now())
    office.clock.advance(timedelta(minutes=1))
    body = a_report(office.clock.now())
    path = f"/v1/cases/{case_id_of(positive.sample_id)}/report"
    early = await office.client.post(path, json=body)
    assert early.status_code == 404
    await open_cases(office.database, [positive], now=office.clock.now())
    assert (await office.client.post(path, json=body)).status_code == 201


async def test_an_idempotency_key_answers_alike_and_refuses_another_body(office: Office) -> None:
    case_id = await an_open_case(office)
    path, headers = f"/v1/cases/{case_id}/report", {"idempotency-key": "k-1"}
    body = a_report(office.clock.now())
    first = await office.client.post(path, json=body, headers=headers)
    again = await office.client.post(path, json=body, headers=headers)
    other = await office.client.post(path, json={**body, "reporter": "x"}, headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert len(await office.rows("SELECT 1 FROM case_report")) == 1
