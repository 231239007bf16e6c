"""Alertmanager's webhook through the real door: the IT duty is paged, once for each episode."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.clocks.service import CHONGQING, DISTRICT, AlertsService, open_service
from tests.waiting import until

RAISED_AT = "2021-02-01T03:59:30.123456789Z"
PATH = "/v1/system-alerts"


@pytest.fixture
async def service(
    database_url: str, service_database_url: Callable[[str], str], nats_url: str, tmp_path: Path
) -> AsyncIterator[AlertsService]:
    async with open_service(database_url, service_database_url("alerts"), nats_url, tmp_path) as service:
        yield service


def an_alert(
    name: str = "OutboxOld", status: str = "firing", fingerprint: str = "6a3bc0d2e4f51788", **other: Any
) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": name, "severity": "page", "process": "testing"},
        "annotations": {"summary": "事件滞留发件箱"},
        "startsAt": RAISED_AT,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=1",
        "fingerprint": fingerprint,
        **other,
    }


def a_notification(*alerts: Any, **other: Any) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="OutboxOld"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "it-duty",
        "groupLabels": {"alertname": "OutboxOld"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": list(alerts),
        **other,
    }


async def fill(service: AlertsService, division: str = DISTRICT) -> None:
    begin = service.clock.now() - timedelta(hours=1)
    roster = {
        "people": [{"id": "it", "name": "信息员", "division": division, "channels": ["log:"]}],
        "shifts": [
            {
                "post": "it-officer",
                "division": division,
                "person": "it",
                "from": begin.isoformat(),
                "until": (begin + timedelta(days=1)).isoformat(),
            }
        ],
    }
    answer = await service.client.post("/v1/duty", json=roster)
    assert answer.json()["refused"] == 0, answer.text


async def tell(service: AlertsService, *alerts: Any, key: dict[str, str] | None = None) -> dict[str, Any]:
    answer = await service.client.post(PATH, json=a_notification(*alerts), headers=key)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def pages(service: AlertsService, count: int) -> list[dict[str, Any]]:
    async def there() -> bool:
        items[:] = (await service.client.get("/v1/pages")).json()["items"]
        return len(items) >= count and all(one["delivery"] == "accepted" for one in items)

    items: list[dict[str, Any]] = []
    await until(there, what=f"{count} delivered pages")
    assert len(items) == count
    return items


@pytest.mark.requirement("duty-24h")
async def test_the_it_duty_is_paged_once_however_often_it_is_told(service: AlertsService) -> None:
    await fill(service)
    key = await service.key(DISTRICT, "system-alerts:write")
    first = await tell(service, an_alert(), key=key)
    assert first["alerts"] == [{"index": 0, "verdict": "raised", "problems": []}]
    for _ in range(3):
        assert (await tell(service, an_alert(), key=key))["repeated"] == 1
    later = an_alert(startsAt="2021-02-01T03:59:45Z")  # the other Alertmanager saw it a little later
    assert (await tell(service, later, key=key))["repeated"] == 1
    (page,) = await pages(service, 1)
    assert (page["occasion"], page["person"]) == ("inform", "it")
    (clock,) = await service.clocks(1, rule="system-alert")
    assert clock["subject"].startswith("OutboxOld:6a3bc0d2e4f51788-500104-2021020")
    assert (clock["state"], clock["owner"], clock["division"]) == ("running", "it-officer", DISTRICT)
    assert clock["reference_at"] == "2021-02-01T03:59:30.123456Z"


async def test_an_alert_that_is_over_ends_its_clock_and_one_that_comes_back_pages_again(
    service: AlertsService,
) -> None:
    await fill(service)
    key = await service.key(DISTRICT, "system-alerts:write")
    await tell(service, an_alert(), key=key)
    await pages(service, 1)
    over = an_alert(status="resolved", endsAt="2021-02-01T03:59:50Z")
    assert (await tell(service, over, key=key))["cleared"] == 1
    assert (await tell(service, over, key=key))["repeated"] == 1
    assert (await tell(service, an_alert(), key=key))["repeated"] == 1  # a repetition that came late
    (clock,) = await service.clocks(1, rule="system-alert")
    assert clock["state"] == "met"
    await tell(service, an_alert(startsAt="2021-02-01T03:59:55Z"), key=key)
    await pages(service, 2)
    await service.clocks(2, rule="system-alert")


async def test_an_end_of_which_nothing_was_told_pages_nobody(service: AlertsService) -> None:
    await fill(service, CHONGQING)
    over = an_alert(status="resolved", endsAt="2021-02-01T03:59:50Z")
    assert (await tell(service, over, an_alert("EngineLate", fingerprint="1")))["cleared"] == 1
    (page,) = await pages(service, 1)  # of the other one, told after it
    clocks = await service.clocks(2, rule="system-alert")
    states = {clock["subject"].partition(":")[0]: clock["state"] for clock in clocks}
    assert states == {"OutboxOld": "met", "EngineLate": "running"}
    assert page["occasion"] == "inform"


async def test_a_bad_alert_spoils_no_other_and_names_what_is_wrong(service: AlertsService) -> None:
    await fill(service, CHONGQING)
    bad: list[Any] = [
        an_alert("not a name"),
        an_alert(startsAt="2021-02-01T03:59:30"),
        an_alert(startsAt="0001-01-01T00:00:00Z"),
        an_alert(status="perhaps"),
        an_alert(fingerprint="../x"),
        an_alert(labels={"severity": "page"}),
        an_alert(labels={"alertname": "A\u0000"}),
        {},
        "text",
        None,
        17,
    ]
    answer = await tell(service, *bad, an_alert())
    assert (answer["refused"], answer["raised"]) == (len(bad), 1)
    fields = [{problem["field"] for problem in one["problems"]} for one in answer["alerts"][: len(bad)]]
    assert fields[:6] == [
        {"labels.alertname"},
        {"startsAt"},
        {"startsAt"},
        {"status"},
        {"fingerprint"},
        {"labels.alertname"},
    ]
    assert all(fields)
    await pages(service, 1)
    text = (await service.client.get("/metrics")).text
    assert f'alerts_system_alerts_total{{verdict="refused"}} {float(len(bad))}' in text


async def test_what_is_no_notification_is_refused(service: AlertsService) -> None:
    for body in (
        *(b"", b"[]", b"{}", b"\xff", b"nil", b"17"),
        b'{"version": "5", "alerts": [{}]}',
        b'{"version": "4"}',
        b'{"version": "4", "alerts": []}',
        b'{"version": "4", "alerts": {}}',
    ):
        answer = await service.client.post(PATH, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422), (body, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json")
    too_many = await service.client.post(PATH, json=a_notification(*[{}] * 1001))
    assert too_many.status_code == 413


async def test_a_key_needs_the_scope_and_pages_its_own_division(service: AlertsService) -> None:
    key = await service.key(DISTRICT, "clocks:read", "duty:write")
    refused = await service.client.post(PATH, json=a_notification(an_alert()), headers=key)
    assert refused.status_code == 403
    await tell(service, an_alert(), key=await service.key(DISTRICT, "system-alerts:write"))
    await tell(service, an_alert(), key=await service.key(CHONGQING, "system-alerts:write"))
    clocks = await service.clocks(2, rule="system-alert")
    assert {clock["division"] for clock in clocks} == {DISTRICT, CHONGQING}
