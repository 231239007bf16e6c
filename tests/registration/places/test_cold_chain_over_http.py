"""Cold-chain lots through the real door: no sale without the four proofs, and every lot can be traced."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.registration.actions.places.judge_lots import judge_due_lots
from services.registration.rules.places.law import law_of
from shared.contracts.registration.places import LotBlocked, LotCleared
from shared.policy import load_pack
from shared.postgres import Database
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.policy.packs import PACK
from tests.registration.conftest import EventsOnBus
from tests.registration.places.statements import PROOFS, a_code, a_lot, a_place, a_proof

pytestmark = pytest.mark.requirement("cold-chain-four-proofs")

LOTS = "/v1/cold-chain-lots"
HOUR = timedelta(hours=1)
CLAUSE = "渡建胜肺炎组发〔2021〕2号 §10"


async def a_shop(town: httpx.AsyncClient, **changes: Any) -> str:
    code = a_code()
    answer = await town.put(f"/v1/places/{code}", json=a_place(kind="shop", **changes))
    assert answer.status_code == 201
    return code


async def lot_at(town: httpx.AsyncClient, place: str, *proofs: str, **changes: Any) -> str:
    answer = await town.post(LOTS, json=a_lot(place, *proofs, **changes))
    assert answer.status_code == 201, answer.text
    return answer.json()["lot_id"]


def a_sale(place: str, amount: float = 1, **changes: Any) -> dict[str, Any]:
    return {"reference": a_code(), "place": place, "amount": amount, **changes}


@pytest.mark.parametrize("missing", PROOFS)
async def test_what_lacks_one_proof_is_not_sold_until_it_has_it(
    town: httpx.AsyncClient, events: EventsOnBus, missing: str
) -> None:
    shop = await a_shop(town)
    lot = await lot_at(town, shop, *(kind for kind in PROOFS if kind != missing))
    check = (await town.get(f"{LOTS}/{lot}/sale-check")).json()
    assert (check["may_be_sold"], check["clause"]) == (False, CLAUSE)
    assert [(one["kind"], one["why"]) for one in check["lacks"]] == [(missing, "missing")]
    refused = await town.post(f"{LOTS}/{lot}/sales", json=a_sale(shop))
    assert (refused.status_code, refused.json()["clause"]) == (409, CLAUSE)
    assert refused.json()["problems"] == [
        {"field": f"proofs.{missing}", "reason": "is missing", "reason_zh": "缺少"}
    ]
    added = await town.post(f"{LOTS}/{lot}/proofs", json=a_proof(missing))
    assert (added.status_code, added.json()["state"]) == (201, "cleared")
    sale = a_sale(shop)
    assert (await town.post(f"{LOTS}/{lot}/sales", json=sale)).status_code == 201
    assert (await town.post(f"{LOTS}/{lot}/sales", json=sale)).status_code == 200
    shown = (await town.get(f"{LOTS}/{lot}")).json()
    assert float(shown["holdings"][0]["amount"]) == 9
    assert [type(event) for event in await events(2)] == [LotBlocked, LotCleared]


async def test_a_withdrawn_proof_blocks_and_another_one_clears(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    shop, now = await a_shop(town), datetime.now(UTC)
    body = a_lot(shop, *PROOFS)
    lot = (await town.post(LOTS, json=body)).json()["lot_id"]
    withdrawal = {**body["proofs"][1], "withdrawn_at": now.isoformat(), "reason": "检测机构撤回"}
    path = f"{LOTS}/{lot}/proofs"
    answer = await town.post(path, json=withdrawal)
    assert (answer.json()["state"], answer.json()["lacks"][0]["why"]) == ("blocked", "withdrawn")
    assert (await town.post(path, json=withdrawal)).status_code == 200
    assert (await town.post(f"{LOTS}/{lot}/sales", json=a_sale(shop))).status_code == 409
    earlier = a_sale(shop, occurred_at=(now - HOUR).isoformat())
    assert (await town.post(f"{LOTS}/{lot}/sales", json=earlier)).status_code == 201
    listed = (await town.get(LOTS, params={"state": "blocked"})).json()["items"]
    assert [one["lot_id"] for one in listed] == [lot]
    await town.post(path, json=a_proof("nucleic-acid-report"))
    assert (await town.get(f"{LOTS}/{lot}/sale-check")).json()["may_be_sold"] is True
    told = await events(3)
    assert [type(event) for event in told] == [LotCleared, LotBlocked, LotCleared]
    assert told[1].lacks == ["nucleic-acid-report"]


async def test_an_expired_proof_blocks_by_itself(
    town: httpx.AsyncClient, events: EventsOnBus, service_database_url: Any
) -> None:
    shop, now = await a_shop(town), datetime.now(UTC)
    until = (now + HOUR).isoformat()
    body = a_lot(shop, *PROOFS[:3])
    body["proofs"].append(a_proof("tracing-record", valid_until=until))
    lot = (await town.post(LOTS, json=body)).json()["lot_id"]
    database = await Database.open(service_database_url("registration"), "registration")
    law = law_of(load_pack(PACK)).cold_chain
    try:
        for moment, state in ((now + HOUR, "cleared"), (now + HOUR + timedelta(seconds=1), "blocked")):
            await judge_due_lots(database, law, now=moment)
            await judge_due_lots(database, law, now=moment)
            assert (await town.get(f"{LOTS}/{lot}")).json()["state"] == state
    finally:
        await database.close()
    await town.post(LOTS, json=a_lot(shop, *PROOFS))  # wakes the relay
    told = [event for event in await events(3) if str(event.lot_id) == lot]
    assert [type(event) for event in told] == [LotCleared, LotBlocked]


async def test_a_lot_takes_further_proofs_and_nothing_else(town: httpx.AsyncClient) -> None:
    shop = await a_shop(town)
    body = a_lot(shop, *PROOFS[:2])
    first = await town.post(LOTS, json=body)
    assert (first.status_code, first.json()["state"]) == (201, "blocked")
    assert (await town.post(LOTS, json=body)).status_code == 200
    more = await town.post(LOTS, json={**body, "proofs": [a_proof(kind) for kind in PROOFS[2:]]})
    assert (more.status_code, more.json()["state"]) == (201, "cleared")
    for field, value in (("goods", "虾"), ("origin", "厄瓜多尔"), ("amount", 11), ("unit", "t")):
        answer = await town.post(LOTS, json={**body, field: value})
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["field"] == "number"


async def test_movements_are_traced_forwards_and_backwards(
    town: httpx.AsyncClient, database_url: str
) -> None:
    now = datetime.now(UTC)
    market, shop = await a_shop(town), await a_shop(town, division=ANOTHER_VILLAGE)
    lot = await lot_at(town, market, *PROOFS, occurred_at=(now - 5 * HOUR).isoformat())
    moved = {
        "reference": "M-1",
        "from_place": market,
        "to_place": shop,
        "amount": 4,
        "occurred_at": (now - 3 * HOUR).isoformat(),
    }
    path = f"{LOTS}/{lot}/movements"
    assert (await town.post(path, json=moved)).status_code == 201
    assert (await town.post(path, json=moved)).status_code == 200
    assert (await town.post(path, json={**moved, "amount": 5})).status_code == 409
    assert (await town.post(path, json={**moved, "reference": "M-2", "amount": 6.001})).status_code == 409
    same = await town.post(path, json={**moved, "reference": "M-3", "to_place": market})
    assert same.json()["problems"][0]["field"] == "to_place"
    nowhere = await town.post(path, json={**moved, "reference": "M-4", "to_place": "P-none-1"})
    assert nowhere.json()["problems"][0]["field"] == "to_place"
    await town.post(f"{LOTS}/{lot}/sales", json=a_sale(shop, 1.5))

    async def steps(key: str | None = None, **parameters: str) -> list[tuple[Any, Any]]:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        answer = await town.get(f"{LOTS}/{lot}/trace", params=parameters, headers=headers)
        assert answer.status_code == 200, answer.text
        return [
            tuple(one[end] and one[end]["code"] for end in ("from_place", "to_place"))
            for one in answer.json()["items"]
        ]

    assert await steps() == [(None, market), (market, shop), (shop, None)]
    assert await steps(place=market) == [(market, shop), (shop, None)]
    assert await steps(place=shop) == [(shop, None)]
    assert await steps(place=shop, direction="backward") == [(None, market), (market, shop)]
    assert len((await town.get(LOTS, params={"place": shop})).json()["items"]) == 1
    village = await a_key(database_url, ANOTHER_VILLAGE, "goods:read", "goods:write")
    assert await steps(village, place=shop, direction="backward") == [(None, None), (None, shop)]
    headers = {"authorization": f"Bearer {village}"}
    whole = (await town.get(f"{LOTS}/{lot}", headers=headers)).json()
    assert [(one["place"], float(one["amount"])) for one in whole["holdings"]] == [(shop, 2.5)]
    assert (await town.post(path, json={**moved, "reference": "M-5"}, headers=headers)).status_code == 422
    own = await a_key(database_url, A_VILLAGE, "goods:read")
    assert len((await town.get(LOTS, headers={"authorization": f"Bearer {own}"})).json()["items"]) == 1


async def test_a_batch_has_a_verdict_for_each_row(town: httpx.AsyncClient, database_url: str) -> None:
    elsewhere = await a_key(database_url, "500101", "places:write")
    far = a_code()
    answer = await town.put(
        f"/v1/places/{far}",
        json=a_place(kind="shop", division=OUTSIDE),
        headers={"authorization": f"Bearer {elsewhere}"},
    )
    assert answer.status_code == 201
    shop = await a_shop(town)
    good = a_lot(shop, *PROOFS)
    rows = [
        good,
        a_lot(shop),
        {**good, "goods": "虾"},
        a_lot(far),
        a_lot("P-none-1"),
        a_lot(shop, unit="barrel"),
        a_lot(shop, "passport"),
        a_lot(shop, amount=0),
        a_lot(shop, occurred_at=(datetime.now(UTC) + HOUR).isoformat()),
    ]
    receipt = (await town.post(f"{LOTS}/batch", json=rows)).json()
    assert [row["verdict"] for row in receipt["rows"]] == ["stored", "stored", *["refused"] * 7]
    assert [row["state"] for row in receipt["rows"][:2]] == ["cleared", "blocked"]
    assert [row["problems"][0]["field"] for row in receipt["rows"][2:]] == [
        *("number", "place", "place", "unit", "proofs.0.kind", "amount", "occurred_at")
    ]
    again = (await town.post(f"{LOTS}/batch", json=rows[:2])).json()
    assert (again["stored"], again["duplicate"]) == (0, 2)


NO_PROOFS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "passport"}, "kind"),
    ({"withdrawn_at": "2021-01-01T00:00:00Z"}, "reason"),
    ({"reason": "r"}, "reason"),
    ({"withdrawn_at": "2999-01-01T00:00:00Z", "reason": "r"}, "withdrawn_at"),
    ({"valid_until": "soon"}, "valid_until"),
    ({"document": "13800138000"}, "document"),
]


async def test_what_cannot_be_said_of_a_proof(town: httpx.AsyncClient) -> None:
    lot = await lot_at(town, await a_shop(town))
    for changes, field in NO_PROOFS:
        answer = await town.post(f"{LOTS}/{lot}/proofs", json={**a_proof("tracing-record"), **changes})
        assert answer.status_code == 422, changes
        assert [one["field"] for one in answer.json()["problems"]] == [field], changes


async def test_a_key_sees_and_touches_its_own_subtree_only(
    town: httpx.AsyncClient, database_url: str
) -> None:
    shop = await a_shop(town)
    lot = await lot_at(town, shop, *PROOFS)
    doors: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("GET", "/sale-check", None),
        ("GET", "/trace", None),
        ("POST", "/proofs", a_proof("tracing-record")),
        ("POST", "/sales", a_sale(shop)),
        ("POST", "/movements", {"reference": "M-1", "from_place": shop, "to_place": "P-none-1", "amount": 1}),
    ]
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, "goods:read", "goods:write")
    other = await a_key(database_url, JIANSHENG, "places:read", "places:write")
    for key, status in ((neighbour, 404), (other, 403)):
        headers = {"authorization": f"Bearer {key}"}
        for method, path, body in doors:
            answer = await town.request(method, f"{LOTS}/{lot}{path}", json=body, headers=headers)
            assert answer.status_code == status, (method, path)
    headers = {"authorization": f"Bearer {neighbour}"}
    assert (await town.get(LOTS, headers=headers)).json()["items"] == []
    assert (await town.post(LOTS, json=a_lot(shop), headers=headers)).status_code == 422
    assert (await town.get(LOTS, params={"place": shop}, headers=headers)).status_code == 404
