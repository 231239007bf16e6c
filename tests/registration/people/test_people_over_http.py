"""People through the real door: stated, masked, found, corrected; and nothing of them anywhere else."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import nats
import pytest

from shared.access import Scope
from tests.audit.trails import told
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.people.builders import a_mobile, card_number
from tests.registration.people.statements import a_person_statement
from tests.servers import ServiceProcess
from tests.waiting import until


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def stated(town: httpx.AsyncClient, number: int, **changes: Any) -> str:
    answer = await town.post("/v1/people", json=a_person_statement(number, **changes))
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["person_id"]


async def test_a_person_is_stated_once_and_shown_masked(town: httpx.AsyncClient) -> None:
    row = a_person_statement(1)
    first = await town.post("/v1/people", json=row)
    again = await town.post("/v1/people", json=row)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == {**again.json(), "verdict": "stored", "is_new": True}
    shown = await town.get(f"/v1/people/{first.json()['person_id']}")
    body = shown.json()
    number = card_number(1)
    assert body["name"] == "慕**"
    assert body["identity"] == {"kind": "resident-card", "number": f"5{'*' * 16}{number[-1]}"}
    assert body["telephone"] == "139****0001"
    assert body["contact"] == {"name": "诸**", "telephone": "139****0001", "relation": "父亲"}
    assert "birth_date" not in body
    assert [said["kind"] for said in body["statements"]] == ["stated"]
    for secret in (row["name"], number, a_mobile(1), "诸葛", number[6:14]):
        assert secret not in shown.text


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"identity": {"number": "110105194912310021"}}, "identity.number", "check digit"),
    ({"identity": {"number": "5.00104E+17"}}, "identity.number", "Excel"),
    ({"identity": {"number": f"{card_number(1)}.0"}}, "identity.number", "Excel"),
    ({"identity": {"number": "500104199001012000"}}, "identity.number", "Excel"),
    ({"identity": {"number": 500104199001011000}}, "identity.number", "string"),
    ({"identity": {"number": ""}}, "identity.number", "17 digits"),
    ({"identity": {"kind": "library-card", "number": "1"}}, "identity.kind", "resident-card"),
    ({"identity": {"number": "11010529991231002X"}}, "identity.number", "check digit"),
    ({"birth_date": "2000-01-01"}, "birth_date", "differs"),
    ({"birth_date": "2150-01-01", "identity": None}, "birth_date", "after today"),
    ({"birth_date": "1850-01-01", "identity": None}, "birth_date", "1900"),
    ({"birth_date": "2000-02-30", "identity": None}, "birth_date", "date"),
    ({"telephone": "1.38E+10"}, "telephone", "Excel"),
    ({"telephone": "12345"}, "telephone", "mobile"),
    ({"telephone": "9" * 1000}, "telephone", "200"),
    ({"contact": {"name": "a", "telephone": "x"}}, "contact.telephone", "telephone"),
    ({"name": "  "}, "name", "1 to 100"),
    ({"name": "名" * 101}, "name", "1 to 100"),
    ({"name": "13800000000"}, "name", "letter"),
    ({"name": "张\u202e伟"}, "name", "characters"),
    ({"name": "张\u0000"}, "name", ""),
    ({"occupation": "astronaut"}, "occupation", "policy"),
    ({"division": "500104102999"}, "division", "unknown"),
    ({"nickname": "x"}, "nickname", "not a known field"),
]


async def test_what_is_refused_names_field_and_reason_and_never_the_value(town: httpx.AsyncClient) -> None:
    for changes, field, word in REFUSED:
        answer = await town.post("/v1/people", json=a_person_statement(1, **changes))
        assert answer.status_code == 422, (changes, answer.text)
        assert field in [problem["field"] for problem in answer.json()["problems"]], (changes, answer.text)
        assert word in json.dumps(answer.json()["problems"], ensure_ascii=False), (changes, answer.text)
        for value in (a_mobile(1), card_number(1), "110105194912310021"):
            assert value not in answer.text
    assert (await town.get("/v1/people")).json()["items"] == []


async def test_one_bad_row_never_spoils_the_others(town: httpx.AsyncClient) -> None:
    rows: list[Any] = [
        a_person_statement(1),
        a_person_statement(2, telephone="x"),
        a_person_statement(3, division=OUTSIDE),
        a_person_statement(1),
        None,
        a_person_statement(4, identity=None, telephone=a_mobile(1), name="慕白"),
    ]
    receipt = (await town.post("/v1/people/batch", json=rows)).json()
    assert [row["verdict"] for row in receipt["rows"]] == [
        *("stored", "refused", "refused", "duplicate", "refused", "stored")
    ]
    assert receipt["rows"][0]["person_id"] == receipt["rows"][3]["person_id"]
    assert receipt["rows"][5]["suspects"] == 1
    assert receipt["rows"][2]["problems"][0]["field"] == "division"
    again = (await town.post("/v1/people/batch", json=rows)).json()
    assert (again["stored"], again["duplicate"], again["refused"]) == (0, 3, 3)


async def test_whoever_has_a_number_is_found_within_the_subtree(
    town: httpx.AsyncClient, database_url: str
) -> None:
    person_id = await stated(town, 1)
    await stated(town, 2, division=ANOTHER_VILLAGE)
    for body in (
        {"identity": {"number": card_number(1).lower()}},
        {"telephone": "+86 139 0000 0001"},
        {"telephone": a_mobile(1), "identity": {"number": card_number(9)}},
    ):
        found = (await town.post("/v1/people/search", json=body)).json()["items"]
        assert [item["person_id"] for item in found] == [person_id]
        assert found[0]["telephone"] == "139****0001"
    neighbour = bearer(await a_key(database_url, ANOTHER_VILLAGE, "people:read"))
    answer = await town.post("/v1/people/search", json={"telephone": a_mobile(1)}, headers=neighbour)
    assert answer.json()["items"] == []
    assert (await town.post("/v1/people/search", json={})).status_code == 422
    assert (await town.post("/v1/people/search", json={"name": "张伟"})).status_code == 422


async def test_a_division_sees_who_lives_there_and_whom_it_told_of(
    town: httpx.AsyncClient, database_url: str
) -> None:
    person_id = await stated(town, 1)
    scopes = ("people:read", "people:write")
    own, neighbour = [bearer(await a_key(database_url, one, *scopes)) for one in (A_VILLAGE, ANOTHER_VILLAGE)]
    path = f"/v1/people/{person_id}"
    assert (await town.get(path, headers=own)).status_code == 200
    assert (await town.get(path, headers=neighbour)).status_code == 404
    told = await town.post(
        "/v1/people", json=a_person_statement(1, division=ANOTHER_VILLAGE), headers=neighbour
    )
    assert told.json()["person_id"] == person_id
    assert (await town.get(path, headers=neighbour)).json()["division"] == A_VILLAGE
    assert (await town.get("/v1/people", headers=neighbour)).json()["items"] == []
    correction = {"reason": "changed", "telephone": a_mobile(5)}
    refused = await town.post(f"{path}/corrections", json=correction, headers=neighbour)
    assert refused.status_code == 403
    beyond = {"reason": "moved", "division": ANOTHER_VILLAGE}
    assert (await town.post(f"{path}/corrections", json=beyond, headers=own)).status_code == 403
    assert (await town.post(f"{path}/corrections", json=beyond)).status_code == 201
    assert [item["person_id"] for item in (await town.get("/v1/people", headers=neighbour)).json()["items"]]


async def test_a_correction_replaces_and_keeps_what_was_said(town: httpx.AsyncClient) -> None:
    person_id = await stated(town, 1)
    other = await stated(town, 2)
    path = f"/v1/people/{person_id}/corrections"
    correction = {
        "reason": "entry-error",
        "telephone": a_mobile(7),
        "occupation": "courier",
        "contact": None,
        "identity": {"number": card_number(30)},
    }
    answer = await town.post(path, json=correction)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["telephone"], answer.json()["contact"]) == ("139****0007", None)
    assert (await town.post(path, json=correction)).status_code == 200
    shown = (await town.get(f"/v1/people/{person_id}")).json()
    assert [(said["kind"], said["fields"]) for said in shown["statements"]] == [
        ("stated", []),
        ("corrected", ["contact", "identity", "occupation", "telephone"]),
    ]
    for body, status in [
        ({"reason": "changed"}, 422),
        ({"reason": "changed", "name": None}, 422),
        ({"reason": "whim", "name": "慕容复"}, 422),
        ({"reason": "changed", "birth_date": "1999-01-01"}, 422),
        ({"reason": "changed", "occupation": "astronaut"}, 422),
        ({"reason": "changed", "identity": {"number": card_number(2)}}, 409),
    ]:
        assert (await town.post(path, json=body)).status_code == status, body
    suspects = (await town.get("/v1/people/suspects")).json()["items"]
    assert [{person["person_id"] for person in one["people"]} for one in suspects] == [{person_id, other}]
    found = (await town.post("/v1/people/search", json={"identity": {"number": card_number(30)}})).json()
    assert [item["person_id"] for item in found["items"]] == [person_id]
    found = (await town.post("/v1/people/search", json={"identity": {"number": card_number(1)}})).json()
    assert found["items"] == []


async def test_the_open_truth_needs_a_scope_a_reason_and_leaves_a_record(
    town: httpx.AsyncClient, database_url: str
) -> None:
    person_id = await stated(town, 1)
    path = f"/v1/people/{person_id}/details"
    reader = bearer(await a_key(database_url, JIANSHENG, "people:read", "pii:read"))
    admin = bearer(await a_key(database_url, JIANSHENG, "admin"))
    assert (await town.get(f"{path}?reason=care")).status_code == 403
    assert (await town.get(f"{path}?reason=care", headers=admin)).status_code == 403
    for query in ("", "?reason=", "?reason=curiosity"):
        assert (await town.get(f"{path}{query}", headers=reader)).status_code in (400, 422)
    record = "/v1/people/unmaskings"
    assert (await town.get(record, headers=admin)).json()["items"] == []
    headers = {**reader, "request-id": "duty-4711-abcdef"}
    shown = (await town.get(f"{path}?reason=tracing", headers=headers)).json()
    assert shown["identity"]["number"] == card_number(1)
    assert (shown["telephone"], shown["contact"]["name"]) == (a_mobile(1), "诸葛亮")
    number = card_number(1)
    assert shown["birth_date"] == f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    other = await stated(town, 2)
    await town.get(f"/v1/people/{other}/details?reason=care", headers=reader)
    first, second = (await town.get(record, headers=admin)).json()["items"]
    assert (first["person_id"], first["reason"]) == (person_id, "tracing")
    assert first["request_id"] == "duty-4711-abcdef"
    assert first["fields"] == ["name", "identity", "telephone", "birth_date", "contact"]
    assert first["unmasked_by"]
    assert (second["person_id"], second["reason"]) == (other, "care")
    of_one = (await town.get(f"{record}?person={other}", headers=admin)).json()["items"]
    assert [one["person_id"] for one in of_one] == [other]
    page = (await town.get(f"{record}?limit=1", headers=admin)).json()
    rest = (await town.get(page["next"], headers=admin)).json()
    assert [one["person_id"] for one in page["items"] + rest["items"]] == [person_id, other]
    assert (await town.get(record)).status_code == 403
    beside = bearer(await a_key(database_url, ANOTHER_VILLAGE, "admin", "pii:read"))
    assert (await town.get(record, headers=beside)).json()["items"] == []
    assert (await town.get(f"{path}?reason=care", headers=beside)).status_code == 404
    assert len((await town.get(record, headers=admin)).json()["items"]) == 2
    in_trail = await told(database_url, "registration", "person-unmasked")
    assert [(one["person"], one["by"], one["request"]) for one in in_trail] == [
        (one["person_id"], one["unmasked_by"], one["request_id"]) for one in (first, second)
    ]


async def test_pages_of_people_show_everybody_once(town: httpx.AsyncClient) -> None:
    rows = [a_person_statement(n, division=(A_VILLAGE, ANOTHER_VILLAGE)[n % 2]) for n in range(25)]
    await town.post("/v1/people/batch", json=rows)
    seen: list[str] = []
    address: str | None = "/v1/people?limit=7"
    while address is not None:
        page = (await town.get(address)).json()
        seen += [item["person_id"] for item in page["items"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == 25


async def test_many_at_once_make_one_person(town: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(town.post("/v1/people", json=a_person_statement(n % 3)) for n in range(24))
    )
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.json()["person_id"] for answer in answers}) == 3


@pytest.mark.system
async def test_nothing_that_names_anybody_stands_in_log_or_outbox(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str, nats_url: str
) -> None:
    service = await start_service("registration", DUTYCLOCK_LOG_LEVEL="DEBUG")
    key = await a_key(database_url, JIANSHENG, *(set(Scope) - {Scope.ADMIN}))
    secrets: list[str] = ["慕容", "诸葛亮", json.dumps("慕容")[1:-1]]
    async with httpx.AsyncClient(base_url=service.url, headers=bearer(key), timeout=30) as client:
        ids: list[str] = []
        for number in range(6):
            row = a_person_statement(number, telephone=a_mobile(number // 2))
            secrets += [row["identity"]["number"], row["telephone"], row["contact"]["telephone"]]
            ids.append((await client.post("/v1/people", json=row)).json()["person_id"])
            await client.post("/v1/people", json={**row, "x": row["name"]})
            await client.post("/v1/people", json={**row, "birth_date": "1999-01-01"})
            await client.post("/v1/people/batch", json=[row, {**row, "telephone": 7}])
            await client.post("/v1/people/search", json={"telephone": row["telephone"]})
            await client.get(f"/v1/people/{ids[-1]}/details?reason=care")
        correction = {"reason": "changed", "identity": {"number": card_number(0)}}
        assert (await client.post(f"/v1/people/{ids[3]}/corrections", json=correction)).status_code == 409
        merge = {"one": ids[0], "other": ids[1], "reason": "entry-error"}
        decision = (await client.post("/v1/people/merges", json=merge)).json()
        undo = f"/v1/people/merges/{decision['decision_id']}/undo"
        assert (await client.post(undo, json={"reason": "entry-error"})).status_code == 201
    log = service.output()
    assert '"level":"error"' not in log
    told = await told_to_the_bus(nats_url, 2)
    for secret in secrets:
        assert secret not in log
        assert secret not in told


async def told_to_the_bus(nats_url: str, number: int) -> str:
    """Everything that left the outbox, as it travels, once there are so many."""
    client = await nats.connect(nats_url)
    try:
        jetstream = client.jetstream()

        async def enough() -> bool:
            return (await jetstream.stream_info("REGISTRATION")).state.messages >= number

        await until(enough, what=f"{number} events")
        messages = [await jetstream.get_msg("REGISTRATION", one + 1) for one in range(number)]
        return "\n".join(f"{one.subject} {one.headers} {(one.data or b'').decode()}" for one in messages)
    finally:
        await client.close()
