"""Rooms through the real door: alone or as a family, moved, let go, and never twice."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.people.statements import a_person_statement
from tests.registration.quarantine.sites import a_site, opened, rooms

pytestmark = pytest.mark.requirement("quarantine-sites")


def people(count: int) -> list[str]:
    return [str(uuid4()) for _ in range(count)]


async def given(
    client: httpx.AsyncClient, who: list[str], status: int = 201, **changes: Any
) -> dict[str, Any]:
    body = {"person_ids": who, "division": A_VILLAGE, **changes}
    answer = await client.post("/v1/rooms/assignments", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def where(receipt: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(stay["site"], stay["room"], stay["bed"]) for stay in receipt["stays"]]


async def test_one_to_a_room_and_a_family_together(town: httpx.AsyncClient) -> None:
    await opened(town, "site", a_site(rooms=rooms(2, 1, 3)))
    alone, family = people(1), people(3)
    assert where(await given(town, alone)) == [("site", "102", 1)]
    assert {room for _, room, _ in where(await given(town, family))} == {"103"}
    assert where(await given(town, people(1))) == [("site", "101", 1)]
    assert (await given(town, people(1), 409))["type"] == "/problems/no-room"
    again = await given(town, family, 200)
    assert (again["verdict"], {room for _, room, _ in where(again)}) == ("duplicate", {"103"})
    shown = (await town.get("/v1/sites/site")).json()
    assert shown["state"] == "full"
    assert (shown["occupancy"]["people"], shown["occupancy"]["rooms_taken"]) == (5, 3)
    assert {room["room"]: set(room["person_ids"]) for room in shown["rooms"]}["103"] == set(family)


async def test_the_nearest_open_site_is_taken(town: httpx.AsyncClient) -> None:
    await opened(town, "town-site", a_site(rooms=rooms(1, 1)))
    await opened(town, "village-site", a_site(division=A_VILLAGE, rooms=rooms(1)))
    await opened(
        town, "village-place", a_site(division=A_VILLAGE, kind="temporary-rural", rooms=rooms(1, 1, 1))
    )
    assert [where(await given(town, people(1)))[0][0] for _ in range(3)] == [
        "village-site",
        "town-site",
        "town-site",
    ]
    await given(town, people(1), 409)
    assert where(await given(town, people(1), site="village-place"))[0][0] == "village-place"


async def test_a_family_that_grows_and_one_that_is_too_large(town: httpx.AsyncClient) -> None:
    await opened(town, "site", a_site(rooms=rooms(2, 2, 1)))
    parent, child, aunt = people(3)
    first = await given(town, [parent], room="101", site="site")
    joined = await given(town, [parent, child])
    assert where(joined) == [("site", "101", 1), ("site", "101", 2)]
    assert joined["stays"][0]["party_id"] == first["stays"][0]["party_id"] == joined["stays"][1]["party_id"]
    assert where(await given(town, [parent, child, aunt]))[2] == ("site", "103", 1)
    await given(town, people(3), 409)
    stranger = people(1)
    await given(town, stranger)
    assert (await given(town, [parent, *stranger], 409))["type"] == "/problems/stays-elsewhere"


async def test_moving_and_leaving(town: httpx.AsyncClient) -> None:
    await opened(town, "site", a_site(rooms=rooms(1, 1, 2)))
    (who,), family = people(1), people(2)
    await given(town, [who])
    await given(town, family)
    move = {"person_ids": [who], "site": "site", "room": "102"}
    moved = (await town.post("/v1/rooms/moves", json=move)).json()
    assert (moved["verdict"], where(moved)) == ("stored", [("site", "102", 1)])
    assert (await town.post("/v1/rooms/moves", json=move)).json()["verdict"] == "duplicate"
    taken = await town.post("/v1/rooms/moves", json={**move, "room": "103"})
    assert taken.status_code == 409
    assert where(await given(town, [who], 200)) == [("site", "102", 1)]
    together = {"person_ids": [who, *family], "site": "site", "room": "103"}
    assert (await town.post("/v1/rooms/moves", json=together)).status_code == 409
    leave = {"person_ids": family, "reason": "released"}
    left = (await town.post("/v1/rooms/leaves", json=leave)).json()
    assert [(stay["end_reason"], stay["ended_at"] is None) for stay in left["stays"]] == [
        ("released", False)
    ] * 2
    assert (await town.post("/v1/rooms/leaves", json={**leave, "reason": "hospital"})).json()[
        "stays"
    ] == left["stays"]
    assert (await town.get("/v1/sites/site")).json()["occupancy"]["rooms_free"] == 2
    assert {room for _, room, _ in where(await given(town, family))} == {"103"}
    assert (await town.get("/v1/sites/site")).json()["occupancy"]["people"] == 3


async def test_what_cannot_be_ordered(town: httpx.AsyncClient) -> None:
    await opened(town, "site", a_site(rooms=rooms(1, 1)))
    (who,) = people(1)
    await given(town, [who], site="site", room="101")
    now = datetime.now(UTC)
    orders: list[tuple[str, dict[str, Any], int, str | None]] = [
        ("assignments", {"person_ids": [], "division": A_VILLAGE}, 422, "person_ids"),
        ("assignments", {"person_ids": [who, who], "division": A_VILLAGE}, 422, "person_ids"),
        ("assignments", {"person_ids": people(1), "division": "500104102999"}, 422, "division"),
        ("assignments", {"person_ids": people(1), "division": OUTSIDE}, 403, None),
        ("assignments", {"person_ids": people(1), "division": A_VILLAGE, "room": "101"}, 422, "room"),
        ("assignments", {"person_ids": people(1), "division": A_VILLAGE, "site": "nowhere"}, 422, "site"),
        (
            "assignments",
            {"person_ids": people(1), "division": A_VILLAGE, "site": "site", "room": "9"},
            422,
            "room",
        ),
        (
            "assignments",
            {"person_ids": people(1), "division": A_VILLAGE, "site": "site", "room": "101"},
            409,
            None,
        ),
        (
            "assignments",
            {"person_ids": [who], "division": A_VILLAGE, "site": "site", "room": "102"},
            409,
            None,
        ),
        (
            "assignments",
            {
                "person_ids": people(1),
                "division": A_VILLAGE,
                "began_at": (now + timedelta(days=1)).isoformat(),
            },
            422,
            "began_at",
        ),
        ("moves", {"person_ids": people(1), "site": "site", "room": "102"}, 422, "person_ids.0"),
        ("moves", {"person_ids": [who], "site": "nowhere", "room": "1"}, 422, "site"),
        (
            "moves",
            {"person_ids": [who], "site": "site", "room": "102", "moved_at": "2020-01-01T00:00:00Z"},
            422,
            "moved_at",
        ),
        ("leaves", {"person_ids": people(1), "reason": "released"}, 422, "person_ids.0"),
        ("leaves", {"person_ids": [who], "reason": "bored"}, 422, "reason"),
        (
            "leaves",
            {"person_ids": [who], "reason": "released", "left_at": "2020-01-01T00:00:00Z"},
            422,
            "left_at",
        ),
    ]
    for path, body, status, field in orders:
        answer = await town.post(f"/v1/rooms/{path}", json=body)
        assert answer.status_code == status, (path, body, answer.text)
        if field is not None:
            assert field in [problem["field"] for problem in answer.json()["problems"]], (path, body)
    assert (await town.get("/v1/sites/site")).json()["occupancy"]["people"] == 1


async def test_another_subtree_sees_and_moves_nobody(town: httpx.AsyncClient, database_url: str) -> None:
    await opened(town, "site", a_site(rooms=rooms(1, 1)))
    (who,) = people(1)
    await given(town, [who])
    headers = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE, 'sites:write')}"}
    leave = {"person_ids": [who], "reason": "released"}
    assert (await town.post("/v1/rooms/leaves", json=leave, headers=headers)).status_code == 422
    mine = {"person_ids": [who], "division": ANOTHER_VILLAGE}
    answer = await town.post("/v1/rooms/assignments", json=mine, headers=headers)
    assert answer.status_code == 409
    assert "101" not in answer.text


async def test_nobody_of_another_village_is_given_a_room(town: httpx.AsyncClient, database_url: str) -> None:
    await opened(town, "site", a_site(division=A_VILLAGE, rooms=rooms(1, 1, 1)))
    theirs = (await town.post("/v1/people", json=a_person_statement(1, division=ANOTHER_VILLAGE))).json()
    ours = (await town.post("/v1/people", json=a_person_statement(2, division=A_VILLAGE))).json()
    key = await a_key(database_url, A_VILLAGE, "sites:write")
    narrow = {"authorization": f"Bearer {key}"}
    body = {"person_ids": [ours["person_id"], theirs["person_id"]], "division": A_VILLAGE}

    refused = await town.post("/v1/rooms/assignments", json=body, headers=narrow)
    assert refused.status_code == 422, refused.text
    assert [one["field"] for one in refused.json()["problems"]] == ["person_ids.1"]
    assert (await town.get("/v1/sites/site")).json()["occupancy"]["people"] == 0
    own = {**body, "person_ids": [ours["person_id"]]}
    assert (await town.post("/v1/rooms/assignments", json=own, headers=narrow)).status_code == 201
    await given(town, [theirs["person_id"]])


async def test_the_reserve_shows_how_full_the_area_is(town: httpx.AsyncClient) -> None:
    await opened(town, "site", a_site())
    await opened(town, "place", a_site(division=A_VILLAGE, kind="temporary-rural", rooms=rooms(1)))
    await given(town, people(2))
    shown = (await town.get("/v1/quarantine-reserve")).json()
    assert (shown["division"], shown["infected"], shown["rooms_needed"], shown["shortfall"]) == (
        JIANSHENG,
        0,
        0,
        0,
    )
    assert shown["rooms_in_reserve"] == 28
    assert (shown["occupancy"]["rooms"], shown["occupancy"]["people"]) == (29, 2)
    assert [(one["division"], one["occupancy"]["rooms"]) for one in shown["below"]] == [(A_VILLAGE, 1)]
