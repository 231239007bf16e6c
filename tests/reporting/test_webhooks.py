"""Other systems are told of events: signed, once, apart from one another, and only of their own subtree."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from standardwebhooks import WebhookVerificationError

from shared.contracts import Event
from shared.contracts.registration import ReturnKnown
from shared.contracts.testing import SamplePositive
from shared.vocabulary import Method
from tests.fakes.webhook_receiver import HANGS, Receiver, running_receiver
from tests.reporting.conftest import Office, publish
from tests.waiting import until

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)


def a_return(division: str = "500104102001") -> Event:
    return ReturnKnown(division=division, occurred_at=NOW, recorded_at=NOW, return_id=uuid4())


def a_positive() -> Event:
    return SamplePositive(
        division="500104102001",
        occurred_at=NOW,
        recorded_at=NOW,
        sample_id=uuid4(),
        tube_code="T-1",
        institution="500104-cdc",
        method=Method.PCR,
        sampled_at=NOW,
    )


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as receiver:
        yield receiver


async def subscribe(
    office: Office, url: str, *, events: Sequence[str] = ("*",), division: str = "500104", **headers: str
) -> dict[str, Any]:
    order = {"division": division, "url": url, "events": list(events)}
    answer = await office.client.post("/v1/webhooks", json=order, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def deliveries(office: Office, hook: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await office.client.get(f"/v1/webhooks/{hook['webhook_id']}/deliveries")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def settled(office: Office, hook: dict[str, Any], count: int) -> list[dict[str, Any]]:
    async def all_there() -> list[dict[str, Any]] | None:
        found = await deliveries(office, hook)
        ended = [one for one in found if one["attempts"] and one["state"] != "pending"]
        return found if len(ended) >= count else None

    return await until(all_there, what=f"{count} settled deliveries")


async def test_events_of_all_services_come_signed(office: Office, receiver: Receiver) -> None:
    hook = await subscribe(office, receiver.url("a"))
    told = [a_return(), a_positive()]
    await publish(office.nats_url, told)
    await until(receiver.has("a", 3), what="return, positive and the case that it opens")
    events = [call.event(hook["secret"]) for call in receiver.at("a")]
    types = {event["type"] for event in events}
    assert types == {"registration.return-known", "testing.sample-positive", "reporting.case-opened"}
    assert all(event["specversion"] == "1.0" and event["timestamp"] for event in events)
    with pytest.raises(WebhookVerificationError):
        receiver.at("a")[0].event("whsec_" + "A" * 43 + "=")
    found = await settled(office, hook, 3)
    assert {one["delivery_id"] for one in found} == {call.id for call in receiver.at("a")}
    assert {(one["state"], one["attempts"], one["status"]) for one in found} == {("delivered", 1, 204)}


async def test_an_event_that_comes_twice_is_told_once(office: Office, receiver: Receiver) -> None:
    await subscribe(office, receiver.url("a"), events=["registration.*"])
    await publish(office.nats_url, [a_return()], copies=3)
    await publish(office.nats_url, [a_return()])
    await until(receiver.has("a", 2))
    assert len({call.id for call in receiver.at("a")}) == len(receiver.at("a")) == 2


async def test_only_its_own_subtree_and_what_it_asked_for(office: Office, receiver: Receiver) -> None:
    district = await office.key("500104", "webhooks:write", "webhooks:read", "events:read")
    outside = {"division": "500105", "url": receiver.url("x"), "events": ["*"]}
    assert (await office.client.post("/v1/webhooks", json=outside, headers=district)).status_code == 403
    await subscribe(office, receiver.url("mine"), events=["registration.*"], **district)
    await subscribe(office, receiver.url("village"), division="500104102002")
    await subscribe(office, receiver.url("all"), division="500000")
    await publish(office.nats_url, [a_return("500105001001"), a_return(), a_positive()])
    await until(receiver.has("all", 4))
    await until(receiver.has("mine", 1))
    assert receiver.at("village") == []
    assert len(receiver.at("mine")) == 1


async def test_without_the_right_to_read_events_nobody_subscribes(office: Office, receiver: Receiver) -> None:
    key = await office.key("500104", "webhooks:write", "webhooks:read")
    order = {"division": "500104", "url": receiver.url("a"), "events": ["*"]}
    assert (await office.client.post("/v1/webhooks", json=order, headers=key)).status_code == 403


async def test_a_failure_is_tried_again_under_the_same_id(office: Office, receiver: Receiver) -> None:
    receiver.answers["a"] = [503, 204]
    hook = await subscribe(office, receiver.url("a"), events=["registration.*"])
    await publish(office.nats_url, [a_return()])
    await until(receiver.has("a", 2), seconds=20, what="the second attempt, five seconds later")
    first, second = receiver.at("a")
    assert first.id == second.id
    (told,) = await settled(office, hook, 1)
    assert (told["state"], told["attempts"], told["status"]) == ("delivered", 2, 204)
    outcomes = await office.rows("SELECT outcome, status FROM webhook_attempt ORDER BY attempt")
    assert [(row["outcome"], row["status"]) for row in outcomes] == [("rejected", 503), ("accepted", 204)]


async def test_a_receiver_that_hangs_delays_nobody_else(office: Office, receiver: Receiver) -> None:
    receiver.answers["slow"] = [HANGS]
    await subscribe(office, receiver.url("slow"), events=["registration.*"])
    await subscribe(office, receiver.url("quick"), events=["registration.*"])
    await publish(office.nats_url, [a_return()])
    await until(receiver.has("slow", 1))
    await publish(office.nats_url, [a_return() for _ in range(30)])
    await until(receiver.has("quick", 31), seconds=8, what="all others, before the time-out of the slow one")
    assert len(receiver.at("slow")) == 1


async def test_no_redirect_is_followed(office: Office, receiver: Receiver) -> None:
    receiver.answers["a"] = [307]
    hook = await subscribe(office, receiver.url("a"), events=["registration.*"])
    await publish(office.nats_url, [a_return()])
    await until(receiver.has("a", 1))

    async def refused() -> bool:
        return bool((await deliveries(office, hook))[0]["reason"])

    await until(refused)
    assert (await deliveries(office, hook))[0]["reason"] == "answered 307"


async def test_gone_pauses_and_resuming_sends_what_was_due(office: Office, receiver: Receiver) -> None:
    receiver.answers["a"] = [410, 204]
    hook = await subscribe(office, receiver.url("a"), events=["registration.*"])
    path = f"/v1/webhooks/{hook['webhook_id']}"
    await publish(office.nats_url, [a_return()])

    async def paused() -> bool:
        return (await office.client.get(path)).json()["state"] == "paused"

    await until(paused)
    resumed = (await office.client.post(f"{path}/resume", json={})).json()
    assert (resumed["state"], resumed["reason"]) == ("active", None)
    delivery = (await deliveries(office, hook))[0]["delivery_id"]
    assert (await office.client.post(f"{path}/deliveries/{delivery}/retry", json={})).status_code == 202
    assert (await settled(office, hook, 1))[0]["state"] == "delivered"


async def test_after_a_rotation_both_secrets_sign_for_a_day(office: Office, receiver: Receiver) -> None:
    hook = await subscribe(office, receiver.url("a"), events=["registration.*"])
    answer = await office.client.post(f"/v1/webhooks/{hook['webhook_id']}/secret", json={})
    assert answer.json()["secret"] != hook["secret"]
    await publish(office.nats_url, [a_return()])
    await until(receiver.has("a", 1))
    assert receiver.at("a")[0].event(hook["secret"]) == receiver.at("a")[0].event(answer.json()["secret"])
    await settled(office, hook, 1)
    await office.rows("UPDATE webhook SET former_until = now() - interval '1 second'")
    await publish(office.nats_url, [a_return()])
    await until(receiver.has("a", 2))
    with pytest.raises(WebhookVerificationError):
        receiver.at("a")[1].event(hook["secret"])
    assert receiver.at("a")[1].event(answer.json()["secret"])


async def test_a_webhook_ends_with_its_key(office: Office, receiver: Receiver, database_url: str) -> None:
    key = await office.key("500104", "webhooks:write", "events:read")
    await subscribe(office, receiver.url("revoked"), events=["registration.*"], **key)
    await subscribe(office, receiver.url("still"), events=["registration.*"])
    await revoke_all_but_the_office(database_url)
    await publish(office.nats_url, [a_return()])
    await until(receiver.has("still", 1))
    assert receiver.at("revoked") == []


async def revoke_all_but_the_office(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "UPDATE access.api_key SET revoked_at = now() WHERE NOT 'admin' = ANY(scopes)"
        )
    finally:
        await connection.close()


async def test_a_removed_webhook_is_told_nothing(office: Office, receiver: Receiver) -> None:
    gone = await subscribe(office, receiver.url("gone"), events=["registration.*"])
    await subscribe(office, receiver.url("still"), events=["registration.*"])
    path = f"/v1/webhooks/{gone['webhook_id']}"
    assert (await office.client.delete(path)).status_code == 204
    assert (await office.client.delete(path)).status_code == 404
    await publish(office.nats_url, [a_return()])
    await until(receiver.has("still", 1))
    assert receiver.at("gone") == []


async def test_an_attempt_whose_process_died_is_made_again(office: Office, receiver: Receiver) -> None:
    """The attempt stays on record as unknown: nobody can say whether the call arrived."""
    hook = await subscribe(office, receiver.url("a"), events=["registration.*"])
    await office.rows("UPDATE webhook SET state = 'paused'")
    webhook = UUID(hook["webhook_id"])
    past = datetime.now(UTC) - timedelta(minutes=2)
    await office.rows(
        "INSERT INTO webhook_delivery VALUES ($1, $2, 'a.b', '500104', '{}', 'pending', 1, $3, $3)",
        delivery := uuid4(),
        webhook,
        past,
    )
    await office.rows("INSERT INTO webhook_attempt VALUES ($1, 1, $2, NULL, 'pending')", delivery, past)
    await office.rows("UPDATE webhook SET state = 'active'")
    await settled(office, hook, 1)
    attempts = await office.rows("SELECT attempt, outcome FROM webhook_attempt ORDER BY attempt")
    assert [(row["attempt"], row["outcome"]) for row in attempts] == [(1, "unknown"), (2, "accepted")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "gopher://x"}, "url"),
        ({"url": ""}, "url"),
        ({"events": []}, "events"),
        ({"events": ["reporting.nothing-such"]}, "events.0"),
        ({"events": ["Reporting.*"]}, "events.0"),
        ({"division": "999999"}, "division"),
    ],
)
async def test_bad_orders_name_the_field(office: Office, change: dict[str, Any], field: str) -> None:
    order = {"division": "500104", "url": "https://district.example/", "events": ["*"], **change}
    answer = await office.client.post("/v1/webhooks", json=order)
    assert answer.status_code == 422, answer.text
    assert field in [problem["field"] for problem in answer.json()["problems"]]


async def test_the_same_order_again_is_the_same_webhook(office: Office, receiver: Receiver) -> None:
    first = await subscribe(office, receiver.url("a"), events=["registration.*"])
    order = {"division": "500104", "url": receiver.url("a"), "events": ["registration.*"]}
    again = await office.client.post("/v1/webhooks", json=order)
    assert (again.status_code, again.json()["secret"]) == (200, None)
    assert again.json()["webhook_id"] == first["webhook_id"]
