"""Every input that is refused gets a problem document that says which field and why; nothing is a 500."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.http.application import Deeds

JSON = {"Content-Type": "application/json"}
DIVISION = b'"division": "500104102"'


def is_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Check the shape of a problem document and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == f"/problems/{slug}"
    assert document["status"] == status
    assert document["title"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in document["title_zh"])
    assert document["detail"]
    assert document["instance"] == f"urn:request:{answer.headers['request-id']}"
    return document


BODIES = [
    pytest.param(b'{"division": ', 400, "malformed-input", None, id="broken JSON"),
    pytest.param(b"[" * 300, 400, "malformed-input", None, id="nested too deep"),
    pytest.param(b'{"division": "\xff\xfe"}', 400, "malformed-input", None, id="not UTF-8"),
    pytest.param('{"division": "500104102"}'.encode("utf-16"), 400, "malformed-input", None, id="UTF-16"),
    pytest.param(b'{"text": "\\ud800", %b}' % DIVISION, 400, "malformed-input", None, id="half a surrogate"),
    pytest.param(b"", 422, "invalid-input", "", id="no body"),
    pytest.param(b"null", 422, "invalid-input", "", id="null"),
    pytest.param(b"[]", 422, "invalid-input", "", id="an array"),
    pytest.param(b"{}", 422, "invalid-input", "division", id="a field missing"),
    pytest.param(b'{%b, "colour": 1}' % DIVISION, 422, "invalid-input", "colour", id="a field unknown"),
    pytest.param(b'{%b, "count": "3"}' % DIVISION, 422, "invalid-input", "count", id="text for a number"),
    pytest.param(b'{%b, "count": true}' % DIVISION, 422, "invalid-input", "count", id="true for a number"),
    pytest.param(
        b'{%b, "count": 1.0}' % DIVISION, 422, "invalid-input", "count", id="1.0 for a whole number"
    ),
    pytest.param(b'{%b, "text": 3}' % DIVISION, 422, "invalid-input", "text", id="a number for text"),
    pytest.param(b'{%b, "share": NaN}' % DIVISION, 422, "invalid-input", "share", id="NaN"),
    pytest.param(b'{%b, "share": 1e999}' % DIVISION, 422, "invalid-input", "share", id="infinity"),
    pytest.param(b'{%b, "text": "a\\u0000b"}' % DIVISION, 422, "invalid-input", "text", id="U+0000"),
    pytest.param('{"division": "５００１０４"}'.encode(), 422, "invalid-input", "division", id="wide digits"),
    pytest.param(b'{"division": "500104102\\n"}', 422, "invalid-input", "division", id="a trailing newline"),
]


@pytest.mark.parametrize(("body", "status", "slug", "field"), BODIES)
async def test_refuses_bodies(
    client: httpx.AsyncClient, deeds: Deeds, body: bytes, status: int, slug: str, field: str | None
) -> None:
    document = is_problem(await client.post("/v1/notes", content=body, headers=JSON), status, slug)
    if field is not None:
        assert document["problems"][0]["field"] == field
        assert document["problems"][0]["reason"]
    assert deeds.count == 0


TIMES = [
    pytest.param("2021-11-05T08:30:00", "offset", id="naive"),
    pytest.param("2021-11-05", "RFC 3339", id="a day"),
    pytest.param("2021-11-05 08:30:00+08:00", "RFC 3339", id="a space for the T"),
    pytest.param("2021-11-05T08:30+08:00", "RFC 3339", id="no seconds"),
    pytest.param("1636070400", "RFC 3339", id="seconds since 1970 as text"),
    pytest.param(1636070400, "RFC 3339", id="seconds since 1970"),
    pytest.param("2021-02-29T08:30:00+08:00", "exists", id="no such day"),
    pytest.param("2021-11-05T24:00:00+08:00", "exists", id="hour 24"),
    pytest.param("2021-11-05T08:30:60+08:00", "exists", id="a leap second"),
    pytest.param("2021-11-05T08:30:00+25:00", "exists", id="no such offset"),
    pytest.param("0001-01-01T00:00:00+14:00", "exists", id="before the first day"),
    pytest.param("1999-12-31T23:59:59.999999+08:00", "before the year 2000", id="the last instant of 1999"),
    pytest.param("2000-01-01T00:00:00+08:01", "before the year 2000", id="of 1999 in Asia/Shanghai"),
    pytest.param("1900-01-01T00:00:00Z", "before the year 2000", id="1900"),
    pytest.param("9999-12-31T23:59:59-14:00", "exists", id="after the last day"),
    pytest.param("２０２１-11-05T08:30:00+08:00", "RFC 3339", id="wide digits"),
]


@pytest.mark.parametrize(("noted_at", "reason"), TIMES)
async def test_refuses_times(client: httpx.AsyncClient, noted_at: object, reason: str) -> None:
    answer = await client.post("/v1/notes", json={"division": "500104", "noted_at": noted_at})
    problem = is_problem(answer, 422, "invalid-input")["problems"][0]
    assert problem["field"] == "noted_at"
    assert reason in problem["reason"]
    assert problem["reason_zh"]


@pytest.mark.parametrize("noted_at", ["2000-01-01T00:00:00+08:00", "1999-12-31T16:00:00Z"])
async def test_takes_times_from_the_year_2000_on(client: httpx.AsyncClient, noted_at: str) -> None:
    answer = await client.post("/v1/notes", json={"division": "500104", "noted_at": noted_at})
    assert answer.status_code == 201


@pytest.mark.parametrize(("ahead", "status"), [(timedelta(minutes=4), 201), (timedelta(minutes=6), 422)])
async def test_takes_times_at_most_five_minutes_ahead(
    client: httpx.AsyncClient, ahead: timedelta, status: int
) -> None:
    noted_at = (datetime.now(UTC) + ahead).isoformat()
    answer = await client.post("/v1/notes", json={"division": "500104", "noted_at": noted_at})
    assert answer.status_code == status
    if status == 422:
        assert "future" in answer.json()["problems"][0]["reason"]


async def test_names_the_place_in_a_list(client: httpx.AsyncClient) -> None:
    notes = [{"division": "500104"}, {"division": "500104", "noted_at": "2021-11-05T08:30:00"}, {"count": 1}]
    answer = await client.post("/v1/notes/batch", json={"notes": notes})
    fields = [problem["field"] for problem in is_problem(answer, 422, "invalid-input")["problems"]]
    assert fields == ["notes.1.noted_at", "notes.2.division"]


async def test_never_repeats_a_value(client: httpx.AsyncClient) -> None:
    body = {"division": "511622199001011234", "count": "13812345678"}
    text = (await client.post("/v1/notes", json=body)).text
    assert "511622199001011234" not in text
    assert "13812345678" not in text


@pytest.mark.parametrize(
    "media",
    [
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/xml",
        "",
        "application/json; charset=gbk",
    ],
)
async def test_refuses_other_media_types(client: httpx.AsyncClient, media: str) -> None:
    answer = await client.post("/v1/notes", content=b"{%b}" % DIVISION, headers={"Content-Type": media})
    is_problem(answer, 415, "unsupported-media-type")


async def test_takes_json_with_a_charset(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "Application/JSON; charset=UTF-8"}
    answer = await client.post("/v1/notes", content=b"{%b}" % DIVISION, headers=headers)
    assert answer.status_code == 201


async def test_takes_an_escaped_backslash_before_u0000(client: httpx.AsyncClient) -> None:
    content = b'{%b, "text": "\\\\u0000"}' % DIVISION
    answer = await client.post("/v1/notes", content=content, headers=JSON)
    assert answer.json()["text"] == "\\u0000"


PARAMETERS = [
    pytest.param("/v1/notes?limit=many", 422, "invalid-input", "limit", id="text for a number"),
    pytest.param("/v1/numbers?limit=0", 422, "invalid-input", "limit", id="too small"),
    pytest.param("/v1/numbers?limit=501", 422, "invalid-input", "limit", id="too large"),
    pytest.param("/v1/notes?divison=500104", 422, "invalid-input", "divison", id="a misspelt filter"),
    pytest.param("/v1/notes?division=%00", 400, "malformed-input", None, id="U+0000"),
    pytest.param("/v1/notes?division=5001%FF", 403, "forbidden", None, id="no UTF-8"),
    pytest.param("/v1/notes/not-a-uuid", 404, "not-found", None, id="no id"),
    pytest.param("/v1/%00", 404, "not-found", None, id="U+0000 in a path"),
    pytest.param("/v1/nothing", 404, "not-found", None, id="no such path"),
]


@pytest.mark.parametrize(("address", "status", "slug", "field"), PARAMETERS)
async def test_refuses_parameters(
    client: httpx.AsyncClient, address: str, status: int, slug: str, field: str | None
) -> None:
    document = is_problem(await client.get(address), status, slug)
    if field:
        assert [problem["field"] for problem in document["problems"]] == [field]


async def test_refuses_other_methods(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/v1/notes")
    is_problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST", "OPTIONS"}


async def test_tells_the_methods(client: httpx.AsyncClient) -> None:
    answer = await client.options("/v1/notes")
    assert answer.status_code == 204
    assert answer.headers["allow"] == "GET, OPTIONS, POST"


async def test_hides_what_went_wrong(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/failures/unforeseen")
    document = is_problem(answer, 500, "unexpected")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert set(document) == {"type", "title", "title_zh", "status", "detail", "instance"}


async def test_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/failures/unavailable")
    is_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_cites_the_clause(client: httpx.AsyncClient) -> None:
    document = is_problem(await client.get("/v1/failures/conflict"), 409, "conflict")
    assert document["clause"] == "渝肺炎组发〔2021〕1号 §20"
