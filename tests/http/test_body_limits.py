"""Bodies above the limit are refused, whether they announce their size or not."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.http.application import Deeds
from tests.http.test_refused_input import is_problem

JSON = {"Content-Type": "application/json"}


def a_body(size: int) -> bytes:
    start, end = b'{"division": "500104", "text": "', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


async def in_chunks(body: bytes, size: int = 512) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("chunked", [False, True])
async def test_refuses_large_bodies(client: httpx.AsyncClient, deeds: Deeds, chunked: bool) -> None:
    body = a_body(4097)
    answer = await client.post("/v1/notes", content=in_chunks(body) if chunked else body, headers=JSON)
    is_problem(answer, 413, "too-large")
    assert deeds.count == 0


@pytest.mark.parametrize("chunked", [False, True])
async def test_reads_bodies_up_to_the_limit(client: httpx.AsyncClient, chunked: bool) -> None:
    body = a_body(4096)
    answer = await client.post("/v1/notes", content=in_chunks(body) if chunked else body, headers=JSON)
    assert [problem["field"] for problem in is_problem(answer, 422, "invalid-input")["problems"]] == ["text"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_takes_more_where_the_route_says_so(client: httpx.AsyncClient, chunked: bool) -> None:
    body = b'{"notes": [' + b",".join([b'{"division": "500104"}'] * 1000) + b"]}"
    answer = await client.post("/v1/notes/batch", content=in_chunks(body) if chunked else body, headers=JSON)
    assert answer.json() == {"notes": 1000}


async def test_limits_bodies_under_an_idempotency_key_too(client: httpx.AsyncClient) -> None:
    headers = {**JSON, "Idempotency-Key": "large"}
    is_problem(await client.post("/v1/notes", content=a_body(5000), headers=headers), 413, "too-large")
