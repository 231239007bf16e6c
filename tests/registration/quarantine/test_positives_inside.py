"""A positive inside a site: out at once, the room closed, neighbours managed as contacts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.registration.rules.quarantine.neighbours import Contact, StayInSite, contacts_of
from shared.contracts.registration import MovedOut
from shared.contracts.testing import SamplePositive
from shared.policy.quarantine import Neighbours
from shared.vocabulary import Method
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.keys import a_key
from tests.registration.quarantine.sites import a_site, opened, rooms
from tests.registration.returns.stories import a_person, plan_of, tell
from tests.registration.statements import a_return
from tests.reporting.conftest import events_on, publish
from tests.waiting import until

pytestmark = pytest.mark.requirement("quarantine-monitoring")
NOW = datetime(2021, 2, 10, 9, 0, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
FAMILY, OTHER = UUID(int=100), UUID(int=200)
LAW = Neighbours(
    clause=("town §11",),
    who=("same-room", "same-family", "adjacent-room"),
    positions=1,
    within=2 * DAY,
    ground="contact",
)


def a_stay(number: int, position: int, **changes: Any) -> StayInSite:
    fields: dict[str, Any] = {
        "stay_id": UUID(int=1000 + number),
        "person_id": UUID(int=number),
        "party_id": OTHER,
        "room": f"1{position:02}",
        "corridor": "1",
        "position": position,
        "began_at": NOW - 5 * DAY,
        "ended_at": None,
    }
    return StayInSite(**{**fields, **changes})


POSITIVE = a_stay(1, 5, party_id=FAMILY)
CASES: list[tuple[str, StayInSite, str | None]] = [
    ("the same room", a_stay(2, 5), "same-room"),
    ("next door", a_stay(2, 6), "adjacent-room"),
    ("next door on the other side", a_stay(2, 4), "adjacent-room"),
    ("two doors away", a_stay(2, 7), None),
    ("the same position in another corridor", a_stay(2, 5, room="205", corridor="2"), None),
    ("of the family, far away", a_stay(2, 1, room="301", corridor="3", party_id=FAMILY), "same-family"),
    ("of the family, in the room", a_stay(2, 5, party_id=FAMILY), "same-room"),
    ("left two days ago", a_stay(2, 6, ended_at=NOW - 2 * DAY), "adjacent-room"),
    ("left before that", a_stay(2, 6, ended_at=NOW - 2 * DAY - MOMENT), None),
    ("came at the very moment", a_stay(2, 6, began_at=NOW), "adjacent-room"),
    ("came after the finding", a_stay(2, 6, began_at=NOW + MOMENT), None),
    ("the positive person", a_stay(1, 5), None),
]


@pytest.mark.parametrize(("_", "stay", "nearness"), CASES, ids=[case[0] for case in CASES])
def test_who_is_near(_: str, stay: StayInSite, nearness: str | None) -> None:
    found = contacts_of(POSITIVE, [POSITIVE, stay], found_at=NOW, law=LAW)
    assert [(one.person_id, one.nearness) for one in found] == ([(UUID(int=2), nearness)] if nearness else [])


def test_the_policy_says_how_far() -> None:
    stays = [POSITIVE, a_stay(2, 7), a_stay(3, 20), a_stay(4, 6)]
    wider = LAW.model_copy(update={"positions": 2})
    assert [one.person_id.int for one in contacts_of(POSITIVE, stays, found_at=NOW, law=wider)] == [2, 4]
    corridor = LAW.model_copy(update={"who": ("adjacent-room", "same-corridor")})
    assert contacts_of(POSITIVE, stays, found_at=NOW, law=corridor) == [
        Contact(UUID(int=2), "same-corridor"),
        Contact(UUID(int=3), "same-corridor"),
        Contact(UUID(int=4), "adjacent-room"),
    ]


def test_who_left_before_the_positive_came_is_no_contact() -> None:
    came = a_stay(1, 5, began_at=NOW - DAY)
    left = a_stay(2, 6, ended_at=NOW - DAY - MOMENT)
    assert contacts_of(came, [came, left], found_at=NOW, law=LAW) == []


async def on_record(town: httpx.AsyncClient) -> str:
    """Somebody on record here, by a return."""
    return (await tell(town, a_return(datetime.now(UTC), person=a_person())))["person_id"]


async def put_into(town: httpx.AsyncClient, room: str, *person_ids: str) -> None:
    body = {"person_ids": person_ids, "division": A_VILLAGE, "site": "site", "room": room}
    answer = await town.post("/v1/rooms/assignments", json=body)
    assert answer.status_code == 201, answer.text


async def test_out_at_once_and_neighbours_become_contacts(town: httpx.AsyncClient, database_url: str) -> None:
    await opened(town, "site", a_site(rooms=rooms(2, 1, 1)))
    ill, mother, beside, away = [await on_record(town) for _ in range(4)]
    await put_into(town, "101", ill, mother)
    await put_into(town, "102", beside)
    await put_into(town, "103", away)
    neighbour = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE, 'sites:write')}"}
    body = {"person_id": ill, "found_at": datetime.now(UTC).isoformat()}
    path = "/v1/sites/site/positives"
    assert (await town.post(path, json=body, headers=neighbour)).status_code == 404
    answer = await town.post(path, json=body)
    assert answer.status_code == 201
    moved = answer.json()
    assert moved["stay"]["end_reason"] == "positive"
    assert {one["person_id"]: one["nearness"] for one in moved["contacts"]} == {
        mother: "same-room",
        beside: "adjacent-room",
    }
    again = await town.post(path, json={**body, "found_at": datetime.now(UTC).isoformat()})
    assert (again.status_code, again.json()["contacts"]) == (200, moved["contacts"])
    rooms_now = {one["room"]: one for one in (await town.get("/v1/sites/site")).json()["rooms"]}
    assert (rooms_now["101"]["state"], rooms_now["101"]["person_ids"]) == ("disinfection", [mother])
    for person_id, rule in ((mother, "contact"), (beside, "contact")):
        plan = await plan_of(town, person_id)
        assert (plan["governing_rule"], plan["stage_kind"]) == (rule, "central-quarantine")
    assert (await plan_of(town, away))["governing_rule"] != "contact"


async def test_a_closed_room_opens_when_it_is_empty_and_disinfected(town: httpx.AsyncClient) -> None:
    await opened(town, "site", a_site(rooms=rooms(2)))
    ill, son, next_one = (str(uuid4()) for _ in range(3))
    await put_into(town, "101", ill, son)
    assert (await town.post("/v1/sites/site/positives", json={"person_id": ill})).status_code == 201
    ready = "/v1/sites/site/rooms/101/ready"
    assert (await town.post(ready)).status_code == 409
    body = {"person_ids": [son], "reason": "hospital"}
    assert (await town.post("/v1/rooms/leaves", json=body)).status_code == 200
    given = {"person_ids": [next_one], "division": A_VILLAGE}
    assert (await town.post("/v1/rooms/assignments", json=given)).status_code == 409
    assert (await town.get("/v1/sites/site")).json()["occupancy"]["rooms_in_disinfection"] == 1
    assert (await town.post(ready)).json()["occupancy"]["rooms_free"] == 1
    assert (await town.post("/v1/sites/site/rooms/9/ready")).status_code == 404
    assert (await town.post("/v1/rooms/assignments", json=given)).status_code == 201


async def test_who_is_not_inside_cannot_be_found_positive_there(town: httpx.AsyncClient) -> None:
    await opened(town, "site", a_site(rooms=rooms(1)))
    body = {"person_id": str(uuid4())}
    answer = await town.post("/v1/sites/site/positives", json=body)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "person_id"
    assert (await town.post("/v1/sites/nowhere/positives", json=body)).status_code == 404


async def test_a_positive_sample_moves_its_person_out(town: httpx.AsyncClient, nats_url: str) -> None:
    await opened(town, "site", a_site(rooms=rooms(1)))
    ill = uuid4()
    await put_into(town, "101", str(ill))
    now = datetime.now(UTC)
    positives = [
        SamplePositive(
            division=A_VILLAGE,
            occurred_at=now,
            recorded_at=now,
            sample_id=uuid4(),
            tube_code="T-1",
            institution="500104-cdc",
            method=Method.PCR,
            sampled_at=now - timedelta(hours=6),
            person_id=person_id,
        )
        for person_id in (uuid4(), None, ill)
    ]
    await publish(nats_url, positives, copies=2)

    async def moved_out() -> list[MovedOut]:
        return [one for one in await events_on(nats_url, "REGISTRATION") if isinstance(one, MovedOut)]

    (event,) = await until(moved_out)
    assert (event.person_id, event.site, event.room, event.contacts) == (ill, "site", "101", 0)
    assert event.division == JIANSHENG
    assert (await town.get("/v1/sites/site")).json()["occupancy"]["people"] == 0
