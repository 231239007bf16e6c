"""The drug ledger and the buyers who are followed, through the real doors."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import nats
import pytest

from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, OUTSIDE
from tests.keys import a_key
from tests.registration.people.builders import card_number
from tests.registration.returns.stories import a_person, from_county, plan_of, tell
from tests.registration.sentinels.statements import a_drug_sale
from tests.waiting import until

pytestmark = pytest.mark.requirement("drug-buyers")

HOUR = timedelta(hours=1)
SALES, FOLLOW_UPS = "/v1/drug-sales", "/v1/drug-follow-ups"


async def sell(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post(SALES, json=a_drug_sale(datetime.now(UTC), **changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def followed_up(client: httpx.AsyncClient, **filters: str) -> list[dict[str, Any]]:
    return (await client.get(FOLLOW_UPS, params=filters)).json()["items"]


async def told(nats_url: str, event: str) -> list[dict[str, Any]]:
    """The bodies of one kind of event on the bus."""
    client = await nats.connect(nats_url)
    try:
        jetstream = client.jetstream()
        count = (await jetstream.stream_info("REGISTRATION")).state.messages
        found = [await jetstream.get_msg("REGISTRATION", number + 1) for number in range(count)]
        return [json.loads(one.data or b"") for one in found if (one.headers or {})["ce-type"] == event]
    finally:
        await client.close()


async def test_a_sale_without_symptoms_is_recorded_and_nothing_else(
    town: httpx.AsyncClient, database_url: str
) -> None:
    sale = a_drug_sale(datetime.now(UTC), product="布洛芬缓释胶囊", quantity=2)
    first = await town.post(SALES, json=sale)
    assert first.status_code == 201
    assert (first.json()["verdict"], first.json()["reasons"], first.json()["symptoms"]) == ("stored", [], [])
    again = await town.post(SALES, json=sale)
    assert (again.status_code, again.json()) == (200, {**first.json(), "verdict": "duplicate"})
    assert await followed_up(town) == []
    (listed,) = (await town.get(SALES)).json()["items"]
    assert listed["product"] == "布洛芬缓释胶囊"
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT * FROM registration.drug_sale, registration.person")
    finally:
        await connection.close()
    for secret in (sale["buyer"]["name"], sale["buyer"]["identity"]["number"], sale["buyer"]["telephone"]):
        assert secret not in str(rows)
        assert secret not in json.dumps(listed, ensure_ascii=False)


async def test_a_buyer_with_symptoms_comes_under_health_management(
    town: httpx.AsyncClient, nats_url: str
) -> None:
    sold = await sell(town, category="cough", symptoms=["cough", "sore-throat"])
    assert sold["reasons"] == ["symptoms"]
    plan = await plan_of(town, sold["person_id"])
    assert plan["governing_rule"] == "drugs-with-symptoms"
    (follow_up,) = await followed_up(town, state="to-be-followed")
    assert (follow_up["person_id"], follow_up["symptoms"]) == (sold["person_id"], ["cough", "sore-throat"])

    async def flagged() -> Any:
        return await told(nats_url, "registration.drug-buyer-flagged")

    (event,) = await until(flagged)
    assert (event["sale_id"], event["reasons"]) == (sold["sale_id"], ["symptoms"])
    assert event["follow_up_id"] == follow_up["follow_up_id"]
    assert await told(nats_url, "registration.symptom-flagged") == []


async def test_whoever_is_under_management_and_buys_against_fever_is_flagged(
    town: httpx.AsyncClient, nats_url: str
) -> None:
    now = datetime.now(UTC)
    buyer = a_person()
    returned = await tell(town, from_county(now, person=buyer, arrived_at=(now - 5 * HOUR).isoformat()))
    managed = {**buyer, "telephone": None}
    assert (await sell(town, buyer=managed, category="antibiotic"))["reasons"] == []
    sold = await sell(town, buyer=managed)
    assert (sold["person_id"], sold["reasons"]) == (returned["person_id"], ["under-management"])
    assert (await sell(town, buyer=managed, symptoms=["fever"]))["reasons"] == [
        "symptoms",
        "under-management",
    ]
    (follow_up,) = await followed_up(town, reason="under-management")
    assert (follow_up["sales"], follow_up["reasons"]) == (2, ["symptoms", "under-management"])

    async def symptoms() -> Any:
        return await told(nats_url, "registration.symptom-flagged")

    (event,) = await until(symptoms)
    assert (event["person_id"], event["symptoms"]) == (returned["person_id"], ["fever"])


async def test_a_buyer_is_followed_until_it_is_closed_and_a_new_purchase_opens_it_again(
    town: httpx.AsyncClient,
) -> None:
    now = datetime.now(UTC)
    buyer = a_person()
    await sell(town, buyer=buyer, symptoms=["fever"])
    (follow_up,) = await followed_up(town)
    path = f"{FOLLOW_UPS}/{follow_up['follow_up_id']}"
    early = await town.post(f"{path}/close", json={"outcome": "recovered"})
    assert early.status_code == 409
    look = {"followed_at": now.isoformat(), "symptoms": []}
    seen = await town.post(f"{path}/looks", json=look)
    assert (seen.status_code, seen.json()["state"]) == (200, "followed")
    assert (await town.post(f"{path}/looks", json=look)).json() == seen.json()
    await sell(town, buyer=buyer, symptoms=["cough"])
    assert (await town.get(path)).json()["state"] == "to-be-followed"
    assert (await town.post(f"{path}/looks", json={**look, "symptoms": ["cough"]})).json()["symptoms"] == [
        "cough",
        "fever",
    ]
    later = {"followed_at": (now + timedelta(seconds=1)).isoformat(), "symptoms": ["diarrhoea"]}
    assert (await town.post(f"{path}/looks", json=later)).json()["state"] == "followed"
    ended = await town.post(f"{path}/close", json={"outcome": "in-treatment"})
    assert (ended.status_code, ended.json()["state"]) == (200, "closed")
    assert (await town.post(f"{path}/close", json={"outcome": "in-treatment"})).json() == ended.json()
    assert (await town.post(f"{path}/close", json={"outcome": "recovered"})).status_code == 409
    closed_look = {"followed_at": (now + timedelta(seconds=2)).isoformat(), "symptoms": []}
    assert (await town.post(f"{path}/looks", json=closed_look)).status_code == 409
    history = (await town.get(path)).json()
    assert [len(history["purchases"]), len(history["looks"])] == [2, 2]
    await sell(town, buyer=buyer, symptoms=["fever"])
    states = sorted(one["state"] for one in await followed_up(town))
    assert states == ["closed", "to-be-followed"]


async def test_symptoms_that_are_found_later_bring_management_too(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    buyer = a_person()
    await tell(town, from_county(now, person=buyer, arrived_at=(now - 5 * HOUR).isoformat()))
    sold = await sell(town, buyer=buyer)
    assert sold["reasons"] == ["under-management"]
    (follow_up,) = await followed_up(town)
    look = {"followed_at": now.isoformat(), "symptoms": ["fever"]}
    await town.post(f"{FOLLOW_UPS}/{follow_up['follow_up_id']}/looks", json=look)
    plan = await plan_of(town, sold["person_id"])
    fitted = {one["rule"] for one in plan["versions"][-1]["decision"]["fitted"]}
    assert "drugs-with-symptoms" in fitted


async def test_each_row_of_a_batch_gets_a_verdict_and_none_spoils_another(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    buyer = a_person()
    good = a_drug_sale(now, buyer=buyer, symptoms=["fever"])
    rows = [
        good,
        good,
        {**good, "quantity": 3},
        {**good, "buyer": a_person()},
        {**a_drug_sale(now), "buyer": {"name": "李四"}},
        {**a_drug_sale(now), "buyer": {**buyer, "identity": {"number": "500104199001011234"}}},
        {**a_drug_sale(now), "category": "vitamin"},
        {**a_drug_sale(now), "division": OUTSIDE},
        {**a_drug_sale(now), "residence": OUTSIDE},
        {**a_drug_sale(now), "sold_at": "yesterday"},
        {**a_drug_sale(now), "receipt": "13800001234"},
        "no sale",
        {**a_drug_sale(now, buyer=buyer), "line": 2},
    ]
    expected = ["stored", "duplicate", *["refused"] * 10, "stored"]
    lines = [json.dumps(row).encode() for row in rows]
    sent = await town.post(
        f"{SALES}/batch",
        content=b"\n".join([*lines[:11], b"{broken", lines[12]]),
        headers={"content-type": "application/x-ndjson"},
    )
    assert sent.status_code == 200, sent.text
    assert [row["verdict"] for row in sent.json()["rows"]] == expected
    fields = [row["problems"][0]["field"] for row in sent.json()["rows"][2:11]]
    assert fields == [
        "line",
        "line",
        "buyer.identity",
        "buyer.identity.number",
        "category",
        "division",
        "residence",
        "sold_at",
        "receipt",
    ]
    again = await town.post(f"{SALES}/batch", json=rows)
    assert [row["verdict"] for row in again.json()["rows"]] == ["duplicate", *expected[1:12], "duplicate"]
    assert len((await town.get(SALES)).json()["items"]) == 2
    (follow_up,) = await followed_up(town)
    assert follow_up["sales"] == 1


async def test_a_single_sale_that_contradicts_is_a_conflict(town: httpx.AsyncClient) -> None:
    sale = a_drug_sale(datetime.now(UTC))
    assert (await town.post(SALES, json=sale)).status_code == 201
    answer = await town.post(SALES, json={**sale, "quantity": 9})
    assert answer.status_code == 409
    assert answer.json()["problems"][0]["field"] == "line"


async def test_tills_at_once_neither_lose_nor_double_anything(
    town: httpx.AsyncClient, database_url: str
) -> None:
    now = datetime.now(UTC)
    buyers = [a_person() for _ in range(10)]
    rows = [a_drug_sale(now, buyer=buyer, symptoms=["fever"]) for buyer in buyers for _ in range(4)]
    batches = [rows[shift:] + rows[:shift] for shift in range(0, 40, 5)]
    answers = await asyncio.gather(*(town.post(f"{SALES}/batch", json=batch) for batch in batches))
    assert {answer.status_code for answer in answers} <= {200, 503}
    again = await town.post(f"{SALES}/batch", json=rows)
    assert again.json()["refused"] == 0
    connection = await asyncpg.connect(database_url)
    try:
        counts = await connection.fetchrow(
            """
            SELECT (SELECT count(*) FROM registration.drug_sale) AS sales,
                   (SELECT count(*) FROM registration.person) AS people,
                   (SELECT count(*) FROM registration.drug_follow_up) AS follow_ups,
                   (SELECT sum(sales) FROM registration.drug_follow_up) AS counted,
                   (SELECT count(*) FROM registration.management_ground) AS grounds,
                   (SELECT count(*) FROM registration.plan WHERE state = 'open') AS plans
            """
        )
    finally:
        await connection.close()
    assert counts is not None
    assert tuple(counts) == (40, 10, 10, 40, 10, 10)


async def test_a_key_records_and_sees_its_subtree_only(town: httpx.AsyncClient, database_url: str) -> None:
    await sell(town, symptoms=["fever"], residence=ANOTHER_VILLAGE)
    (follow_up,) = await followed_up(town)
    assert follow_up["division"] == ANOTHER_VILLAGE
    other = {"authorization": f"Bearer {await a_key(database_url, OUTSIDE)}"}
    path = f"{FOLLOW_UPS}/{follow_up['follow_up_id']}"
    assert (await town.get(path, headers=other)).status_code == 404
    look = {"followed_at": datetime.now(UTC).isoformat(), "symptoms": []}
    assert (await town.post(f"{path}/looks", json=look, headers=other)).status_code == 404
    assert (await town.post(f"{path}/close", json={"outcome": "recovered"}, headers=other)).status_code == 404
    for listed in (SALES, FOLLOW_UPS):
        assert (await town.get(listed, headers=other)).json()["items"] == []
        beside = await town.get(listed, params={"division": A_VILLAGE}, headers=other)
        assert beside.status_code == 403
    outside = await town.post(SALES, json=a_drug_sale(datetime.now(UTC)), headers=other)
    assert outside.status_code == 403
    assert card_number(1) not in outside.text


async def test_a_purchase_opens_nobodys_record_to_where_it_was_made(
    town: httpx.AsyncClient, database_url: str
) -> None:
    """The sale is the pharmacy's, the record is home's, until somebody there has the buyer to follow."""
    buyer = a_person()
    at_home = (await town.post("/v1/people", json={**buyer, "division": A_VILLAGE})).json()["person_id"]
    scopes = ("drugs:write", "drugs:read", "people:read")
    elsewhere = {"authorization": f"Bearer {await a_key(database_url, OUTSIDE, *scopes)}"}
    record, search = f"/v1/people/{at_home}", {"identity": buyer["identity"]}

    async def seen_there() -> tuple[int, int]:
        found = await town.post("/v1/people/search", json=search, headers=elsewhere)
        return (await town.get(record, headers=elsewhere)).status_code, len(found.json()["items"])

    sale = a_drug_sale(datetime.now(UTC), buyer=buyer, division=OUTSIDE)
    sold = await town.post(SALES, json=sale, headers=elsewhere)
    assert (sold.status_code, sold.json()["person_id"]) == (201, at_home)
    again = await town.post(SALES, json=sale, headers=elsewhere)
    assert (again.status_code, again.json()["verdict"]) == (200, "duplicate")
    assert [one["sale_id"] for one in (await town.get(SALES, headers=elsewhere)).json()["items"]] == [
        sold.json()["sale_id"]
    ]
    assert await seen_there() == (404, 0)
    assert (await town.get(SALES)).json()["items"] == [], "nor is their sale home's"
    assert (await town.get(record)).json()["division"] == A_VILLAGE

    unknown = await town.post(SALES, json=a_drug_sale(datetime.now(UTC), division=OUTSIDE), headers=elsewhere)
    told_there = f"/v1/people/{unknown.json()['person_id']}"
    assert (await town.get(told_there, headers=elsewhere)).status_code == 200, "first told of there"
    assert (await town.get(told_there)).status_code == 404

    ill = a_drug_sale(datetime.now(UTC), buyer=buyer, division=OUTSIDE, symptoms=["fever"])
    assert (await town.post(SALES, json=ill, headers=elsewhere)).json()["reasons"] == ["symptoms"]
    assert await seen_there() == (200, 1), "whom a division must follow it may read"
    (follow_up,) = (await town.get(FOLLOW_UPS, headers=elsewhere)).json()["items"]
    assert follow_up["person_id"] == at_home
