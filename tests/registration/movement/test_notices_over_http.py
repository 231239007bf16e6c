"""Notices from other provinces through the real door: whichever comes first, what they name is found."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from shared.clock import SHANGHAI
from shared.contracts.registration.notices import NoticeMatched, NoticeReceived
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.movement.conftest import Compare, ToldOf
from tests.registration.movement.notice_doors import MATCHES, NOTICES, matches, post
from tests.registration.movement.statements import a_notice, a_person, a_persons_return, a_train, named
from tests.registration.places.statements import PROOFS, a_code, a_lot, a_place
from tests.registration.statements import a_return
from tests.servers import ServiceProcess
from tests.waiting import until

pytestmark = pytest.mark.requirement("outside-notices")

CLAUSE = "渝肺炎组发〔2021〕1号 §12"
HOUR = timedelta(hours=1)


async def a_lot_in_a_shop(town: httpx.AsyncClient, number: str) -> str:
    shop = a_code()
    assert (await town.put(f"/v1/places/{shop}", json=a_place(kind="shop"))).status_code == 201
    return (await post(town, "/v1/cold-chain-lots", a_lot(shop, *PROOFS, number=number)))["lot_id"]


LEDGERS = ("people-by-identity", "people-by-telephone", "returns", "cold-chain-lots")


@pytest.mark.parametrize("notice_first", [True, False], ids=["notice first", "ledger first"])
@pytest.mark.parametrize("ledger", LEDGERS)
async def test_whichever_comes_first_what_is_named_is_found(
    town: httpx.AsyncClient, told: ToldOf, compare: Compare, ledger: str, notice_first: bool
) -> None:
    now, person = datetime.now(UTC), a_person()
    entry = {
        "people-by-identity": named(person),
        "people-by-telephone": named(person, "telephone"),
        "returns": a_train("g 1709"),
        "cold-chain-lots": {"kind": "goods", "lot": "BR 2020-12".replace(" ", "-")},
    }[ledger]
    notice = a_notice(now, entry)

    async def tell_the_ledger() -> str:
        if ledger == "cold-chain-lots":
            return await a_lot_in_a_shop(town, "br.2020.12")
        transport = {"transport": {"kind": "train", "number": "G1709"}} if ledger == "returns" else {}
        stored = await post(town, "/v1/returns", a_persons_return(now, person, **transport))
        return stored["return_id"] if ledger == "returns" else stored["person_id"]

    if notice_first:
        received = await post(town, NOTICES, notice)
        found_id = await tell_the_ledger()
        await compare()
    else:
        found_id = await tell_the_ledger()
        received = await post(town, NOTICES, notice)
    assert (received["verdict"], received["new_entries"]) == ("stored", 1)
    (match,) = await matches(town, 1)
    assert match["ledger"] == ledger.partition("-by-")[0]
    assert (match["matched_id"], match["division"], match["state"]) == (found_id, A_VILLAGE, "open")
    assert (match["issuer"], match["number"]) == (notice["issuer"], notice["number"])
    assert (await post(town, NOTICES, notice, 200))["verdict"] == "duplicate"
    await compare()
    assert len(await matches(town, 1)) == 1
    kinds = {type(event) for event in await told(2)}
    assert kinds == {NoticeReceived, NoticeMatched}


@pytest.mark.parametrize(
    ("day", "count"),
    [(-2, 0), (-1, 1), (0, 1), (1, 0)],
    ids=["two days before", "day before", "day", "after"],
)
async def test_a_journey_counts_on_its_day_and_the_next(
    town: httpx.AsyncClient, compare: Compare, day: int, count: int
) -> None:
    now = datetime.now(UTC)
    arrived_at = now - HOUR
    on = (arrived_at.astimezone(SHANGHAI) + timedelta(days=day)).date().isoformat()
    transport = {"kind": "train", "number": "K 9"}
    await post(
        town,
        "/v1/returns",
        a_return(now, arrived_at=arrived_at.isoformat(), transport=transport),
    )
    await post(town, NOTICES, a_notice(now, a_train("k9", on=on)))
    await matches(town, count)
    later = a_return(now, arrived_at=arrived_at.isoformat(), transport=transport)
    await post(town, "/v1/returns", later)
    await compare()
    await matches(town, 2 * count)


async def test_an_earlier_arrival_that_becomes_known_later_is_compared_again(
    town: httpx.AsyncClient, compare: Compare
) -> None:
    now = datetime.now(UTC)
    on = (now - timedelta(days=4)).astimezone(SHANGHAI).date().isoformat()
    await post(town, NOTICES, a_notice(now, a_train("D77", on=on)))
    known = a_return(now, arrived_at=now.isoformat(), transport={"kind": "train", "number": "D77"})
    await post(town, "/v1/returns", known)
    await compare()
    await matches(town, 0)
    earlier = (now - timedelta(days=4)).isoformat()
    await post(town, "/v1/returns", {**known, "source": "railway-list", "arrived_at": earlier})
    await compare()
    await matches(town, 1)


async def test_a_match_is_followed_until_the_person_is_managed(town: httpx.AsyncClient) -> None:
    now, person = datetime.now(UTC), a_person()
    on = (now - timedelta(days=3)).astimezone(SHANGHAI).date().isoformat()
    stored = await post(town, "/v1/returns", a_persons_return(now, person))
    await post(town, NOTICES, a_notice(now, named(person, "name", "identity", "telephone", on=on)))
    (match,) = await matches(town, 1)
    assert match["via"] == "identity"
    assert match["named"]["person"]["name"] == "张**"
    assert person["telephone"] not in json.dumps(match)
    assert person["identity"]["number"] not in json.dumps(match)
    steps = f"{MATCHES}/{match['match_id']}/steps"
    early = await town.post(steps, json={"step": "managed"})
    assert (early.status_code, early.json()["clause"]) == (409, CLAUSE)
    await post(town, steps, {"step": "found"})
    await post(town, steps, {"step": "contacted"})
    last = {"step": "managed", "occurred_at": datetime.now(UTC).isoformat()}
    assert (await post(town, steps, last))["state"] == "managed"
    assert (await post(town, steps, last, 200))["verdict"] == "duplicate"
    plan = (await town.get(f"/v1/people/{stored['person_id']}/plan")).json()
    assert "outside-notice" in json.dumps(plan)
    assert on in json.dumps(plan), "counted from the day that the notice names"
    shown = (await town.get(f"{MATCHES}/{match['match_id']}")).json()
    assert [one["step"] for one in shown["steps"]] == ["found", "contacted", "managed"]
    assert await matches(town, 0, going_on="true") == []


async def test_it_may_be_another_with_the_reason(town: httpx.AsyncClient) -> None:
    now, person = datetime.now(UTC), a_person()
    await post(town, "/v1/returns", a_persons_return(now, person))
    await post(town, NOTICES, a_notice(now, named(person, "telephone")))
    (match,) = await matches(town, 1)
    assert match["via"] == "telephone"
    steps = f"{MATCHES}/{match['match_id']}/steps"
    unfounded = await town.post(steps, json={"step": "not-the-one"})
    assert unfounded.json()["problems"][0]["field"] == "reason"
    ended = await post(town, steps, {"step": "not-the-one", "reason": "号码已换人"})
    assert (ended["state"], ended["reason"]) == ("not-the-one", "号码已换人")
    assert await matches(town, 0, going_on="true") == []
    reopened = await post(town, steps, {"step": "reopened", "reason": "核对有误"})
    assert (reopened["state"], reopened["ended_at"]) == ("open", None)
    assert len(await matches(town, 1, state="open")) == 1


async def test_nobody_is_managed_whom_nobody_knows(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    await post(town, "/v1/returns", a_return(now, transport={"kind": "train", "number": "G8"}))
    await post(town, NOTICES, a_notice(now, a_train("G8")))
    (match,) = await matches(town, 1)
    steps = f"{MATCHES}/{match['match_id']}/steps"
    for step in ("found", "contacted"):
        await post(town, steps, {"step": step})
    refused = await town.post(steps, json={"step": "managed"})
    assert (refused.status_code, refused.json()["clause"]) == (409, CLAUSE)


async def test_goods_that_a_notice_names_are_not_sold_until_that_is_settled(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    lot = await a_lot_in_a_shop(town, "BR-7")
    (place,) = (await town.get(f"/v1/cold-chain-lots/{lot}")).json()["holdings"]
    sale = {"reference": "S-1", "place": place["place"], "amount": 1}
    await post(town, NOTICES, a_notice(now, {"kind": "goods", "lot": "BR7"}))
    (match,) = await matches(town, 1)
    check = (await town.get(f"/v1/cold-chain-lots/{lot}/sale-check")).json()
    assert (check["may_be_sold"], check["named_in_notice"], check["lacks"]) == (False, True, [])
    refused = await town.post(f"/v1/cold-chain-lots/{lot}/sales", json=sale)
    assert (refused.status_code, refused.json()["clause"]) == (409, CLAUSE)
    steps = f"{MATCHES}/{match['match_id']}/steps"
    await post(town, steps, {"step": "not-the-one", "reason": "批号相同，厂家不同"})
    assert (await town.get(f"/v1/cold-chain-lots/{lot}/sale-check")).json()["may_be_sold"] is True
    await post(town, f"/v1/cold-chain-lots/{lot}/sales", sale)


async def test_many_named_while_many_are_registered_all_meet(
    town: httpx.AsyncClient, compare: Compare
) -> None:
    now = datetime.now(UTC)
    people = [a_person() for _ in range(24)]

    async def register(person: dict[str, Any]) -> None:
        await post(town, "/v1/returns", a_persons_return(now, person))

    async def name(person: dict[str, Any]) -> None:
        await post(town, NOTICES, a_notice(now, named(person)))

    await asyncio.gather(*(act(person) for person in people for act in (register, name)))
    await compare()
    found = await matches(town, 24, limit="500")
    assert len({match["matched_id"] for match in found}) == 24


@pytest.mark.system
async def test_the_running_service_compares_later_rows_by_itself(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str
) -> None:
    service, now, person = await start_service("registration"), datetime.now(UTC), a_person()
    headers = {"authorization": f"Bearer {await a_key(database_url, JIANSHENG)}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers) as town:
        await post(town, NOTICES, a_notice(now, named(person)))
        await post(town, "/v1/returns", a_persons_return(now, person))

        async def found() -> bool:
            return bool((await town.get(MATCHES)).json()["items"])

        await until(found, what="the match")
        metrics = (await town.get("/metrics")).text
    assert "registration_notice_matches_open" in metrics


async def test_entries_are_added_with_a_verdict_for_each(town: httpx.AsyncClient) -> None:
    now, person = datetime.now(UTC), a_person()
    await post(town, "/v1/returns", a_persons_return(now, person))
    notice = await post(town, NOTICES, a_notice(now, a_train("G1")))
    rows = [
        named(person),
        named(person),
        {"kind": "person", "name": "张伟"},
        {"kind": "person", "identity": {"number": "500104199001010000"}},
        {"kind": "vehicle", "vehicle": "G1"},
        {"kind": "vehicle"},
        {"kind": "goods", "lot": "L-1"},
        {"kind": "rumour"},
    ]
    path = f"{NOTICES}/{notice['notice_id']}/entries/batch"
    receipt = (await town.post(path, json=rows)).json()
    assert [row["verdict"] for row in receipt["rows"]] == [
        *("stored", "duplicate", "refused", "refused", "duplicate", "refused", "stored", "refused")
    ]
    assert [row["problems"][0]["field"] for row in receipt["rows"] if row["problems"]] == [
        *("identity", "identity.number", "vehicle", "kind")
    ]
    shown = (await town.get(f"{NOTICES}/{notice['notice_id']}")).json()
    assert (shown["people"], shown["vehicles"], shown["goods"]) == (1, 1, 1)
    assert len(await matches(town, 1, notice_id=notice["notice_id"])) == 1


NO_NOTICES: list[tuple[dict[str, Any], str]] = [
    ({"entries": []}, "entries"),
    ({"entries": [{"kind": "person", "name": "张伟"}]}, "entries.0.identity"),
    ({"entries": [{"kind": "vehicle", "vehicle": "G1", "lot": "L-1"}]}, "entries.0.lot"),
    ({"entries": [{"kind": "person", "telephone": "12"}]}, "entries.0.telephone"),
    ({"entries": [{"kind": "vehicle", "vehicle": "G1", "on": "2021-02-30"}]}, "entries.0.on"),
    ({"received_at": "2999-01-01T00:00:00Z"}, "received_at"),
    ({"number": "13800138000"}, "number"),
    ({"division": "500104999"}, "division"),
]


async def test_what_is_refused_names_its_field(town: httpx.AsyncClient) -> None:
    for changes, field in NO_NOTICES:
        answer = await town.post(NOTICES, json={**a_notice(datetime.now(UTC), a_train("G1")), **changes})
        assert answer.status_code == 422, (changes, answer.text)
        assert answer.json()["problems"][0]["field"] == field, changes
    assert (await town.get(NOTICES)).json()["items"] == []


async def test_who_is_named_lies_sealed_and_travels_nowhere(
    town: httpx.AsyncClient, database_url: str, told: ToldOf
) -> None:
    now, person = datetime.now(UTC), a_person()
    await post(town, "/v1/returns", a_persons_return(now, person))
    await post(town, NOTICES, a_notice(now, named(person, "name", "identity", "telephone")))
    events = await told(2)
    connection = await asyncpg.connect(database_url)
    try:
        tables = ("notice_entry", "notice_mark", "notice_match", "assistance_notice")
        rows = [
            await connection.fetchval(f"SELECT string_agg(t::text, '') FROM registration.{table} AS t")
            for table in tables
        ]
    finally:
        await connection.close()
    for words in (*(event.model_dump_json() for event in events), *rows):
        for secret in (person["identity"]["number"], person["telephone"], person["name"]):
            assert secret not in words


async def test_a_match_belongs_to_the_division_of_what_was_found(
    town: httpx.AsyncClient, database_url: str
) -> None:
    now, here, there = datetime.now(UTC), a_person(), a_person()
    await post(town, "/v1/returns", a_persons_return(now, here))
    await post(town, "/v1/returns", a_persons_return(now, there, division=ANOTHER_VILLAGE))
    received = await post(town, NOTICES, a_notice(now, named(here), named(there)))
    first = next(one for one in await matches(town, 2) if one["division"] == A_VILLAGE)
    village = await a_key(database_url, A_VILLAGE, "notices:read", "notices:write")
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, "notices:read", "notices:write")
    other = await a_key(database_url, JIANSHENG, "places:read", "places:write")
    doors: list[tuple[str, str, Any]] = [
        ("GET", f"{MATCHES}/{first['match_id']}", None),
        ("POST", f"{MATCHES}/{first['match_id']}/steps", {"step": "found"}),
    ]
    for key, status in ((neighbour, 404), (other, 403), (village, 200)):
        headers = {"authorization": f"Bearer {key}"}
        for method, path, body in doors:
            answer = await town.request(method, path, json=body, headers=headers)
            assert answer.status_code == (201 if (status, method) == (200, "POST") else status), path
    headers = {"authorization": f"Bearer {village}"}
    assert [one["division"] for one in (await town.get(MATCHES, headers=headers)).json()["items"]] == [
        A_VILLAGE
    ]
    assert (await town.get(NOTICES, headers=headers)).json()["items"] == []
    assert (await town.get(f"{NOTICES}/{received['notice_id']}", headers=headers)).status_code == 404
    entries = f"{NOTICES}/{received['notice_id']}/entries/batch"
    assert (await town.post(entries, json=[a_train("G1")], headers=headers)).status_code == 404
    assert (await town.post(NOTICES, json=a_notice(now, a_train("G1")), headers=headers)).status_code == 403
    own = await town.post(NOTICES, json=a_notice(now, named(there), division=A_VILLAGE), headers=headers)
    assert own.status_code == 201
    assert len((await town.get(MATCHES, headers=headers)).json()["items"]) == 1, (
        "found, and not theirs to see"
    )
    assert len(await matches(town, 3)) == 3
    assert (await town.get(MATCHES, params={"division": OUTSIDE})).status_code == 403
