"""Returns through the real door, on a real database and a real bus."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.registration import ReturnKnown, ReturnRegistered
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.statements import a_return, a_symptom_report, a_transfer
from tests.servers import ServiceProcess

pytestmark = pytest.mark.requirement("return-registration")

HOUR = timedelta(hours=1)


def ago(now: datetime, hours: float) -> str:
    return (now - hours * HOUR).isoformat()


@pytest.mark.system
async def test_the_service_runs_as_a_process_and_ends_in_order(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str, events: EventsOnBus
) -> None:
    service = await start_service("registration")
    key = await a_key(database_url, JIANSHENG, "returns:write")
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers) as client:
        assert (await client.post("/v1/returns", json=a_return(datetime.now(UTC)))).status_code == 201
    await service.stop()
    assert isinstance((await events(1))[0], ReturnKnown)


async def test_from_a_neighbours_word_to_the_registration(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    now = datetime.now(UTC)
    told = a_return(now)
    first = await town.post("/v1/returns", json=told)
    again = await town.post("/v1/returns", json=told)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["verdict"], again.json()["verdict"]) == ("stored", "duplicate")
    assert first.json()["state"] == "unregistered"
    assert first.json()["minutes_since_arrival"] == 180
    assert first.json()["minutes_to_registration"] is None

    earlier = {**told, "source": "railway-list", "arrived_at": ago(now, 5)}
    assert (await town.post("/v1/returns", json=earlier)).json()["minutes_since_arrival"] == 300
    registered = {**told, "source": "village", "registered_at": ago(now, 1)}
    answer = (await town.post("/v1/returns", json=registered)).json()
    assert (answer["state"], answer["arrival_source"]) == ("registered", "railway-list")
    assert (answer["minutes_since_arrival"], answer["minutes_to_registration"]) == (None, 240)

    shown = (await town.get(f"/v1/returns/{answer['return_id']}")).json()
    assert [said["source"] for said in shown["statements"]] == ["neighbour", "railway-list", "village"]
    known, known_earlier, registration = await events(3)
    assert [type(event) for event in (known, known_earlier, registration)] == [
        *(ReturnKnown, ReturnKnown, ReturnRegistered)
    ]
    assert known.occurred_at == datetime.fromisoformat(told["arrived_at"])
    assert known_earlier.occurred_at == datetime.fromisoformat(ago(now, 5))
    assert registration.occurred_at == datetime.fromisoformat(ago(now, 1))
    assert {str(event.return_id) for event in (known, known_earlier, registration)} == {answer["return_id"]}


async def test_a_registration_may_be_known_before_anything_else(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    now = datetime.now(UTC)
    registered = a_return(now, source="village", registered_at=ago(now, 2))
    assert (await town.post("/v1/returns", json=registered)).json()["state"] == "registered"
    late_word = {**registered, "source": "railway-list", "registered_at": None, "arrived_at": ago(now, 20)}
    answer = (await town.post("/v1/returns", json=late_word)).json()
    assert (answer["state"], answer["minutes_to_registration"]) == ("registered", 18 * 60)
    found = await events(3)
    assert [type(event) for event in found] == [ReturnKnown, ReturnRegistered, ReturnKnown]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"arrived_at": "2021-02-01T09:00:00"}, "arrived_at", "offset"),
    ({"arrived_at": "yesterday"}, "arrived_at", "RFC 3339"),
    ({"arrived_at": "2999-01-01T00:00:00Z"}, "arrived_at", "ahead"),
    ({"arrived_at": "1900-01-01T00:00:00Z"}, "arrived_at", "before the year 2000"),
    ({"arrived_at": "1999-12-31T23:59:59.999999+08:00"}, "arrived_at", "before the year 2000"),
    ({"arrived_at": None}, "arrived_at", "RFC 3339"),
    ({"registered_at": "2020-01-01T00:00:00Z"}, "registered_at", "before arrived_at"),
    ({"registered_at": "9999-12-31T23:59:59Z"}, "registered_at", "ahead"),
    ({"recorded_at": "2999-01-01T00:00:00Z"}, "recorded_at", "ahead"),
    ({"division": "500104102999"}, "division", "unknown"),
    ({"division": "Jiansheng"}, "division", "6, 9 or 12 digits"),
    ({"source": "gossip"}, "source", "railway-list"),
    ({"reference": "张伟"}, "reference", "name"),
    ({"reference": "500104199001011236"}, "reference", "identity"),
    ({"reference": "138-1234-5678"}, "reference", "mobile"),
    ({"reference": "R-1\u0000"}, "reference", ""),
    ({"name": "张伟"}, "name", "not a known field"),
]


async def test_what_is_refused_names_field_and_reason_and_stores_nothing(town: httpx.AsyncClient) -> None:
    for changes, field, word in REFUSED:
        answer = await town.post("/v1/returns", json=a_return(datetime.now(UTC), **changes))
        assert answer.status_code == 422, changes
        assert answer.headers["content-type"].startswith("application/problem+json")
        (problem,) = answer.json()["problems"]
        assert problem["field"] == field, changes
        assert word in problem["reason"], changes
    assert (await town.get("/v1/returns")).json()["items"] == []


NO_BODIES = [
    (b"{", "application/json", 400),
    (b"\xff", "application/json", 400),
    (b"{}", "text/csv", 415),
    (b"{}", "application/json", 422),
    (b'"' + b"x" * 2_000_000 + b'"', "application/json", 413),
]


async def test_a_body_that_is_none_is_refused(town: httpx.AsyncClient) -> None:
    for body, content_type, status in NO_BODIES:
        answer = await town.post("/v1/returns", content=body, headers={"content-type": content_type})
        assert answer.status_code == status, body[:20]
        assert answer.json()["detail"]


async def test_one_bad_row_never_spoils_the_others(town: httpx.AsyncClient, events: EventsOnBus) -> None:
    now = datetime.now(UTC)
    good = a_return(now)
    rows: list[Any] = [
        good,
        a_return(now, division="500104102999"),
        a_return(now, registered_at=ago(now, 4)),
        a_return(now, division=OUTSIDE),
        a_return(now, reference="13812345678"),
        "no row at all",
        good,
        {**good, "source": "railway-list", "arrived_at": ago(now, 9)},
        a_return(now, registered_at=ago(now, 1)),
    ]
    receipt = (await town.post("/v1/returns/batch", json=rows)).json()
    assert [row["verdict"] for row in receipt["rows"]] == [
        *("stored", "refused", "refused", "refused", "refused", "refused"),
        *("duplicate", "stored", "stored"),
    ]
    assert (receipt["stored"], receipt["duplicate"], receipt["refused"]) == (3, 1, 5)
    assert [row["problems"][0]["field"] for row in receipt["rows"][1:5]] == [
        *("division", "registered_at", "division", "reference")
    ]
    assert receipt["rows"][0]["return_id"] == receipt["rows"][7]["return_id"]
    assert len(await events(3)) == 3
    assert len((await town.get("/v1/returns")).json()["items"]) == 2


async def test_a_mistyped_century_starts_no_clock_and_spoils_no_other_row(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    now = datetime.now(UTC)
    first, last = a_return(now), a_return(now, arrived_at="2000-01-01T00:00:00+08:00")
    rows = [first, a_return(now, arrived_at="1921-02-01T09:00:00+08:00"), last]
    receipt = (await town.post("/v1/returns/batch", json=rows)).json()
    assert [row["verdict"] for row in receipt["rows"]] == ["stored", "refused", "stored"]
    (problem,) = receipt["rows"][1]["problems"]
    assert problem["field"] == "arrived_at"
    assert problem["reason_zh"] == "早于 2000 年：日期是否填错？"
    seen = a_symptom_report(now, seen_at="1921-02-01T09:00:00+08:00")
    assert (await town.post("/v1/symptom-reports", json=seen)).status_code == 422
    decided = a_transfer(now, decided_at="1999-12-31T23:59:59+08:00")
    (problem,) = (await town.post("/v1/transfers", json=decided)).json()["problems"]
    assert (problem["field"], problem["reason_zh"]) == ("decided_at", "早于 2000 年：日期是否填错？")
    arrivals = {event.occurred_at for event in await events(2)}
    assert arrivals == {datetime.fromisoformat(one["arrived_at"]) for one in (first, last)}


async def test_broken_lines_of_ndjson_are_refused_alone(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    first, last = (json.dumps(a_return(now)).encode() for _ in range(2))
    lines = [first, b'{"reference": ', b"\xff", last]
    answer = await town.post(
        "/v1/returns/batch", content=b"\n".join(lines), headers={"content-type": "application/x-ndjson"}
    )
    assert [row["verdict"] for row in answer.json()["rows"]] == ["stored", "refused", "refused", "stored"]


async def test_a_list_goes_on_where_the_page_before_ended(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    rows = [a_return(now, division=division) for division in (A_VILLAGE, ANOTHER_VILLAGE) for _ in range(5)]
    rows += [a_return(now, registered_at=ago(now, 1)) for _ in range(2)]
    await town.post("/v1/returns/batch", json=rows)
    seen: list[str] = []
    address: str | None = "/v1/returns?limit=4&state=unregistered"
    while address is not None:
        page = (await town.get(address)).json()
        seen += [item["reference"] for item in page["items"]]
        address = page["next"]
    assert sorted(seen) == sorted(row["reference"] for row in rows[:10])
    village = (await town.get("/v1/returns", params={"division": A_VILLAGE})).json()["items"]
    assert {item["division"] for item in village} == {A_VILLAGE}
    assert len(village) == 7
    for parameters, status in [
        ({"division": OUTSIDE}, 403),
        ({"division": "500104102999"}, 422),
        ({"state": "asleep"}, 422),
        ({"limit": "0"}, 422),
        ({"cursor": "nonsense"}, 400),
    ]:
        assert (await town.get("/v1/returns", params=parameters)).status_code == status


async def test_a_key_sees_its_own_subtree_only(town: httpx.AsyncClient, database_url: str) -> None:
    told = a_return(datetime.now(UTC))
    return_id = (await town.post("/v1/returns", json=told)).json()["return_id"]
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, "returns:write", "returns:read")
    reader = await a_key(database_url, JIANSHENG, "returns:read")
    writer = await a_key(database_url, JIANSHENG, "returns:write")

    async def status(method: str, path: str, key: str) -> int:
        body = told if method == "POST" else None
        headers = {"authorization": f"Bearer {key}"} if key else {"authorization": ""}
        return (await town.request(method, path, json=body, headers=headers)).status_code

    assert await status("GET", f"/v1/returns/{return_id}", neighbour) == 404
    assert await status("POST", "/v1/returns", neighbour) == 403
    assert await status("GET", "/v1/returns", neighbour) == 200
    assert await status("GET", f"/v1/returns/{return_id}", reader) == 200
    assert await status("POST", "/v1/returns", reader) == 403
    assert await status("GET", "/v1/returns", writer) == 403
    assert await status("POST", "/v1/returns", "") == 401


async def test_many_at_once_share_transactions_and_each_gets_its_own_answer(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    now = datetime.now(UTC)
    rows = [a_return(now) for _ in range(50)]
    told = [*rows, *rows, *({**row, "registered_at": ago(now, 1)} for row in rows)]
    answers = await asyncio.gather(*(town.post("/v1/returns", json=row) for row in told))
    assert sorted(answer.status_code for answer in answers) == [200] * 50 + [201] * 100
    for row, answer in zip(told, answers, strict=True):
        assert answer.json()["reference"] == row["reference"]
    found = await events(100)
    assert len({event.return_id for event in found if isinstance(event, ReturnRegistered)}) == 50
    figures = (await town.get("/metrics")).text
    assert 'registration_statements_total{ledger="returns",verdict="stored"} 100.0' in figures
