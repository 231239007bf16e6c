"""Results through the real door: the service as a process, a real database and a real bus."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import nats
import pytest

from shared.contracts import EVENTS, open_envelope
from shared.contracts.testing import (
    SampleInconclusive,
    SamplePositive,
    SamplePositiveWithdrawn,
    SamplesNegative,
    SequencingOrdered,
)
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE, a_result
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.requirement("direct-report")]


@pytest.fixture
async def laboratory(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    service = await start_service("testing")
    key = await a_key(database_url, JIANSHENG, "results:write", "results:read")
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60) as client:
        yield client


async def events_on(nats_url: str, stream: str = "TESTING") -> list[Any]:
    client = await nats.connect(nats_url)
    try:
        jetstream = client.jetstream()
        count = (await jetstream.stream_info(stream)).state.messages
        found: list[Any] = []
        for sequence in range(1, count + 1):
            message = await jetstream.get_msg(stream, sequence)
            found.append(open_envelope(message.headers or {}, message.data or b"", EVENTS)[1])
        return found
    finally:
        await client.close()


async def events_once_there_are(nats_url: str, number: int) -> list[Any]:
    """What was told of samples; the order to sequence each positive comes when it comes."""

    async def told() -> list[Any]:
        return [event for event in await events_on(nats_url) if not isinstance(event, SequencingOrdered)]

    async def enough() -> bool:
        return len(await told()) >= number

    await until(enough)
    return await told()


async def test_a_positive_is_stored_once_and_told_once(laboratory: httpx.AsyncClient, nats_url: str) -> None:
    row = a_result(datetime.now(UTC))
    first = await laboratory.post("/v1/results", json=row)
    again = await laboratory.post("/v1/results", json=row)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["verdict"], again.json()["verdict"]) == ("stored", "duplicate")
    (event,) = await events_once_there_are(nats_url, 1)
    assert isinstance(event, SamplePositive)
    assert str(event.sample_id) == first.json()["sample_id"]
    assert event.occurred_at == datetime.fromisoformat(row["resulted_at"])


async def test_another_result_of_the_same_tube_is_no_silent_change(laboratory: httpx.AsyncClient) -> None:
    row = a_result(datetime.now(UTC), result="negative")
    await laboratory.post("/v1/results", json=row)
    answer = await laboratory.post("/v1/results", json={**row, "result": "positive"})
    assert answer.status_code == 409
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "correction" in answer.json()["detail"]


async def test_one_bad_row_never_spoils_the_others(laboratory: httpx.AsyncClient, nats_url: str) -> None:
    now = datetime.now(UTC)
    good = [a_result(now, result="negative") for _ in range(3)]
    positive = a_result(now, division=ANOTHER_VILLAGE)
    rows: list[Any] = [
        good[0],
        a_result(now, division="500104102999"),
        good[1],
        a_result(now, sampled_at="2021-02-01T09:00:00"),
        {"tube_code": "T"},
        "no row at all",
        a_result(now, division=OUTSIDE),
        positive,
        good[2],
        good[0],
        {**good[1], "result": "positive"},
    ]
    answer = await laboratory.post("/v1/results/batch", json=rows)
    assert answer.status_code == 200
    receipt = answer.json()
    assert [row["verdict"] for row in receipt["rows"]] == [
        *("stored", "refused", "stored", "refused", "refused", "refused", "refused"),
        *("stored", "stored", "duplicate", "refused"),
    ]
    assert (receipt["stored"], receipt["duplicate"], receipt["refused"]) == (4, 1, 6)
    assert receipt["rows"][1]["problems"][0]["field"] == "division"
    assert receipt["rows"][3]["problems"][0]["field"] == "sampled_at"
    events = await events_once_there_are(nats_url, 2)
    assert isinstance(events[0], SamplePositive)
    assert isinstance(events[1], SamplesNegative)
    assert events[1].count == 3


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
async def test_a_mistyped_century_is_no_positive_and_spoils_no_other_row(
    laboratory: httpx.AsyncClient, nats_url: str, media: str
) -> None:
    now = datetime.now(UTC)
    too_early = a_result(now, sampled_at="1999-12-31T23:59:59.999999+08:00")
    answer = await laboratory.post("/v1/results", json=too_early)
    (problem,) = answer.json()["problems"]
    assert (answer.status_code, problem["field"]) == (422, "sampled_at")
    assert problem["reason"] == "lies before the year 2000; is the date mistyped?"
    rows = [
        a_result(now),
        too_early,
        a_result(now, resulted_at="1921-02-01T09:00:00+08:00"),
        a_result(now, **dict.fromkeys(("sampled_at", "resulted_at"), "2000-01-01T00:00:00+08:00")),
    ]
    lines = [json.dumps(row) for row in rows]
    body = "\n".join(lines) if media.endswith("ndjson") else f"[{','.join(lines)}]"
    answer = await laboratory.post("/v1/results/batch", content=body, headers={"content-type": media})
    receipt = answer.json()["rows"]
    assert [row["verdict"] for row in receipt] == ["stored", "refused", "refused", "stored"]
    assert [row["problems"][0]["field"] for row in receipt[1:3]] == ["sampled_at", "resulted_at"]
    told = await events_once_there_are(nats_url, 2)
    assert {event.tube_code for event in told} == {rows[0]["tube_code"], rows[3]["tube_code"]}


async def test_broken_lines_of_ndjson_are_refused_alone(laboratory: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    lines = [
        json.dumps(a_result(now)).encode(),
        b'{"tube_code": ',
        b"\xff\xfe",
        b"",
        json.dumps(a_result(now)).encode(),
    ]
    answer = await laboratory.post(
        "/v1/results/batch", content=b"\n".join(lines), headers={"content-type": "application/x-ndjson"}
    )
    assert [row["verdict"] for row in answer.json()["rows"]] == ["stored", "refused", "refused", "stored"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"[{", "application/json", 400),
        (b'{"a": 1}', "application/json", 400),
        (b"[]", "application/json", 422),
        (b"\xff", "application/json", 400),
        (b"[1]", "text/csv", 415),
        (b"[" + b"1," * 10_000 + b"1]", "application/json", 413),
        (b"1\n" * 10_001, "application/x-ndjson", 413),
        (b"x" * (17 * 1024 * 1024), "application/x-ndjson", 413),
    ],
)
async def test_a_batch_that_is_none_is_refused_whole(
    laboratory: httpx.AsyncClient, body: bytes, content_type: str, status: int
) -> None:
    answer = await laboratory.post(
        "/v1/results/batch", content=body, headers={"content-type": content_type}, timeout=30
    )
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_a_withdrawn_positive_is_a_new_fact(laboratory: httpx.AsyncClient, nats_url: str) -> None:
    now = datetime.now(UTC)
    row = a_result(now - timedelta(minutes=10))
    sample = (await laboratory.post("/v1/results", json=row)).json()["sample_id"]
    order = {"result": "negative", "reason_code": "contamination", "occurred_at": now.isoformat()}
    corrected = await laboratory.post(f"/v1/samples/{sample}/corrections", json=order)
    assert corrected.status_code == 201
    assert [revision["result"] for revision in corrected.json()["revisions"]] == ["positive", "negative"]
    assert (await laboratory.post(f"/v1/samples/{sample}/corrections", json=order)).status_code == 409
    assert (await laboratory.post("/v1/results", json=row)).json()["verdict"] == "duplicate"
    events = await events_once_there_are(nats_url, 2)
    assert [type(event) for event in events] == [SamplePositive, SamplePositiveWithdrawn]


async def test_a_key_sees_its_own_subtree_only(laboratory: httpx.AsyncClient, database_url: str) -> None:
    row = a_result(datetime.now(UTC))
    sample = (await laboratory.post("/v1/results", json=row)).json()["sample_id"]
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, "results:write", "results:read")
    headers = {"authorization": f"Bearer {neighbour}"}
    assert (await laboratory.get(f"/v1/samples/{sample}")).status_code == 200
    assert (await laboratory.get(f"/v1/samples/{sample}", headers=headers)).status_code == 404
    assert (await laboratory.post("/v1/results", json=row, headers=headers)).status_code == 403
    assert (await laboratory.post("/v1/results", json=row, headers={"authorization": ""})).status_code == 401


async def test_many_at_once_share_transactions_and_each_gets_its_own_answer(
    laboratory: httpx.AsyncClient, nats_url: str
) -> None:
    now = datetime.now(UTC)
    rows = [a_result(now) for _ in range(100)]
    answers = await asyncio.gather(*(laboratory.post("/v1/results", json=row) for row in [*rows, *rows]))
    assert sorted(answer.status_code for answer in answers) == [200] * 100 + [201] * 100
    events = await events_once_there_are(nats_url, 100)
    assert len({event.sample_id for event in events}) == 100
    assert A_VILLAGE in {event.division for event in events}


async def test_whose_sample_it_is_travels_with_every_result_and_correction(
    laboratory: httpx.AsyncClient, nats_url: str
) -> None:
    now, person = datetime.now(UTC), str(UUID(int=7))
    past = now - timedelta(minutes=10)
    rows = [
        a_result(past, result="negative", person_id=person),
        a_result(past, result="negative"),
        a_result(past, result="inconclusive", person_id=person),
        a_result(past, person_id=person),
    ]
    answer = await laboratory.post("/v1/results/batch", json=rows)
    assert answer.json()["stored"] == 4
    negative, _, unclear, found = (row["sample_id"] for row in answer.json()["rows"])
    assert (await laboratory.get(f"/v1/samples/{found}")).json()["person_id"] == person
    other = await laboratory.post("/v1/results", json={**rows[0], "person_id": str(UUID(int=8))})
    assert other.status_code == 409
    for sample, result in ((negative, "inconclusive"), (unclear, "negative"), (found, "negative")):
        order = {"result": result, "reason_code": "retest", "occurred_at": now.isoformat()}
        answer = await laboratory.post(f"/v1/samples/{sample}/corrections", json=order)
        assert answer.status_code == 201
    told = await events_once_there_are(nats_url, 6)
    kinds = [SamplePositive, SampleInconclusive, SamplesNegative]
    assert [type(event) for event in told] == [
        *kinds,
        SampleInconclusive,
        SamplesNegative,
        SamplePositiveWithdrawn,
    ]
    assert [(str(one.person_id), str(one.sample_id), one.revision) for one in told[2].people] == [
        (person, negative, 1)
    ]
    assert [str(one.sample_id) for one in told[4].people] == [unclear]
    assert {str(told[number].person_id) for number in (0, 1, 3, 5)} == {person}
    assert [told[3].revision, told[4].people[0].revision, told[5].revision] == [2, 2, 2]
    assert told[5].result == "negative"


async def test_a_hundred_thousand_rows_are_refused_with_advice(
    laboratory: httpx.AsyncClient, database_url: str
) -> None:
    row = json.dumps(a_result(datetime.now(UTC), result="negative")).encode()
    for count in (100_000, 20_000):  # beyond the bytes of the route, and beyond its rows alone
        body = b"[" + b",".join([row] * count) + b"]"
        answer = await laboratory.post(
            "/v1/results/batch", content=body, headers={"content-type": "application/json"}, timeout=60
        )
        assert answer.status_code == 413
        assert "at most 10,000 results at a time" in answer.json()["detail"]
        assert "/v1/results/stream" in answer.json()["detail"]
    assert await _results_on_record(database_url) == 0


async def test_half_a_batch_that_the_network_cut_off_leaves_nothing(
    laboratory: httpx.AsyncClient, database_url: str
) -> None:
    rows = [a_result(datetime.now(UTC)) for _ in range(100)]
    body = "\n".join(json.dumps(row) for row in rows).encode()
    url = laboratory.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        b"POST /v1/results/batch HTTP/1.1\r\nHost: laboratory\r\nContent-Type: application/x-ndjson\r\n"
        b"Authorization: " + laboratory.headers["authorization"].encode() + b"\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body[: len(body) // 2])
    )
    await writer.drain()
    writer.transport.abort()
    assert await reader.read() == b""
    answer = await laboratory.post(  # behind the one that was cut off
        "/v1/results/batch", content=body, headers={"content-type": "application/x-ndjson"}
    )
    assert answer.json()["stored"] == 100
    assert await _results_on_record(database_url) == 100


async def _results_on_record(database_url: str) -> int:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval("SELECT count(*) FROM testing.sample_result")
    finally:
        await connection.close()
