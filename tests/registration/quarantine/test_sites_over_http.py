"""Quarantine sites through the real door: stated whole, lacking shown, opened, filled, closed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.contracts.registration import SiteClosed, SiteOpened
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.quarantine.sites import PASSAGES, STAFF, ZONES, a_backup, a_site, opened, put, rooms

pytestmark = pytest.mark.requirement("quarantine-sites")
CODE = "jiansheng-health-centre"


async def test_the_standing_site_of_the_town(town: httpx.AsyncClient, events: EventsOnBus) -> None:
    first = await town.put(f"/v1/sites/{CODE}", json=a_site())
    assert first.status_code == 201
    site = first.json()
    assert (site["state"], site["area_m2"], site["quarantine_only"]) == ("planned", 1700, True)
    occupancy = site["occupancy"]
    assert (occupancy["rooms"], occupancy["beds"], occupancy["rooms_free"]) == (28, 60, 28)
    assert site["vehicles"] == [{"kind": "ambulance", "plate": "渝A12345"}]
    assert site["lacking"] == {"zones": [], "passages": [], "staff": []}
    again = await town.put(f"/v1/sites/{CODE}", json=a_site())
    assert (again.status_code, again.json()) == (200, site)
    assert (await opened(town, CODE))["state"] == "open"
    repeated = await town.post(f"/v1/sites/{CODE}/open", json={"reason": "again"})
    assert repeated.json()["state_reason"] == "疫情处置"
    closed = (await town.post(f"/v1/sites/{CODE}/close", json={"reason": "结束"})).json()
    assert (closed["state"], closed["state_reason"]) == ("closed", "结束")
    listed = (await town.get("/v1/sites")).json()["items"]
    assert [one["code"] for one in listed] == [CODE]
    begun, ended = await events(2)
    assert isinstance(begun, SiteOpened)
    assert (begun.site, begun.rooms, begun.division) == (CODE, 28, JIANSHENG)
    assert isinstance(ended, SiteClosed)


LACKING: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"zones": ZONES[:2]}, "zones", ["contaminated"]),
    ({"passages": []}, "passages", PASSAGES),
    ({"staff": {**STAFF, "counselling": 0}}, "staff", ["counselling"]),
    ({"staff": {}}, "staff", list(STAFF)),
]


@pytest.mark.parametrize(("changes", "field", "missing"), LACKING)
async def test_what_is_missing_is_visible(
    town: httpx.AsyncClient, changes: dict[str, Any], field: str, missing: list[str]
) -> None:
    site = await put(town, CODE, a_site(**changes))
    assert [one["id"] for one in site["lacking"][field]] == missing
    assert all(one["title"]["zh"] for one in site["lacking"][field])
    answer = await town.post(f"/v1/sites/{CODE}/open", json={"reason": "疫情处置"})
    if field == "staff":
        assert answer.json()["state"] == "open"
        return
    assert answer.status_code == 409
    assert missing[0] in answer.json()["detail"]
    assert "渡建胜肺炎组发〔2021〕2号 §11" in answer.json()["clause"]


async def test_a_temporary_rural_place_opens_with_what_it_has(town: httpx.AsyncClient) -> None:
    place = a_site(kind="temporary-rural", division=A_VILLAGE, zones=[], passages=[], rooms=rooms(2, 2))
    assert (await opened(town, "village-school", place))["state"] == "open"


async def test_an_open_site_serves_nothing_else(town: httpx.AsyncClient) -> None:
    await put(town, CODE, a_site(quarantine_only=False))
    assert (await town.post(f"/v1/sites/{CODE}/open", json={"reason": "疫情"})).status_code == 409
    await opened(town, CODE)
    answer = await town.put(f"/v1/sites/{CODE}", json=a_site(quarantine_only=False))
    assert answer.status_code == 409
    assert answer.json()["clause"]


NO_SITES: list[tuple[dict[str, Any], str]] = [
    ({"kind": "hotel"}, "kind"),
    ({"call_up_order": 1}, "call_up_order"),
    ({"kind": "back-up"}, "call_up_order"),
    ({"zones": ["kitchen"]}, "zones"),
    ({"passages": ["clean"]}, "passages"),
    ({"staff": {"cooks": 1}}, "staff"),
    ({"staff": {"meals": -1}}, "staff.meals"),
    ({"rooms": [*rooms(1), *rooms(2)]}, "rooms.0.room"),
    ({"rooms": [{"room": "1", "position": 1}, {"room": "2", "position": 1}]}, "rooms.0.position"),
    ({"rooms": [{"room": "1", "beds": 0}]}, "rooms.0.beds"),
    ({"vehicles": [{"kind": "ambulance", "plate": "a plate"}]}, "vehicles.0.plate"),
    ({"area_m2": 0}, "area_m2"),
    ({"division": "500104102999"}, "division"),
    ({"name": "  "}, "name"),
]


async def test_what_a_site_cannot_be(town: httpx.AsyncClient) -> None:
    for changes, field in NO_SITES:
        answer = await town.put(f"/v1/sites/{CODE}", json=a_site(**changes))
        assert answer.status_code == 422, changes
        assert field in [problem["field"] for problem in answer.json()["problems"]], changes
    for code in ("A", "a b", "-", "a" * 65, "1a"):
        answer = await town.put(f"/v1/sites/{code}", json=a_site())
        assert answer.status_code == 422, code
        assert answer.json()["problems"][0]["field"] == "code"
    assert (await town.get("/v1/sites")).json()["items"] == []


async def test_the_list_knows_kinds_and_states(town: httpx.AsyncClient) -> None:
    await opened(town, "one-room", a_site(rooms=rooms(1)))
    await put(town, "school", a_backup(1))
    await opened(town, CODE)
    body = {"person_ids": [str(uuid4())], "division": JIANSHENG, "site": "one-room"}
    assert (await town.post("/v1/rooms/assignments", json=body)).status_code == 201

    async def codes(**params: str) -> set[str]:
        return {one["code"] for one in (await town.get("/v1/sites", params=params)).json()["items"]}

    assert await codes(state="full") == {"one-room"}
    assert await codes(state="open") == {CODE}
    assert await codes(state="planned") == {"school"}
    assert await codes(kind="standing") == {"one-room", CODE}
    assert await codes(kind="back-up", state="open") == set()


async def test_a_bed_that_somebody_has_does_not_go(town: httpx.AsyncClient) -> None:
    await opened(town, CODE, a_site(rooms=rooms(2, 1)))
    body = {
        "person_ids": [str(uuid4()), str(uuid4())],
        "division": JIANSHENG,
        "site": CODE,
        "room": "101",
    }
    assert (await town.post("/v1/rooms/assignments", json=body)).status_code == 201
    for fewer in (rooms(1, 1), [rooms(2, 1)[1]], []):
        answer = await town.put(f"/v1/sites/{CODE}", json=a_site(rooms=fewer))
        assert answer.status_code == 409, fewer
    assert (await town.post(f"/v1/sites/{CODE}/close", json={"reason": "结束"})).status_code == 409
    more = await put(town, CODE, a_site(rooms=rooms(4, corridor="1")))
    assert (more["occupancy"]["rooms"], more["occupancy"]["beds"], more["occupancy"]["people"]) == (1, 4, 2)
    back = await put(town, CODE, a_site(rooms=rooms(2, 1)))
    assert (back["occupancy"]["rooms"], back["occupancy"]["rooms_free"]) == (2, 1)


async def test_keys_reach_their_own_subtree(town: httpx.AsyncClient, database_url: str) -> None:
    await opened(town, CODE, a_site(division=A_VILLAGE))
    scopes = ("sites:read", "sites:write")
    neighbour = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE, *scopes)}"}
    own = {"authorization": f"Bearer {await a_key(database_url, A_VILLAGE, *scopes)}"}
    assert (await town.get(f"/v1/sites/{CODE}", headers=own)).status_code == 200
    assert (await town.get(f"/v1/sites/{CODE}", headers=neighbour)).status_code == 404
    body = {"reason": "x"}
    for path in ("open", "close", "rooms/101/ready"):
        answer = await town.post(f"/v1/sites/{CODE}/{path}", json=body, headers=neighbour)
        assert answer.status_code == 404, path
    there = a_site(division=ANOTHER_VILLAGE)
    assert (await town.put(f"/v1/sites/{CODE}", json=there, headers=neighbour)).status_code == 404
    assert (await town.put(f"/v1/sites/{CODE}", json=a_site(), headers=neighbour)).status_code == 403
    assert (await town.put(f"/v1/sites/{CODE}", json=there)).status_code == 409
    assert (await town.get("/v1/sites", headers=neighbour)).json()["items"] == []
    for path in ("/v1/sites", "/v1/quarantine-reserve"):
        assert (await town.get(path, params={"division": OUTSIDE})).status_code == 403
    given = {"person_ids": [str(uuid4())], "division": ANOTHER_VILLAGE, "site": CODE}
    assert (await town.post("/v1/rooms/assignments", json=given, headers=neighbour)).status_code == 422


async def test_nothing_opens_in_the_future(town: httpx.AsyncClient) -> None:
    await put(town, CODE, a_site())
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    answer = await town.post(f"/v1/sites/{CODE}/open", json={"reason": "x", "opened_at": later})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "opened_at"
