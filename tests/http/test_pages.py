"""Lists in pages: nothing is left out, nothing shown twice, and a tampered cursor is refused."""

import base64

import httpx
import pytest

from tests.http.test_refused_input import is_problem


async def all_pages(client: httpx.AsyncClient, address: str) -> list[list[int]]:
    pages: list[list[int]] = []
    following: str | None = address
    while following is not None:
        answer = await client.get(following)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()["items"])
        following = answer.json()["next"]
    return pages


@pytest.mark.parametrize(
    ("query", "sizes"),
    [("", [12]), ("?limit=12", [12]), ("?limit=5", [5, 5, 2]), ("?limit=6", [6, 6]), ("?limit=1", [1] * 12)],
)
async def test_pages_hold_everything_once(client: httpx.AsyncClient, query: str, sizes: list[int]) -> None:
    pages = await all_pages(client, f"/v1/numbers{query}")
    assert [len(page) for page in pages] == sizes
    assert [number for page in pages for number in page] == list(range(1, 13))


async def test_the_next_page_keeps_the_filters(client: httpx.AsyncClient) -> None:
    assert await all_pages(client, "/v1/numbers?limit=4&parity=even") == [[2, 4, 6, 8], [10, 12]]


async def test_a_cursor_goes_with_another_limit(client: httpx.AsyncClient) -> None:
    first = (await client.get("/v1/numbers?limit=5")).json()
    following = first["next"].replace("limit=5", "limit=2")
    assert (await client.get(following)).json()["items"] == [6, 7]


async def test_refuses_cursors_that_it_has_not_given_out(client: httpx.AsyncClient) -> None:
    following = (await client.get("/v1/numbers?limit=5")).json()["next"]
    cursor = following.split("cursor=")[1]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    moved = base64.urlsafe_b64encode(raw.replace(b"[5,", b"[9,")).rstrip(b"=").decode()
    assert moved != cursor
    for tampered in ("", "x", "!!", cursor[:-1], cursor + "A", cursor.swapcase(), moved, "é", "%00"):
        answer = await client.get(f"/v1/numbers?limit=5&cursor={tampered}")
        is_problem(answer, 400, "malformed-input")
    is_problem(await client.get(following + "&parity=even"), 400, "malformed-input")
