"""From events on the bus to clocks over HTTP and back as a stream, each within its subtree."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import nats
import pytest

from shared.contracts.alerts import ClockStarted
from shared.contracts.reporting import CaseReported, DailyReportFiled
from shared.contracts.testing import SamplePositive
from shared.vocabulary import Classification, Method
from tests.alerts.clocks.facts import NOON
from tests.alerts.clocks.service import UNITS, AlertsService, listening, open_service
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.waiting import until

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def service(
    database_url: str, service_database_url: Callable[[str], str], nats_url: str, tmp_path: Path
) -> AsyncIterator[AlertsService]:
    async with open_service(database_url, service_database_url("alerts"), nats_url, tmp_path) as service:
        yield service


def positive(
    at: datetime = NOON, *, division: str = A_VILLAGE, sample_id: UUID | None = None
) -> SamplePositive:
    return SamplePositive(
        division=division,
        occurred_at=at,
        recorded_at=at,
        sample_id=sample_id or uuid4(),
        tube_code="T-1",
        institution="500104-cdc",
        method=Method.PCR,
        sampled_at=at - timedelta(hours=3),
    )


def reported(found: SamplePositive, at: datetime) -> CaseReported:
    return CaseReported(
        division=found.division,
        occurred_at=at,
        recorded_at=at,
        case_id=uuid4(),
        sample_id=found.sample_id,
        classification=Classification.CONFIRMED,
        institution="500104-cdc",
        positive_at=found.occurred_at,
        received_at=at,
    )


@pytest.mark.requirement("direct-report")
@pytest.mark.requirement("review")
async def test_a_positive_starts_the_direct_report_and_its_report_starts_the_review(
    service: AlertsService,
) -> None:
    found = positive()
    await service.publish([found], copies=3)
    (clock,) = await service.clocks(1, rule="direct-report")
    assert clock["state"] == "running"
    assert clock["subject"] == str(found.sample_id)
    assert datetime.fromisoformat(clock["due_at"]) == NOON + timedelta(hours=2)
    assert clock["institution"] == "500104-cdc"
    assert clock["title"] == {"zh": "网络直报", "en": "Direct report"}
    assert any("§20" in clause["zh"] for clause in clock["clauses"])
    service.clock.advance(30 * MINUTE)
    await service.publish([reported(found, service.clock.now())], copies=2)
    (review,) = await service.clocks(1, rule="review")
    assert datetime.fromisoformat(review["reference_at"]) == NOON
    assert (await service.clocks(1, rule="direct-report"))[0]["state"] == "met"
    assert (
        len(await service.rows("SELECT * FROM clock_fact WHERE event_type <> 'alerts.reporting-day-opened'"))
        == 3
    )


async def test_a_report_that_overtakes_its_positive_closes_the_clock_at_birth(service: AlertsService) -> None:
    found = positive()
    await service.publish([reported(found, NOON + MINUTE)])
    await service.clocks(1, rule="review")
    assert await service.clocks(0, rule="direct-report") == []
    await service.publish([found])
    (clock,) = await service.clocks(1, rule="direct-report")
    assert clock["state"] == "met"


async def test_a_clock_shows_its_whole_history(service: AlertsService) -> None:
    await service.publish([positive()])
    (clock,) = await service.clocks(1, rule="direct-report")
    service.clock.advance(3 * timedelta(hours=1))
    await until(lambda: service.rows("SELECT * FROM clock_step WHERE kind = 'breach'"))
    whole = (await service.client.get(f"/v1/clocks/{clock['id']}")).json()
    assert whole["state"] == "breached"
    assert whole["overdue_seconds"] == 3600
    assert [(step["kind"], step["fired_at"] is not None) for step in whole["steps"]] == [
        ("inform", True),
        ("warn", True),
        ("warn", True),
        ("breach", True),
    ]
    (fact,) = whole["facts"]
    assert (fact["kind"], fact["event_type"]) == ("start", "testing.sample-positive")
    assert whole["fault"] is None


async def test_a_clock_is_withdrawn_once_with_reason_and_name(service: AlertsService) -> None:
    await service.publish([positive()])
    (clock,) = await service.clocks(1, rule="direct-report")
    address = f"/v1/clocks/{clock['id']}/void"
    order = {"reason": "复检为阴性", "name": "李四"}
    first, again = [await service.client.post(address, json=order) for _ in range(2)]
    other = await service.client.post(address, json={**order, "reason": "另一原因"})
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert first.json()["state"] == "void"
    assert (again.json()["void_reason"], again.json()["voided_by"]) == ("复检为阴性", "李四")
    (told,) = [event for event in await service.told() if event.TYPE == "alerts.clock-voided"]
    assert "李四" not in told.model_dump_json()
    assert "复检为阴性" not in told.model_dump_json()
    rows = await service.rows("SELECT content FROM audit WHERE content LIKE '%clock-voided%'")
    (kept,) = [json.loads(row["content"]) for row in rows]
    keys = [one["id"] for one in await service.rows("SELECT id FROM access.api_key")]
    assert (kept["clock"], kept["by"] in keys) == (clock["id"], True)
    assert "李四" not in rows[0]["content"]


async def test_a_withdrawal_without_reason_or_name_is_refused(service: AlertsService) -> None:
    orders: list[dict[str, object]] = [
        {},
        {"reason": "r"},
        {"reason": " ", "name": "n"},
        {"reason": "r", "name": "n", "at": "now"},
        {"reason": 7, "name": "n"},
    ]
    for order in orders:
        answer = await service.client.post(f"/v1/clocks/{uuid4()}/void", json=order)
        assert answer.status_code == 422
        assert answer.json()["problems"]


async def test_everybody_sees_the_own_subtree_alone(service: AlertsService) -> None:
    await service.publish([positive(division=code) for code in (A_VILLAGE, ANOTHER_VILLAGE, OUTSIDE)])
    clocks = await service.clocks(3, rule="direct-report")
    ids = {clock["division"]: clock["id"] for clock in clocks}
    village = await service.key(A_VILLAGE)
    town = await service.key(JIANSHENG)
    for headers, division, seen in (
        (village, None, [A_VILLAGE]),
        (town, None, [A_VILLAGE, ANOTHER_VILLAGE]),
        (town, ANOTHER_VILLAGE, [ANOTHER_VILLAGE]),
        (village, JIANSHENG, [A_VILLAGE]),
    ):
        params = {"rule": "direct-report"} | ({"division": division} if division else {})
        answer = await service.client.get("/v1/clocks", params=params, headers=headers)
        assert sorted(item["division"] for item in answer.json()["items"]) == seen
    beside = await service.client.get("/v1/clocks", params={"division": OUTSIDE}, headers=town)
    assert beside.status_code == 403
    order = {"reason": "r", "name": "n"}
    for answer in (
        await service.client.get(f"/v1/clocks/{ids[OUTSIDE]}", headers=town),
        await service.client.post(f"/v1/clocks/{ids[OUTSIDE]}/void", json=order, headers=town),
        await service.client.get(f"/v1/clocks/{uuid4()}", headers=town),
    ):
        assert answer.status_code == 404


async def test_each_route_asks_for_its_scope(service: AlertsService) -> None:
    some, order = uuid4(), {"reason": "r", "name": "n"}
    for scope, allowed in (
        ("clocks:read", {"list", "one"}),
        ("clocks:void", {"void"}),
        ("events:read", {"stream"}),
    ):
        headers = await service.key(JIANSHENG, scope)
        statuses = {
            "list": (await service.client.get("/v1/clocks", headers=headers)).status_code,
            "one": (await service.client.get(f"/v1/clocks/{some}", headers=headers)).status_code,
            "void": (
                await service.client.post(f"/v1/clocks/{some}/void", json=order, headers=headers)
            ).status_code,
        }
        async with service.client.stream("GET", "/v1/clocks/stream", headers=headers) as stream:
            statuses["stream"] = stream.status_code
        assert {name for name, status in statuses.items() if status != 403} == allowed


async def test_lists_are_filtered_and_paged_soonest_due_first(service: AlertsService) -> None:
    await service.publish([positive(NOON - number * 20 * MINUTE) for number in range(9)])
    await service.clocks(9, rule="direct-report")
    seen: list[str] = []
    address = "/v1/clocks?rule=direct-report&limit=4"
    while address:
        page = (await service.client.get(address)).json()
        seen += [item["due_at"] for item in page["items"]]
        address = page["next"]
    assert seen == sorted(seen)
    assert len(seen) == 9
    assert len(await service.clocks(2, rule="direct-report", state="breached")) == 2
    assert len(await service.clocks(7, rule="direct-report", state="running")) == 7
    before = (NOON + 10 * MINUTE).isoformat()
    assert len(await service.clocks(3, rule="direct-report", due_before=before)) == 3
    assert len(await service.clocks(9, owner="reporting-officer")) == 9
    assert await service.clocks(0, owner="duty-leader") == []


async def test_a_filter_that_cannot_be_understood_is_refused(service: AlertsService) -> None:
    for query in (
        "state=late",
        "due_before=2021-02-01T12:00:00",
        "division=1",
        "division=500199",
        "cursor=x",
        "limit=0",
        "what=1",
    ):
        answer = await service.client.get(f"/v1/clocks?{query}")
        assert answer.status_code in (400, 422), query
        assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.requirement("daily-report")
async def test_each_unit_of_the_register_has_a_clock_for_each_day(service: AlertsService) -> None:
    clocks = await service.clocks(len(UNITS), rule="daily-report")
    assert {clock["subject"] for clock in clocks} == {f"{clock['division']}:2021-02-01" for clock in clocks}
    assert {clock["due_at"] for clock in clocks} == {"2021-02-01T09:00:00Z"}
    filed = DailyReportFiled(
        division=A_VILLAGE,
        occurred_at=NOON,
        recorded_at=NOON,
        report_id=uuid4(),
        unit=A_VILLAGE,
        day=date(2021, 2, 1),
        zero=True,
        abnormal=False,
    )
    await service.publish([filed])
    (met,) = await service.clocks(1, rule="daily-report", state="met")
    assert met["division"] == A_VILLAGE


async def test_the_stream_is_taken_up_where_it_was_left_and_keeps_to_the_subtree(
    service: AlertsService,
) -> None:
    await until(service.told, what="the reporting day's opening")
    headers = await service.key(JIANSHENG, "events:read")
    here, elsewhere, later = positive(), positive(division=OUTSIDE), positive(division=ANOTHER_VILLAGE)
    async with listening(service, headers) as listener:
        await service.publish([elsewhere, here])
        place, type_, cloud_event = await listener.next()
    assert type_ == cloud_event["type"] == ClockStarted.TYPE
    assert cloud_event["data"]["clock_subject"] == str(here.sample_id)
    assert cloud_event["specversion"] == "1.0"
    await service.publish([later])
    await service.clocks(3, rule="direct-report")
    await service.told()
    async with listening(service, {**headers, "Last-Event-ID": str(place)}) as listener:
        _, _, cloud_event = await listener.next()
    assert cloud_event["data"]["clock_subject"] == str(later.sample_id)
    async with listening(service, headers, division=ANOTHER_VILLAGE) as listener:
        last = positive(division=ANOTHER_VILLAGE)
        await service.publish([positive(), last])
        _, _, cloud_event = await listener.next()
    assert cloud_event["data"]["clock_subject"] == str(last.sample_id)


async def test_the_stream_refuses_a_place_that_is_none(service: AlertsService) -> None:
    for place in ("x", "-1", "1" * 30):
        answer = await service.client.get("/v1/clocks/stream", headers={"Last-Event-ID": place})
        assert answer.status_code == 422
    for headers, division, status in ((None, "999999", 422), (await service.key(JIANSHENG), OUTSIDE, 403)):
        params = {"division": division}
        refused = await service.client.get("/v1/clocks/stream", params=params, headers=headers)
        assert refused.status_code == status


async def test_a_message_that_is_no_event_is_put_aside_and_holds_nobody_up(service: AlertsService) -> None:
    client = await nats.connect(service.nats_url)
    try:
        await client.jetstream().publish(
            "testing.sample-positive.50.0104.102.001", b"\xff", headers={"ce-id": "x"}
        )
    finally:
        await client.close()
    await service.publish([positive()])
    await service.clocks(1, rule="direct-report")
    await until(lambda: service.rows("SELECT * FROM dead_letter"))
    (letter,) = await service.rows("SELECT * FROM dead_letter")
    assert letter["consumer"] == "alerts-clocks-testing-sample-positive"
    assert "ce-specversion" in letter["reason"]


async def test_figures_are_exported(service: AlertsService) -> None:
    await service.publish([positive()])
    await service.clocks(1, rule="direct-report")
    text = (await service.client.get("/metrics")).text
    assert 'alerts_clocks_armed_total{rule="direct-report"} 1.0' in text
    assert "alerts_clock_firing_lateness_seconds_bucket" in text
    assert 'alerts_clocks_open{district="500000",rule="daily-report",state="running"}' in text
