"""Roster, pages and the one-tap link through the real door, each within its subtree."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.alerts.rules.one_tap_link import LinkSigner
from shared.clock import SHANGHAI
from shared.contracts.alerts import DutyGap, PageAcknowledged, PageSent
from shared.contracts.registration import ChargeEnded
from shared.contracts.registration.care import responsible_id_of
from shared.contracts.testing import SamplePositive
from shared.vocabulary import Method
from tests.alerts.clocks.service import CHONGQING, AlertsService, open_service
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.fakes.sms_gateway import SmsGateway
from tests.servers import TEST_SECRETS
from tests.waiting import until

SIGNER = LinkSigner((TEST_SECRETS["DUTYCLOCK_SECRET_KEY"],), "http://127.0.0.1:8103")


@pytest.fixture
async def service(
    database_url: str, service_database_url: Callable[[str], str], nats_url: str, tmp_path: Path
) -> AsyncIterator[AlertsService]:
    async with open_service(database_url, service_database_url("alerts"), nats_url, tmp_path) as service:
        yield service


def a_document(service: AlertsService, *holders: tuple[str, str, str, str]) -> dict[str, Any]:
    """People with (key, post, division, channel), on duty today."""
    begin = service.clock.now() - timedelta(hours=1)
    return {
        "people": [
            {"id": key, "name": "王某", "division": division, "channels": [channel]}
            for key, _, division, channel in holders
        ],
        "shifts": [
            {
                "post": post,
                "division": division,
                "person": key,
                "from": begin.isoformat(),
                "until": (begin + timedelta(days=1)).isoformat(),
            }
            for key, post, division, _ in holders
        ],
    }


async def fill(service: AlertsService, *holders: tuple[str, str, str, str]) -> None:
    answer = await service.client.post("/v1/duty", json=a_document(service, *holders))
    assert answer.status_code == 200, answer.text
    assert answer.json()["refused"] == 0, answer.text


async def a_positive(service: AlertsService, division: str = A_VILLAGE) -> SamplePositive:
    """A positive result arrives on the bus."""
    now = service.clock.now()
    positive = SamplePositive(
        division=division,
        occurred_at=now,
        recorded_at=now,
        sample_id=uuid4(),
        tube_code="T-1",
        institution="500104-cdc",
        method=Method.PCR,
        sampled_at=now - timedelta(hours=3),
    )
    await service.publish([positive])
    return positive


async def pages(service: AlertsService, count: int, **filters: str) -> list[dict[str, Any]]:
    """The pages that the list shows, oldest first, once there are `count` and their delivery has ended."""
    found: list[dict[str, Any]] = []

    async def listed() -> bool:
        answer = await service.client.get("/v1/pages", params=filters)
        assert answer.status_code == 200, answer.text
        found[:] = answer.json()["items"]
        return len(found) == count and all(page["delivery"] not in ("pending", "sending") for page in found)

    await until(listed, what=f"{count} pages")
    return found[::-1]


async def test_from_a_positive_to_a_page_to_an_answer(service: AlertsService, gateway: SmsGateway) -> None:
    await fill(service, ("officer", "reporting-officer", A_VILLAGE, gateway.url("138")))
    positive = await a_positive(service)
    (page,) = await pages(service, 1)
    (message,) = gateway.to("138")
    assert str(positive.sample_id) in message.body
    assert "王" not in message.body
    answer = await service.client.get(f"/v1/pages/{page['id']}")
    whole = answer.json()
    assert [item["rung"] for item in whole["items"]] == [1]
    assert [(one["channel"], one["state"]) for one in whole["attempts"]] == [("json", "accepted")]
    assert "138" not in str(whole["attempts"])
    answer = await service.client.post(f"/v1/pages/{page['id']}/acknowledge", json={"by": "officer"})
    assert (answer.status_code, answer.json()["first"], answer.json()["acknowledged_by"]) == (
        200,
        True,
        "officer",
    )
    again = await service.client.post(f"/v1/pages/{page['id']}/acknowledge")
    assert (again.status_code, again.json()["first"]) == (200, False)
    told = await service.told()
    (sent,) = [event for event in told if isinstance(event, PageSent)]
    (answered,) = [event for event in told if isinstance(event, PageAcknowledged)]
    assert sent.page_id == answered.page_id
    assert sent.clock_ids == answered.clock_ids


async def test_a_reassignment_on_the_bus_reaches_both_telephones(
    service: AlertsService, gateway: SmsGateway
) -> None:
    await fill(
        service,
        ("w-1", "grid-worker", A_VILLAGE, gateway.url("1")),
        ("w-2", "grid-worker", A_VILLAGE, gateway.url("2")),
    )
    now = service.clock.now()
    ended = ChargeEnded(
        division=A_VILLAGE,
        occurred_at=now,
        recorded_at=now,
        charge_id=uuid4(),
        person_id=uuid4(),
        role="grid-worker",
        responsible_id=responsible_id_of("w-1"),
        reason_code="reassigned",
        successor_id=responsible_id_of("w-2"),
    )
    await service.publish([ended])
    listed = await pages(service, 2)
    notices = sorted((page["person"], page["notice"], page["clocks"]) for page in listed)
    assert notices == [("w-1", "charge-ended", 0), ("w-2", "charge-begun", 0)]
    assert (len(gateway.to("1")), len(gateway.to("2"))) == (1, 1)


async def test_a_link_shows_on_get_and_answers_on_post_only(
    service: AlertsService, gateway: SmsGateway
) -> None:
    await fill(service, ("officer", "reporting-officer", A_VILLAGE, gateway.url("138")))
    await a_positive(service)
    (page,) = await pages(service, 1)
    (message,) = gateway.to("138")
    found = re.search(r"http://\S+(/a/\S+)", message.body)
    assert found is not None
    path = found.group(1)
    async with httpx.AsyncClient(base_url=service.url) as phone:
        for _ in range(3):  # what a chat program's preview does
            await phone.head(path)
            assert (await phone.get(path)).status_code == 200
        seen = await phone.get(path)
        assert "<button" in seen.text
        assert (await pages(service, 1))[0]["acknowledged_at"] is None
        assert "no-store" in seen.headers["cache-control"]
        assert "default-src 'none'" in seen.headers["content-security-policy"]
        answered = await phone.post(path)
        assert answered.status_code == 200
        assert "<button" not in answered.text
        assert (await phone.post(path)).status_code == 200
    (page,) = await pages(service, 1)
    assert (page["acknowledged_by"], page["acknowledged_via"]) == ("officer", "link")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_links_that_are_bad_or_old_say_so(service: AlertsService, method: str) -> None:
    old = SIGNER.token(uuid4(), service.clock.now() - SIGNER.lifetime - timedelta(seconds=1))
    unknown = SIGNER.token(uuid4(), service.clock.now())
    async with httpx.AsyncClient(base_url=service.url) as phone:
        for token, status in (
            (old, 410),
            (unknown, 404),
            ("nonsense", 404),
            ("%E6%97%A5", 404),
            ("x" * 3000, 404),
        ):
            answer = await phone.request(method, f"/a/{token}")
            assert answer.status_code == status
            assert "链接" in answer.text
        assert (await phone.request(method, "/a/%00")).status_code == 400


async def test_the_link_shows_the_due_time_and_no_button_once_everything_is_closed(
    service: AlertsService,
) -> None:
    await fill(service, ("officer", "reporting-officer", A_VILLAGE, "log:"))
    positive = await a_positive(service)
    (page,) = await pages(service, 1)
    due = (positive.occurred_at + timedelta(hours=2)).astimezone(SHANGHAI)
    path = f"/a/{SIGNER.token(UUID(page['id']), service.clock.now())}"
    async with httpx.AsyncClient(base_url=service.url) as phone:
        shown = (await phone.get(path)).text
        assert "<button" in shown
        assert f"时限：{due.month}月{due.day}日 {due:%H:%M}，剩余" in shown
        assert f"Due: {due:%m-%d %H:%M}" in shown
        (clock,) = (await service.client.get("/v1/clocks?rule=direct-report")).json()["items"]
        order = {"reason": "false positive", "name": "Wang"}
        closed = await service.client.post(f"/v1/clocks/{clock['id']}/void", json=order)
        assert closed.status_code == 200
        shown = (await phone.get(path)).text
    assert "<button" not in shown
    assert "所列事项均已办结" in shown


async def test_a_hostile_subject_is_only_text(service: AlertsService) -> None:
    await fill(service, ("officer", "reporting-officer", A_VILLAGE, "log:"))
    await a_positive(service)
    (page,) = await pages(service, 1)
    await service.rows(
        "UPDATE clock SET subject = '<script>alert(1)</script>' WHERE rule_id = 'direct-report'"
    )
    async with httpx.AsyncClient(base_url=service.url) as phone:
        shown = await phone.get(f"/a/{SIGNER.token(UUID(page['id']), service.clock.now())}")
    assert "<script>" not in shown.text
    assert "&lt;script&gt;" in shown.text


async def test_pages_of_others_do_not_exist(service: AlertsService) -> None:
    await fill(service, ("officer", "reporting-officer", A_VILLAGE, "log:"))
    await a_positive(service)
    (page,) = await pages(service, 1)
    own = await service.key(A_VILLAGE, "pages:read", "pages:acknowledge")
    other = await service.key(ANOTHER_VILLAGE, "pages:read", "pages:acknowledge")
    path = f"/v1/pages/{page['id']}"
    assert (await service.client.get(path, headers=other)).status_code == 404
    assert (await service.client.post(f"{path}/acknowledge", headers=other)).status_code == 404
    assert (await service.client.get("/v1/pages", headers=other)).json()["items"] == []
    assert (await service.client.get(path, headers=own)).status_code == 200
    assert (await service.client.post(f"{path}/acknowledge", headers=own)).status_code == 200
    assert (await service.client.get(f"/v1/pages/{uuid4()}")).status_code == 404


async def test_lists_of_pages_are_filtered_and_paged(service: AlertsService) -> None:
    await fill(
        service,
        ("officer", "reporting-officer", A_VILLAGE, "log:"),
        ("other", "reporting-officer", ANOTHER_VILLAGE, "log:"),
    )
    for number in range(1, 4):
        await a_positive(service)
        await pages(service, number, person="officer")
    await a_positive(service, ANOTHER_VILLAGE)
    everything = await pages(service, 4)
    assert len(await pages(service, 1, division=ANOTHER_VILLAGE)) == 1
    assert len(await pages(service, 0, occasion="breach")) == 0
    assert len(await pages(service, 4, acknowledged="false", delivery="accepted")) == 4
    answer = (await service.client.get("/v1/pages", params={"limit": 3})).json()
    rest = (await service.client.get(answer["next"])).json()
    assert [one["id"] for one in [*answer["items"], *rest["items"]]] == [
        one["id"] for one in everything[::-1]
    ]
    assert rest["next"] is None


async def test_what_nobody_is_on_duty_for_is_an_alarm(service: AlertsService) -> None:
    await fill(service, ("leader", "duty-leader", CHONGQING, "log:"))
    await a_positive(service)
    (page,) = await pages(service, 1)
    assert page["person"] == "leader"
    gaps = (await service.client.get("/v1/duty/gaps")).json()["gaps"]
    assert [(gap["post"], gap["division"]) for gap in gaps] == [("reporting-officer", "500104")]
    (event,) = [one for one in await service.told() if isinstance(one, DutyGap)]
    assert event.post == "reporting-officer"


async def test_who_is_on_duty_now(service: AlertsService) -> None:
    await fill(
        service,
        ("town", "duty-leader", JIANSHENG, "log:"),
        ("officer", "duty-officer", A_VILLAGE, "log:"),
    )
    answer = await service.client.get("/v1/duty/now", params={"division": A_VILLAGE})
    posts = {post["post"]: post for post in answer.json()["posts"]}
    assert posts["duty-officer"]["own"] is True
    assert (posts["duty-leader"]["found_in"], posts["duty-leader"]["own"]) == (JIANSHENG, False)
    assert posts["duty-leader"]["on_duty"] == [{"id": "town", "name": "王某", "channel_kinds": ["log"]}]
    assert len(posts["reporting-officer"]["gaps"]) == 1
    for division, status in (("500104102999", 422), ("x", 400), ("500199", 422)):
        answer = await service.client.get("/v1/duty/now", params={"division": division})
        assert answer.status_code in (status, 422), answer.text
    key = await service.key(A_VILLAGE, "duty:read")
    answer = await service.client.get("/v1/duty/now", params={"division": ANOTHER_VILLAGE}, headers=key)
    assert answer.status_code == 403


async def test_people_and_shifts_one_by_one(service: AlertsService) -> None:
    person = {"name": "李某", "division": JIANSHENG, "channels": ["sms+json://gateway/138?+token=geheim"]}
    answer = await service.client.put("/v1/duty/people/li", json=person)
    assert answer.status_code == 200, answer.text
    assert answer.json()["channel_kinds"] == ["sms+json"]
    assert "geheim" not in answer.text
    begin = service.clock.now()
    shift = {
        "post": "duty-leader",
        "division": JIANSHENG,
        "person": "li",
        "from": begin.isoformat(),
        "until": (begin + timedelta(hours=8)).isoformat(),
    }
    made = await service.client.post("/v1/duty/shifts", json=shift)
    assert made.status_code == 201, made.text
    assert (await service.client.post("/v1/duty/shifts", json=shift)).status_code == 200
    listed = (await service.client.get("/v1/duty/shifts")).json()["items"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    people = (await service.client.get("/v1/duty/people")).json()["items"]
    assert [one["id"] for one in people] == ["li"]
    assert (await service.client.delete(f"/v1/duty/shifts/{made.json()['id']}")).status_code == 204
    assert (await service.client.delete(f"/v1/duty/shifts/{made.json()['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("PUT", "/v1/duty/people/Bad Key", {"name": "x", "division": JIANSHENG}, 422, "id"),
        ("PUT", "/v1/duty/people/li", {"name": "x", "division": "500199"}, 403, None),
        ("PUT", "/v1/duty/people/li", {"name": "", "division": JIANSHENG}, 422, "name"),
        (
            "PUT",
            "/v1/duty/people/li",
            {"name": "x", "division": JIANSHENG, "channels": ["what://x"]},
            422,
            "channels.0",
        ),
        ("POST", "/v1/duty/shifts", {"post": "duty-leader"}, 422, "division"),
        ("POST", "/v1/duty", {"people": [], "shifts": []}, 422, None),
        ("POST", "/v1/duty", 5, 400, None),
    ],
)
async def test_bad_input_is_refused_with_its_field(
    service: AlertsService, method: str, path: str, body: Any, status: int, field: str | None
) -> None:
    headers = await service.key(JIANSHENG, "duty:write")
    answer = await service.client.request(method, path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if field is not None:
        assert field in [problem["field"] for problem in answer.json()["problems"]]


async def test_a_document_of_another_kind_is_refused(service: AlertsService) -> None:
    answer = await service.client.post("/v1/duty", content=b"<x/>", headers={"content-type": "text/xml"})
    assert answer.status_code == 415


async def test_figures_of_paging_are_shown(service: AlertsService) -> None:
    await fill(service, ("officer", "reporting-officer", A_VILLAGE, "log:"))
    await a_positive(service)
    (page,) = await pages(service, 1)
    await service.client.post(f"/v1/pages/{page['id']}/acknowledge")

    async def shown() -> bool:
        text = (await service.client.get("/metrics")).text
        return all(
            line in text
            for line in (
                'alerts_pages_total{occasion="inform"} 1.0',
                'alerts_delivery_attempts_total{channel="log",outcome="accepted"} 1.0',
                'alerts_pages_delivered_total{state="accepted"} 1.0',
                "alerts_page_acknowledgement_seconds_count 1.0",
                'alerts_roster_covered_ratio{division="500104",post="duty-leader"} 0.0',
                'alerts_post_held{division="500104",post="duty-leader"} 0.0',
                "alerts_duty_gaps_open 0.0",
            )
        )

    await until(shown, what="the figures")
