"""Tubes, steps and pools through the real doors: the service as a process, a real database and a real bus."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from shared.workbooks import XLSX
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE, a_result
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.testing.results.laboratory_messages import a_bundle, a_report, an_hl7_message, an_order
from tests.testing.results.test_workbooks import a_book, a_row

pytestmark = [pytest.mark.system, pytest.mark.requirement("village-town-county-chain")]

HOUR = timedelta(hours=1)


@pytest.fixture
async def township(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    service = await start_service("testing")
    key = await a_key(database_url, "500104", "tubes:write", "tubes:read", "results:write", "results:read")
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=30) as client:
        yield client


def now() -> datetime:
    return datetime.now(UTC)


def a_tube(code: str, *people: int, **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "division": A_VILLAGE,
        "point": "point-1",
        "size": 10,
        "opened_at": (now().replace(microsecond=0) - 6 * HOUR).isoformat(),
        "members": [{"person_id": str(UUID(int=one))} for one in people],
        **changes,
    }


def a_step(kind: str, code: str | None, hours_ago: float, **changes: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "at": (now() - hours_ago * HOUR).isoformat(),
        "tube_code": code,
        "division": JIANSHENG,
        **changes,
    }


async def test_the_three_owners_and_their_times_are_visible_for_each_sample(
    township: httpx.AsyncClient,
) -> None:
    reported = (now() - 7 * HOUR).isoformat()
    tube = a_tube(
        "T-1", laboratory="500104-cdc", members=[{"person_id": str(UUID(int=1)), "reported_at": reported}]
    )
    told = await township.post("/v1/tubes", json=tube)
    assert told.status_code == 201, told.text
    steps = [
        a_step("sealed", "T-1", 5.5),
        a_step("boxed", "T-1", 5, box="B-1"),
        a_step("handed-over", None, 4.5, box="B-1", place="500104102-hc", temperature_celsius=4.5),
        a_step("received", "T-1", 4, institution="500104-cdc", division="500104"),
        a_step("run", "T-1", 3, institution="500104-cdc", division="500104", plate="P-7", well="A1"),
    ]
    answer = await township.post("/v1/tube-steps/batch", json=steps)
    assert (answer.json()["stored"], answer.json()["refused"]) == (5, 0), answer.text
    assert [row["is_of_known_tube"] for row in answer.json()["rows"]] == [True, True, False, True, True]
    result = await township.post(
        "/v1/results", json=a_result(now() - 2 * HOUR, tube_code="T-1", result="negative")
    )
    assert result.status_code == 201, result.text
    whole = (await township.get(f"/v1/tubes/{told.json()['tube_id']}")).json()
    (member,) = whole["samples"]
    assert (member["state"], whole["result"], whole["flags"]) == ("cleared", "negative", [])
    sample = (await township.get(f"/v1/samples/{member['sample_id']}")).json()
    taken = sample["taken"]
    assert taken["village"]["division"] == A_VILLAGE
    assert datetime.fromisoformat(taken["village"]["reported_at"]) == datetime.fromisoformat(reported)
    assert (taken["township"]["point"], taken["township"]["division"]) == ("point-1", A_VILLAGE)
    assert taken["county"]["institution"] == "500104-cdc"
    assert taken["county"]["received_at"] < taken["county"]["resulted_at"]
    assert [step["kind"] for step in taken["steps"]] == ["sealed", "boxed", "handed-over", "received", "run"]
    assert taken["steps"][2]["temperature_celsius"] == 4.5
    assert [one["result"] for one in sample["revisions"]] == ["negative"]


async def test_an_offline_day_sent_late_twice_and_out_of_order_is_stored_once(
    township: httpx.AsyncClient,
) -> None:
    tubes = [a_tube(f"T-{one}", 10 * one, 10 * one + 1) for one in range(20)]
    steps = [
        a_step(kind, f"T-{one}", 3 - place) for one in range(20) for place, kind in enumerate(("sealed",))
    ]
    parts = [{**tube, "members": [member]} for tube in tubes for member in tube["members"]]
    for rows in (steps, parts[::-1], tubes, steps[::-1]):
        path = "/v1/tube-steps/batch" if "kind" in rows[0] else "/v1/tubes/batch"
        lines = "\n".join(json.dumps(row) for row in rows)
        answer = await township.post(path, content=lines, headers={"content-type": "application/x-ndjson"})
        assert answer.json()["refused"] == 0, answer.text
    assert answer.json()["duplicate"] == 20
    listed = (await township.get("/v1/tubes", params={"limit": 50})).json()["items"]
    assert [row["members"] for row in listed] == [2] * 20


async def test_bad_input_has_a_verdict_a_field_and_a_reason(township: httpx.AsyncClient) -> None:
    good = a_tube("T-1", 1, 2)
    rows: list[Any] = [
        good,
        {**good, "size": 5},
        a_tube("T-1", 3, point="point-2"),
        a_tube("T-2", 1),
        a_tube("T-2", 4, division=OUTSIDE),
        a_tube("T-2", 4, size=7),
        a_tube("T-2", 4, opened_at="2021-02-01T09:00:00"),
        a_tube("T-2", members=[{"person_id": "nobody"}]),
        a_tube("T-2", *range(20, 31)),
        "no tube at all",
        a_tube("T-2", 4),
    ]
    receipt = (await township.post("/v1/tubes/batch", json=rows)).json()
    assert [row["verdict"] for row in receipt["rows"]] == ["stored", *["refused"] * 9, "stored"]
    assert [row["problems"][0]["field"] for row in receipt["rows"][1:-1]] == [
        *("size", "code", "members.0.person_id", "division", "size", "opened_at", "members.0.person_id"),
        *("members", ""),
    ]
    assert "sampled_twice" in receipt["rows"][3]["problems"][0]["reason"]
    assert (await township.post("/v1/tubes", json=a_tube("T-1", 5, point="point-2"))).status_code == 409
    assert (await township.post("/v1/tubes", json=a_tube("T-9", 9, division=OUTSIDE))).status_code == 403
    assert (await township.post("/v1/tubes", json=a_tube("T-9", 9, laboratory="nowhere"))).status_code == 422
    steps: list[Any] = [
        a_step("sealed", "unheard-of", 1),
        a_step("sealed", None, 1),
        a_step("lost", "T-1", 1),
        a_step("received", "T-1", 1),
        a_step("sealed", "T-1", -1),
    ]
    receipt = (await township.post("/v1/tube-steps/batch", json=steps)).json()
    assert [row["verdict"] for row in receipt["rows"]] == ["stored", *["refused"] * 4]
    assert receipt["rows"][0]["is_of_known_tube"] is False


@pytest.mark.parametrize(
    ("path", "row", "most"),
    [
        ("/v1/tubes/batch", a_tube("T-1", 1), 1_000),
        ("/v1/tube-steps/batch", a_step("sealed", "T", 1), 10_000),
    ],
    ids=["tubes", "steps"],
)
async def test_too_much_at_once_is_refused_with_advice_and_half_a_batch_stores_nothing(
    township: httpx.AsyncClient, database_url: str, path: str, row: dict[str, Any], most: int
) -> None:
    answer = await township.post(path, json=[row] * (most + 1))
    assert (answer.status_code, f"{most:,}" in answer.json()["detail"]) == (413, True), answer.text
    whole = json.dumps([row] * 10)
    answer = await township.post(
        path, content=whole[: len(whole) // 2], headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "testing"})
    try:
        assert await connection.fetchval("SELECT count(*) FROM tube") == 0
        assert await connection.fetchval("SELECT count(*) FROM tube_step") == 0
    finally:
        await connection.close()


async def test_a_step_is_flagged_and_a_pool_lists_its_members(township: httpx.AsyncClient) -> None:
    await township.post("/v1/tubes/batch", json=[a_tube("T-1", 1, 2), a_tube("T-2", 3)])
    await township.post("/v1/tube-steps", json=a_step("boxed", "T-1", 5, box="B-1"))
    odd = await township.post("/v1/tube-steps", json=a_step("sealed", "T-1", 4))
    assert (odd.status_code, odd.json()["is_of_known_tube"]) == (201, True)
    assert (await township.post("/v1/tube-steps", json=a_step("sealed", "T-1", 4))).status_code == 201
    (flagged,) = (await township.get("/v1/tubes?flagged=true")).json()["items"]
    assert (flagged["code"], flagged["flags"]) == ("T-1", ["out-of-order"])
    whole = (await township.get(f"/v1/tubes/{flagged['tube_id']}")).json()
    assert [step["flags"] for step in whole["steps"] if step["kind"] == "boxed"] == [["out-of-order"]]
    found = a_result(now() - HOUR, tube_code="T-1", result="inconclusive")
    pool_id = (await township.post("/v1/results", json=found)).json()["sample_id"]
    (listed,) = (await township.get("/v1/pools?unresolved=true")).json()["items"]
    assert listed["pool_id"] == pool_id
    pool = (await township.get(f"/v1/pools/{pool_id}")).json()
    assert sorted((one["person_id"], one["state"]) for one in pool["members"]) == [
        (str(UUID(int=one)), "pending") for one in (1, 2)
    ]
    assert (await township.get("/v1/tubes?code=T-2")).json()["items"][0]["is_open"]
    assert (await township.get("/v1/tubes?is_open=false")).json()["items"][0]["code"] == "T-1"


async def test_a_key_sees_its_own_subtree_only(township: httpx.AsyncClient, database_url: str) -> None:
    tube = (await township.post("/v1/tubes", json=a_tube("T-1", 1, 2))).json()["tube_id"]
    await township.post("/v1/results", json=a_result(now() - HOUR, tube_code="T-1"))
    (pool,) = (await township.get("/v1/pools")).json()["items"]
    sample = (await township.get(f"/v1/tubes/{tube}")).json()["samples"][0]["sample_id"]
    scopes = ("tubes:write", "tubes:read", "results:read")
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, *scopes)
    headers = {"authorization": f"Bearer {neighbour}"}
    for path in (f"/v1/tubes/{tube}", f"/v1/pools/{pool['pool_id']}", f"/v1/samples/{sample}"):
        assert (await township.get(path)).status_code == 200, path
        assert (await township.get(path, headers=headers)).status_code == 404, path
    for path in ("/v1/tubes", "/v1/pools", "/v1/tubes?code=T-1"):
        assert (await township.get(path, headers=headers)).json()["items"] == [], path
    step = a_step("sealed", "T-1", 1, division=ANOTHER_VILLAGE)
    answer = await township.post("/v1/tube-steps", json=step, headers=headers)
    assert (answer.status_code, answer.json()["is_of_known_tube"]) == (201, False)
    assert (await township.get(f"/v1/tubes/{tube}")).json()["steps"] == []


async def test_no_door_takes_a_result_of_a_tube_that_the_key_does_not_reach(
    township: httpx.AsyncClient, database_url: str
) -> None:
    tube = (await township.post("/v1/tubes", json=a_tube("T-1", 1, size=1))).json()["tube_id"]
    key = await a_key(database_url, ANOTHER_VILLAGE, "results:write", "results:read", "events:read")
    headers = {"authorization": f"Bearer {key}"}
    said = {"tube_code": "T-1", "division": ANOTHER_VILLAGE, "institution": "500104102-hc"}
    row = a_result(now() - HOUR, result="negative", **said)
    alone = await township.post("/v1/results", json=row, headers=headers)
    assert (alone.status_code, alone.json()["problems"][0]["field"]) == (422, "tube_code"), alone.text
    batch = await township.post("/v1/results/batch", json=[row], headers=headers)
    assert batch.json()["rows"][0]["problems"][0]["field"] == "tube_code"
    ndjson = {**headers, "content-type": "application/x-ndjson"}
    stream = await township.post("/v1/results/stream", content=json.dumps(row), headers=ndjson)
    assert json.loads(stream.text.splitlines()[0])["problems"][0]["field"] == "tube_code", stream.text
    order = an_order(now() - HOUR, tube="T-1", division=ANOTHER_VILLAGE)
    message = an_hl7_message(now(), order, facility="500104102-hc")
    hl7 = await township.post(
        "/v1/results/hl7", content=message, headers={**headers, "content-type": "application/hl7-v2"}
    )
    assert "\rMSA|AE|" in hl7.text, hl7.text
    report = a_report(now() - HOUR, tube="T-1", division=ANOTHER_VILLAGE, institution="500104102-hc")
    fhir = await township.post(
        "/v1/results/fhir",
        content=json.dumps(a_bundle(*report)),
        headers={**headers, "content-type": "application/fhir+json"},
    )
    assert "subtree of this key" in fhir.text, fhir.text
    assert (await township.get(f"/v1/tubes/{tube}")).json()["result"] is None
    mistaken = await township.post("/v1/results", json={**row, "result": "positive"})
    assert (mistaken.status_code, mistaken.json()["tube_division"]) == (201, A_VILLAGE), mistaken.text
    sample = mistaken.json()["sample_id"]
    assert (await township.get(f"/v1/samples/{sample}")).status_code == 200
    assert (await township.get(f"/v1/samples/{sample}", headers=headers)).status_code == 404


MOVED = f"is not the tube's; stored for {A_VILLAGE}, where it was opened"
"""What a laboratory is told that mistook the division of a tube which both it and its key reach."""


async def test_each_door_of_results_says_that_the_tubes_division_counts(township: httpx.AsyncClient) -> None:
    tubes = [a_tube(f"T-{number}", number, size=1) for number in range(1, 6)]
    opened = (await township.post("/v1/tubes/batch", json=tubes)).json()["rows"]
    at, said = now() - HOUR, {"division": ANOTHER_VILLAGE, "institution": "500104102-hc"}
    one, other = (a_result(at, result="negative", tube_code=code, **said) for code in ("T-1", "T-2"))
    batch = await township.post("/v1/results/batch", json=[one])
    lines = await township.post(
        "/v1/results/batch", content=json.dumps(other), headers={"content-type": "application/x-ndjson"}
    )
    for answer in (batch, lines):
        (row,) = answer.json()["rows"]
        assert (row["verdict"], row["problems"][0]["field"], row["problems"][0]["reason"]) == (
            "stored",
            "division",
            MOVED,
        )
        assert "采样管" in row["problems"][0]["reason_zh"]
    order = an_order(at, tube="T-3", division=ANOTHER_VILLAGE)
    message = an_hl7_message(now(), order, facility="500104102-hc")
    hl7 = await township.post(
        "/v1/results/hl7", content=message, headers={"content-type": "application/hl7-v2"}
    )
    assert "\rMSA|AA|" in hl7.text, hl7.text
    (remark,) = [line for line in hl7.text.split("\r") if line.startswith("ERR|")]
    assert remark.endswith(f"division|0^Message accepted^HL70357|I||||{MOVED}"), remark
    report = a_report(at, tube="T-4", **said)
    fhir = await township.post(
        "/v1/results/fhir",
        content=json.dumps(a_bundle(*report)),
        headers={"content-type": "application/fhir+json"},
    )
    issues = [(one["severity"], one["diagnostics"]) for one in fhir.json()["issue"]]
    assert ("information", f"division: {MOVED}") in issues, fhir.text
    assert not [severity for severity, _ in issues if severity == "error"]
    sheet = a_book(a_row("T-5", division=ANOTHER_VILLAGE))
    workbook = await township.post("/v1/results/workbook", content=sheet, headers={"content-type": XLSX})
    ((verdict, reason),) = [(row["verdict"], row["problems"][0]["reason"]) for row in workbook.json()["rows"]]
    assert (verdict, reason) == ("stored", MOVED)
    kept = (await township.get("/v1/inbound-messages")).json()["items"]
    assert [(one["outcome"], one["problems"][0]["reason"]) for one in kept] == [("taken", MOVED)] * 2
    for tube in opened:
        shown = (await township.get(f"/v1/tubes/{tube['tube_id']}")).json()
        assert (shown["result"], shown["flags"]) == ("negative", []), shown
