"""A positive sample, its two clocks, and the person who is paged: through all services, for real."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import A_VILLAGE, a_result
from tests.servers import ServiceProcess
from tests.system.platform import Platform, a_roster, start_platform
from tests.waiting import until

pytestmark = [
    pytest.mark.system,
    pytest.mark.requirement("direct-report"),
    pytest.mark.requirement("review"),
    pytest.mark.requirement("duty-24h"),
]

DISTRICT, TOWNSHIP = "500104", "500104102"


@pytest.fixture
async def platform(start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str) -> Any:
    platform = await start_platform(start_service, database_url, "testing", "alerts", "reporting", rate=1.0)
    roster = a_roster(
        platform.clock.now(),
        ("reporting-officer", DISTRICT),
        ("duty-leader", TOWNSHIP),
        ("duty-leader", DISTRICT),
        ("disease-control-officer", DISTRICT),
    )
    receipt = await platform.post("alerts", "/v1/duty", roster)
    assert receipt["refused"] == 0
    yield platform
    await platform.close()


async def _case_of(platform: Platform, sample: str) -> dict[str, Any]:
    async def opened() -> dict[str, Any] | None:
        cases = (await platform.get("reporting", "/v1/cases"))["items"]
        return next((case for case in cases if case["sample_id"] == sample), None)

    return await until(opened)


async def test_a_positive_starts_the_report_which_starts_the_review(platform: Platform) -> None:
    row = a_result(platform.clock.now())
    sample = (await platform.post("testing", "/v1/results", row))["sample_id"]

    async def informed() -> dict[str, Any] | None:
        clock = await platform.whole_clock("direct-report", sample)
        accepted = clock is not None and any(page["delivery"] == "accepted" for page in clock["pages"])
        return clock if accepted else None

    clock = await until(informed, seconds=20)
    assert clock["state"] == "running"
    assert clock["division"] == A_VILLAGE
    due = datetime.fromisoformat(clock["due_at"]) - datetime.fromisoformat(row["resulted_at"])
    assert due == timedelta(hours=2)
    (page,) = clock["pages"]
    assert page["person"] == f"reporting-officer-{DISTRICT}"

    case = await _case_of(platform, sample)
    reported = await platform.post(
        "reporting",
        f"/v1/cases/{case['case_id']}/report",
        {
            "classification": "confirmed",
            "institution": "500104-h01",
            "reporter": "报告员",
            "occurred_at": platform.clock.now().isoformat(),
        },
    )
    assert reported

    async def review_runs() -> dict[str, Any] | None:
        return await platform.whole_clock("review", case["case_id"])

    review = await until(review_runs, seconds=20)
    assert review["state"] == "running"
    assert review["reference_at"] == clock["started_at"]
    assert (await platform.whole_clock("direct-report", sample) or {})["state"] == "met"
    await platform.post(
        "reporting",
        f"/v1/cases/{case['case_id']}/review",
        {
            "outcome": "approved",
            "reviewer": "审核员",
            "investigation_started_at": platform.clock.now().isoformat(),
            "occurred_at": platform.clock.now().isoformat(),
        },
    )

    async def met() -> bool:
        return (await platform.whole_clock("review", case["case_id"]) or {}).get("state") == "met"

    await until(met, seconds=20)


async def test_a_positive_found_three_hours_ago_is_breached_at_once_and_paged_higher(
    platform: Platform,
) -> None:
    row = a_result(platform.clock.now() - timedelta(hours=3))
    sample = (await platform.post("testing", "/v1/results", row))["sample_id"]

    async def paged() -> dict[str, Any] | None:
        clock = await platform.whole_clock("direct-report", sample)
        return clock if clock and clock["pages"] else None

    clock = await until(paged, seconds=20)
    assert clock["state"] == "breached"
    assert [step["kind"] for step in clock["steps"]] == ["inform", "warn", "warn", "breach"]
    assert all(step["fired_at"] for step in clock["steps"])
    assert 3540 < clock["steps"][-1]["late_seconds"] < 3700
    (page,) = clock["pages"]
    assert (page["person"], page["occasion"]) == (f"duty-leader-{TOWNSHIP}", "breach")


async def test_a_withdrawn_positive_withdraws_its_case_and_its_clock(platform: Platform) -> None:
    now = platform.clock.now()
    sample = (await platform.post("testing", "/v1/results", a_result(now)))["sample_id"]
    case = await _case_of(platform, sample)
    await platform.post(
        "testing",
        f"/v1/samples/{sample}/corrections",
        {
            "result": "negative",
            "reason_code": "contamination",
            "occurred_at": platform.clock.now().isoformat(),
        },
    )

    async def void() -> bool:
        clock = await platform.whole_clock("direct-report", sample)
        return clock is not None and clock["state"] == "void" and clock["void_reason"] is not None

    async def withdrawn() -> bool:
        shown = await platform.clients["reporting"].get(f"/v1/cases/{case['case_id']}")
        return shown.json()["state"] == "withdrawn"

    await until(void, seconds=20)
    await until(withdrawn, seconds=20)
    answer = await platform.clients["reporting"].post(
        f"/v1/cases/{case['case_id']}/report",
        json={
            "classification": "confirmed",
            "institution": "500104-h01",
            "reporter": "报告员",
            "occurred_at": platform.clock.now().isoformat(),
        },
    )
    assert answer.status_code == 409
