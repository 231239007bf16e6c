"""One person's arrival, told by several under references of their own: one return, one clock, one plan."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.contracts.registration import ReturnKnown, ReturnWithdrawn
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.returns.stories import (
    DAY,
    HOUR,
    a_person,
    a_stay,
    a_test,
    day_in_shanghai,
    plan_of,
    tell,
)
from tests.registration.statements import a_return

pytestmark = pytest.mark.requirement("return-registration")


async def test_three_sources_tell_of_one_return_and_the_earliest_arrival_holds(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    now, person = datetime.now(UTC), a_person()
    neighbour = a_return(now, person=person, arrived_at=(now - 5 * HOUR).isoformat())
    railway = a_return(now, person=person, source="railway-list", arrived_at=(now - 30 * HOUR).isoformat())
    village = a_return(
        now,
        person=person,
        source="village",
        arrived_at=(now - 6 * HOUR).isoformat(),
        registered_at=(now - HOUR).isoformat(),
    )
    first, second, third = [await tell(town, row) for row in (neighbour, railway, village)]
    assert first["return_id"] == second["return_id"] == third["return_id"]
    assert third["person_id"] == first["person_id"] is not None
    assert datetime.fromisoformat(third["arrived_at"]) == now - 30 * HOUR
    assert (third["state"], third["minutes_to_registration"]) == ("registered", 29 * 60)
    shown = (await town.get(f"/v1/returns/{first['return_id']}")).json()
    assert [said["reference"] for said in shown["statements"]] == [
        row["reference"] for row in (neighbour, railway, village)
    ]
    assert len((await town.get("/v1/returns")).json()["items"]) == 1
    told = await events(6)
    assert [type(event).__name__ for event in told] == [
        *("ReturnKnown", "PlanDecided", "ReturnKnown", "PlanDecided", "ReturnRegistered", "PersonReturned")
    ]
    again = await town.post("/v1/returns", json=railway)
    assert (again.status_code, again.json()["verdict"]) == (200, "duplicate")


@pytest.mark.parametrize(
    ("apart", "returns"),
    [(3 * DAY, 1), (3 * DAY + HOUR / 3600, 2), (20 * DAY, 2)],
)
async def test_arrivals_up_to_three_days_apart_are_one_return(
    town: httpx.AsyncClient, apart: Any, returns: int
) -> None:
    now, person = datetime.now(UTC), a_person()
    for at in (now - HOUR - apart, now - HOUR):
        await tell(town, a_return(now, person=person, arrived_at=at.isoformat()))
    assert len((await town.get("/v1/returns")).json()["items"]) == returns


async def test_two_returns_that_turn_out_to_be_one_leave_one_clock(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    now, person = datetime.now(UTC), a_person()
    unnamed = a_return(now, arrived_at=(now - 33 * HOUR).isoformat(), source="railway-list")
    named = a_return(now, person=person, registered_at=(now - HOUR).isoformat())
    lone, known = await tell(town, unnamed), await tell(town, named)
    assert lone["return_id"] != known["return_id"]
    identified = await tell(town, {**unnamed, "person": person})
    assert identified["return_id"] in (lone["return_id"], known["return_id"])
    assert datetime.fromisoformat(identified["arrived_at"]) == now - 33 * HOUR
    assert identified["state"] == "registered"
    (stays,) = (await town.get("/v1/returns")).json()["items"]
    ended = {lone["return_id"], known["return_id"]} - {stays["return_id"]}
    withdrawn = (await town.get(f"/v1/returns/{ended.pop()}")).json()
    assert (withdrawn["state"], withdrawn["withdrawn_into"]) == ("withdrawn", stays["return_id"])
    told = await events(9)
    (end,) = [event for event in told if isinstance(event, ReturnWithdrawn)]
    assert (str(end.return_id), str(end.into_return_id)) == (withdrawn["return_id"], stays["return_id"])
    running = [event.return_id for event in told if isinstance(event, ReturnKnown)]
    assert {str(id_) for id_ in running} == {lone["return_id"], known["return_id"]}
    later = await tell(town, {**named, "source": "self", "arrived_at": (now - 40 * HOUR).isoformat()})
    assert later["return_id"] == stays["return_id"]
    assert len((await plan_of(town, later["person_id"]))["versions"]) >= 1


async def test_the_village_keeps_the_return_that_a_list_knew_by_the_town(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    now, person = datetime.now(UTC), a_person()
    of_town = a_return(now, person=person, division=JIANSHENG, arrived_at=(now - 8 * HOUR).isoformat())
    of_village = a_return(now, person=person, division=A_VILLAGE)
    beside = a_return(now, person=person, division=ANOTHER_VILLAGE)
    first, second, third = [await tell(town, row) for row in (of_town, of_village, beside)]
    assert second["return_id"] != first["return_id"]
    assert (second["division"], second["minutes_since_arrival"]) == (A_VILLAGE, 8 * 60)
    assert third["division"] == ANOTHER_VILLAGE
    listed = (await town.get("/v1/returns")).json()["items"]
    assert sorted(item["division"] for item in listed) == [A_VILLAGE, ANOTHER_VILLAGE]
    assert (await town.get(f"/v1/returns/{first['return_id']}")).json()["state"] == "withdrawn"


async def test_a_mark_used_for_two_people_makes_two_returns(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    row = a_return(now, person=a_person())
    first = await tell(town, row)
    second = await tell(town, {**row, "person": a_person()})
    again = await tell(town, {**row, "person": row["person"], "source": "self"})
    assert first["return_id"] == again["return_id"] != second["return_id"]
    assert first["person_id"] == again["person_id"] != second["person_id"]


async def test_thirty_two_writers_at_once_make_one_return(town: httpx.AsyncClient) -> None:
    now, person = datetime.now(UTC), a_person()
    rows = [
        a_return(now, person=person, source=source, arrived_at=(now - hours * HOUR).isoformat())
        for hours in range(1, 9)
        for source in ("self", "neighbour", "railway-list", "village")
    ]
    batches = [rows[at : at + 4] for at in range(0, 32, 4)]
    singles = [town.post("/v1/returns", json=row) for row in rows]
    together = [town.post("/v1/returns/batch", json=batch) for batch in batches]
    answers = await asyncio.gather(*singles, *together)
    assert {answer.status_code for answer in answers} <= {200, 201}
    (held,) = (await town.get("/v1/returns")).json()["items"]
    assert held["minutes_since_arrival"] == 8 * 60
    assert len((await town.get("/v1/plans")).json()["items"]) == 1


async def test_what_is_told_of_the_way_home_is_kept_and_shown(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    today = day_in_shanghai(now - 3 * HOUR)
    row = a_return(
        now,
        person=a_person(occupation="courier-food-delivery"),
        origin="130104",
        route=[a_stay("130104", today - 9 * DAY, today - DAY), a_stay("110101", today - DAY, today)],
        transport={"kind": "train", "number": "g 1709", "seat": "05车12F"},
        proofs=[a_test(now - 2 * DAY)],
        entry={"entered_on": (today - 40 * DAY).isoformat(), "place": "elsewhere"},
        returning_worker=True,
    )
    occupations = await town.post("/v1/returns", json=row)
    if occupations.status_code == 422:
        row["person"].pop("occupation")
    told = await tell(town, row)
    journey = (await town.get(f"/v1/returns/{told['return_id']}")).json()["journey"]
    assert journey["origin"] == "130104"
    assert [stay["area"] for stay in journey["route"]] == ["110101", "130104"]
    assert journey["transport"] == {"kind": "train", "number": "g 1709", "seat": "05车12F"}
    assert [proof["result"] for proof in journey["proofs"]] == ["negative"]
    assert (journey["entry"]["place"], journey["returning_worker"]) == ("elsewhere", True)
    corrected = {**row, "route": [a_stay("110101", today - DAY, today)]}
    await tell(town, corrected)
    journey = (await town.get(f"/v1/returns/{told['return_id']}")).json()["journey"]
    assert [stay["area"] for stay in journey["route"]] == ["110101"]


async def test_what_is_refused_names_its_field(town: httpx.AsyncClient, database_url: str) -> None:
    now = datetime.now(UTC)
    today = day_in_shanghai(now - 3 * HOUR)
    unborn = (day_in_shanghai(now) + DAY).isoformat()
    young = {"name": "张小", "birth_date": today.isoformat(), "telephone": "13912345678"}
    old = (now - 5 * DAY).isoformat()
    refused: list[tuple[dict[str, Any], str]] = [
        ({"origin": "139999"}, "origin"),
        ({"origin": "Hebei"}, "origin"),
        ({"route": [a_stay("139999", today, today)]}, "route.0.area"),
        ({"route": [a_stay("130104", today, today), a_stay("500104102999", today, today)]}, "route.1.area"),
        ({"route": [a_stay("130104", today, today - DAY)]}, "route.0.left_on"),
        ({"route": [a_stay("130104", today, today + DAY)]}, "route.0.left_on"),
        (
            {"route": [{"area": "130104", "entered_on": "2021-02-30", "left_on": "2021-03-01"}]},
            "route.0.entered_on",
        ),
        ({"route": [a_stay("130104", today, today)] * 61}, "route"),
        ({"entry": {"entered_on": (today + DAY).isoformat(), "place": "here"}}, "entry.entered_on"),
        ({"entry": {"entered_on": today.isoformat(), "place": "there"}}, "entry.place"),
        (
            {
                "entry": {
                    "entered_on": today.isoformat(),
                    "place": "elsewhere",
                    "central_completed_on": (today - DAY).isoformat(),
                }
            },
            "entry.central_completed_on",
        ),
        ({"proofs": [{"kind": "negative-test", "result": "negative"}]}, "proofs.0.sampled_at"),
        ({"proofs": [{"kind": "negative-test", "sampled_at": old}]}, "proofs.0.result"),
        ({"proofs": [{"kind": "release-certificate"}]}, "proofs.0.issued_on"),
        ({"proofs": [a_test(now), a_test(now + HOUR)]}, "proofs.1.sampled_at"),
        (
            {"proofs": [{"kind": "release-certificate", "issued_on": (today + 3 * DAY).isoformat()}]},
            "proofs.0.issued_on",
        ),
        ({"transport": {"kind": "broom"}}, "transport.kind"),
        ({"transport": {"kind": "train", "number": "G" * 10_000}}, "transport.number"),
        (
            {"person": {"name": "张伟", "identity": {"number": "110105194912310021"}}},
            "person.identity.number",
        ),
        ({"person": {**young, "birth_date": unborn}}, "person.birth_date"),
        ({"person": young, "arrived_at": old}, "arrived_at"),
        ({"person": {**young, "occupation": "astronaut"}}, "person.occupation"),
        ({"person_id": "00000000-0000-4000-8000-000000000000"}, "person_id"),
        ({"person": young, "person_id": "00000000-0000-4000-8000-000000000000"}, "person_id"),
    ]
    for changes, field in refused:
        answer = await town.post("/v1/returns", json=a_return(now, **changes))
        assert answer.status_code == 422, (changes, answer.text)
        assert field in [one["field"] for one in answer.json()["problems"]], (changes, answer.text)
    batch = [a_return(now, **changes) for changes, _ in refused]
    receipt = (await town.post("/v1/returns/batch", json=[*batch, a_return(now, person=a_person())])).json()
    assert (receipt["stored"], receipt["refused"]) == (1, len(refused))
    assert len((await town.get("/v1/returns")).json()["items"]) == 1

    elsewhere = await a_key(database_url, OUTSIDE, "returns:write")
    known = (await town.get("/v1/returns")).json()["items"][0]["person_id"]
    row = a_return(now, division=OUTSIDE, person_id=known)
    answer = await town.post("/v1/returns", json=row, headers={"authorization": f"Bearer {elsewhere}"})
    assert [one["field"] for one in answer.json()["problems"]] == ["person_id"]
    born_later = await tell(town, a_return(now, person=young))
    answer = await town.post(
        "/v1/returns", json=a_return(now, person_id=born_later["person_id"], arrived_at=old)
    )
    assert [one["field"] for one in answer.json()["problems"]] == ["arrived_at"]
    assert (await tell(town, a_return(now, person_id=known)))["person_id"] == known
