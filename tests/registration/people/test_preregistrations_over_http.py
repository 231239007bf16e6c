"""The ledger before return: announced, changed, called off, overdue, and matched to whoever comes."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.registration.rules.people.preregistration import is_fulfilled_by
from shared.clock import SHANGHAI
from shared.contracts.registration import Preregistered
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, OUTSIDE
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.people.builders import a_mobile, card_number
from tests.registration.people.statements import a_person_row
from tests.registration.statements import a_return

pytestmark = pytest.mark.requirement("preregistration")

PATH = "/v1/preregistrations"


def day(days: int = 0) -> str:
    return (datetime.now(SHANGHAI).date() + timedelta(days=days)).isoformat()


def announced(number: int, **changes: Any) -> dict[str, Any]:
    """Somebody expected in five days from Hebei by train, unless changed."""
    return {
        "reference": f"P-{number}",
        "division": A_VILLAGE,
        "source": "village",
        "person": a_person_row(number),
        "origin": "130104",
        "places": ["110100", "610100"],
        "transport": {"kind": "train", "number": "G1709", "seat": "05车12F"},
        "intended_on": day(5),
        "health": "well",
        **changes,
    }


def a_return_today(**changes: Any) -> dict[str, Any]:
    """An arrival of this moment: three hours ago may be the day before the announcement."""
    now = datetime.now(UTC)
    return a_return(now, arrived_at=now.isoformat(), **changes)


async def states(town: httpx.AsyncClient) -> dict[str, list[str]]:
    return {
        state: [item["reference"] for item in (await town.get(f"{PATH}?state={state}")).json()["items"]]
        for state in ("expected", "arrived", "cancelled", "overdue")
    }


async def test_from_the_announcement_to_the_arrival(town: httpx.AsyncClient, events: EventsOnBus) -> None:
    row = announced(1)
    first, again = await town.post(PATH, json=row), await town.post(PATH, json=row)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["verdict"], again.json()["verdict"]) == ("stored", "duplicate")
    shown = first.json()
    assert (shown["state"], shown["name"], shown["telephone"]) == ("expected", "慕**", "139****0001")
    assert shown["contact"] == {"name": "诸**", "telephone": "139****0001", "relation": "父亲"}
    assert (shown["origin"], shown["places"]) == ("130104", ["110100", "610100"])
    assert shown["transport"] == {"kind": "train", "number": "G1709", "seat": "05车12F"}
    for secret in (row["person"]["name"], card_number(1), a_mobile(1), "诸葛"):
        assert secret not in first.text

    later = await town.post(PATH, json={**row, "source": "self", "intended_on": day(9), "health": "symptoms"})
    assert (later.json()["intended_on"], later.json()["health"]) == (day(9), "symptoms")
    whole = (await town.get(f"{PATH}/{shown['preregistration_id']}")).json()
    assert [said["source"] for said in whole["statements"]] == ["village", "self"]
    person = (await town.get(f"/v1/people/{shown['person_id']}")).json()
    assert [(one["id"], one["state"]) for one in person["preregistrations"]] == [
        (shown["preregistration_id"], "expected")
    ]

    came = await town.post("/v1/returns", json=a_return_today(person=a_person_row(1)))
    assert came.status_code == 201, came.text
    arrived = (await town.get(f"{PATH}/{shown['preregistration_id']}")).json()
    assert (arrived["state"], arrived["return_id"]) == ("arrived", came.json()["return_id"])
    assert await states(town) == {"expected": [], "arrived": ["P-1"], "cancelled": [], "overdue": []}
    told = [event for event in await events(4) if isinstance(event, Preregistered)]
    assert [event.intended_on.isoformat() for event in told] == [day(5), day(9)]


async def test_each_stands_in_exactly_one_state(town: httpx.AsyncClient) -> None:
    rows = [
        announced(1),
        announced(2, intended_on=day(0)),
        announced(3, intended_on=day(-1)),
        announced(4, cancelled=True),
        announced(5, cancelled=True, intended_on=day(-3)),
        announced(6, intended_on=day(-2)),
    ]
    receipt = (await town.post(f"{PATH}/batch", json=rows)).json()
    assert (receipt["stored"], receipt["refused"]) == (6, 0)
    await town.post("/v1/returns", json=a_return(datetime.now(UTC), person=a_person_row(6)))
    assert {state: sorted(found) for state, found in (await states(town)).items()} == {
        "expected": ["P-1", "P-2"],
        "overdue": ["P-3"],
        "cancelled": ["P-4", "P-5"],
        "arrived": ["P-6"],
    }
    assert len((await town.get(PATH)).json()["items"]) == 6
    called_off = announced(1, cancelled=True)
    assert (await town.post(PATH, json=called_off)).json()["state"] == "cancelled"
    on_again = announced(1, intended_on=day(6))
    assert (await town.post(PATH, json=on_again)).json()["state"] == "expected"


async def test_who_had_come_before_the_ledger_is_matched_at_once(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    yesterday = now - timedelta(days=1)
    arrived = {"arrived_at": yesterday.isoformat(), "person": a_person_row(1)}
    return_id = (await town.post("/v1/returns", json=a_return(now, **arrived))).json()["return_id"]
    late = await town.post(PATH, json=announced(1, intended_on=day(-1)))
    assert (late.json()["state"], late.json()["return_id"]) == ("arrived", return_id)
    next_time = await town.post(PATH, json=announced(1, reference="P-next-1"))
    assert next_time.json()["state"] == "expected"


@pytest.mark.parametrize(
    ("intended", "recorded", "arrived", "fulfilled"),
    [
        ("2021-02-05", "2021-01-10", "2021-02-05", True),
        ("2021-02-05", "2021-01-10", "2021-02-20", True),
        ("2021-02-05", "2021-01-10", "2021-01-10", True),
        ("2021-02-05", "2021-01-10", "2021-01-09", False),
        ("2021-02-01", "2021-02-03", "2021-02-01", True),
        ("2021-02-01", "2021-02-03", "2021-01-31", False),
    ],
)
async def test_an_earlier_journey_is_not_the_announced_one(
    town: httpx.AsyncClient, intended: str, recorded: str, arrived: str, fulfilled: bool
) -> None:
    days = [date.fromisoformat(one) for one in (intended, recorded, arrived)]
    assert is_fulfilled_by(*days) is fulfilled
    row = announced(1, intended_on=intended, recorded_at=f"{recorded}T08:00:00+08:00")
    id_ = (await town.post(PATH, json=row)).json()["preregistration_id"]
    came = a_return(datetime.now(UTC), arrived_at=f"{arrived}T00:00:00+08:00", person=a_person_row(1))
    assert (await town.post("/v1/returns", json=came)).status_code == 201
    assert ((await town.get(f"{PATH}/{id_}")).json()["state"] == "arrived") is fulfilled


async def test_a_merged_person_is_matched_under_either_id(town: httpx.AsyncClient) -> None:
    """Announced by card, returned under a passport: a person decides that they are one, and then that not."""
    passport = {"kind": "passport", "number": "E12345678"}
    id_ = (await town.post(PATH, json=announced(1))).json()
    came = a_return_today(person={**a_person_row(1), "identity": passport})
    returned = (await town.post("/v1/returns", json=came)).json()
    assert returned["person_id"] != id_["person_id"]
    (suspect,) = (await town.get("/v1/people/suspects")).json()["items"]
    body = {"decision": "merge", "reason": "document-seen"}
    decided = await town.post(f"/v1/people/suspects/{suspect['suspect_id']}/decision", json=body)
    assert decided.status_code == 201, decided.text
    shown = (await town.get(f"{PATH}/{id_['preregistration_id']}")).json()
    assert (shown["state"], shown["return_id"]) == ("arrived", returned["return_id"])
    person = (await town.get(f"/v1/people/{id_['person_id']}")).json()
    assert [one["id"] for one in person["returns"]] == [returned["return_id"]]
    assert len(person["preregistrations"]) == 1
    assert [one["state"] for one in person["plans"]].count("open") <= 1

    undo = f"/v1/people/merges/{decided.json()['decision_id']}/undo"
    assert (await town.post(undo, json={"reason": "entry-error"})).status_code == 201
    shown = (await town.get(f"{PATH}/{id_['preregistration_id']}")).json()
    assert (shown["state"], shown["return_id"]) == ("expected", None)
    came = (await town.get(f"/v1/people/{returned['person_id']}")).json()
    assert [one["id"] for one in came["returns"]] == [returned["return_id"]]
    assert [one["state"] for one in came["plans"]] == ["open"]
    assert [one["id"] for one in came["plans"]] == [one["id"] for one in person["plans"]]
    assert (await town.get(f"/v1/people/{id_['person_id']}")).json()["plans"] == []


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"origin": "999999"}, "origin", "unknown area"),
    ({"origin": "Hebei"}, "origin", ""),
    ({"places": ["110100", "119999"]}, "places.1", "unknown area"),
    ({"transport": None}, "transport", ""),
    ({"transport": {"kind": "rocket"}}, "transport.kind", "train"),
    ({"intended_on": "2021-02-30"}, "intended_on", ""),
    ({"intended_on": None}, "intended_on", ""),
    ({"health": "splendid"}, "health", "well"),
    ({"source": "railway-list"}, "source", "village"),
    ({"recorded_at": "2999-01-01T00:00:00Z"}, "recorded_at", "ahead"),
    ({"division": "500104102999"}, "division", "unknown"),
    ({"reference": "张伟"}, "reference", "name"),
    ({"person": {"name": "慕容复"}}, "person", "contact"),
    ({"person": {"name": "慕容复", "contact": {"name": "段誉"}}}, "person.contact.telephone", "required"),
    ({"person": {**a_person_row(1), "telephone": "1.39E+10"}}, "person.telephone", "Excel"),
    ({"person": {**a_person_row(1), "birth_date": "2001-01-01"}}, "person.birth_date", "differs"),
    (
        {"person": {**a_person_row(1), "identity": {"number": "5.00104E+17"}}},
        "person.identity.number",
        "Excel",
    ),
]


async def test_what_is_refused_names_field_and_reason_and_stores_nothing(town: httpx.AsyncClient) -> None:
    for changes, field, word in REFUSED:
        answer = await town.post(PATH, json=announced(1, **changes))
        assert answer.status_code == 422, (changes, answer.text)
        problems = answer.json()["problems"]
        assert field in [problem["field"] for problem in problems], (changes, answer.text)
        assert word in json.dumps(problems, ensure_ascii=False), (changes, answer.text)
    assert (await town.get(PATH)).json()["items"] == []
    assert (await town.get("/v1/people")).json()["items"] == []


async def test_one_bad_row_never_spoils_the_others(town: httpx.AsyncClient, events: EventsOnBus) -> None:
    rows: list[Any] = [
        announced(1),
        announced(2, origin="999999"),
        announced(3, division=OUTSIDE),
        announced(1),
        7,
        announced(4, division=ANOTHER_VILLAGE),
        announced(1, person=a_person_row(5)),
    ]
    receipt = (await town.post(f"{PATH}/batch", json=rows)).json()
    assert [row["verdict"] for row in receipt["rows"]] == [
        *("stored", "refused", "refused", "duplicate", "refused", "stored", "stored")
    ]
    ids = [row["preregistration_id"] for row in receipt["rows"]]
    assert ids[0] == ids[3]
    assert ids[6] != ids[0]  # one reference of two people is two announcements, none is lost
    again = (await town.post(f"{PATH}/batch", json=rows)).json()
    assert (again["stored"], again["duplicate"], again["refused"]) == (0, 4, 3)
    assert len(await events(3)) == 3
    assert len((await town.get(PATH)).json()["items"]) == 3


async def test_a_key_sees_its_own_subtree_only(town: httpx.AsyncClient, database_url: str) -> None:
    row = announced(1)
    id_ = (await town.post(PATH, json=row)).json()["preregistration_id"]
    key = await a_key(database_url, ANOTHER_VILLAGE, "people:read", "people:write")
    beside = {"authorization": f"Bearer {key}"}
    assert (await town.get(f"{PATH}/{id_}", headers=beside)).status_code == 404
    assert (await town.get(PATH, headers=beside)).json()["items"] == []
    assert (await town.post(PATH, json=row, headers=beside)).status_code == 403
    assert (await town.get(f"{PATH}?division={A_VILLAGE}", headers=beside)).status_code == 403
