"""Campaigns through the real doors: stated, planned, begun, counted, ended."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.testing.actions.due.merge_people import merge_people
from shared.contracts.registration import PersonMerged
from shared.postgres import Database
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, a_result
from tests.keys import a_key
from tests.testing.campaigns.bodies import CDC, a_campaign, a_point, a_resident
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.requirement("mass-testing-capacity")]

HOUR = timedelta(hours=1)
OTHER_RECORD = UUID(int=77)
CODE = "/v1/campaigns/jiansheng-1"
URBAN = {"target": "district-urban-alone", "divisions": [JIANSHENG]}


def now() -> datetime:
    return datetime.now(UTC)


async def _planned(client: httpx.AsyncClient, path: str = CODE) -> dict[str, Any]:
    refused = await client.post(f"{path}/plans", json={"positives_per_100k": 5})
    assert (refused.status_code, "takes no body" in refused.text) == (422, True), refused.text
    ordered = await client.post(f"{path}/plans")
    assert ordered.status_code == 202, ordered.text
    assert ordered.json()["findings"] is None

    async def there() -> Any:
        plan = (await client.get(f"{path}/plans/{ordered.json()['number']}")).json()
        return plan if plan["state"] not in ("waiting", "computing") else None

    return await until(there, seconds=60, what="the plan")


async def test_a_campaign_is_stated_planned_and_found_possible(district: httpx.AsyncClient) -> None:
    starts = (now() + timedelta(days=1)).replace(hour=0, minute=0)  # 08:00 in Shanghai
    body = a_campaign(starts, positives_per_100k=2_000)
    stated = await district.put(CODE, json=body)
    assert stated.status_code == 201, stated.text
    assert (await district.put(CODE, json=body)).status_code == 200
    plan = await _planned(district)
    assert plan["state"] == "ready", plan
    found = plan["findings"]
    assert (found["feasible"], found["people"], found["covered"]) == (True, 5_000, 5_000)
    assert (found["limits"], found["support"], found["unserved"]) == ([], [], [])
    assert sum(one["people"] for one in found["points"]) == 5_000
    assert sum(one["tubes"] for one in found["laboratories"]) == 500
    assert found["curve"][-1]["resulted"] == 5_000
    assert (found["pools"]["chosen_size"], found["pools"]["best_size"]) == (10, 10)
    costs = {one["size"]: one["tests_per_person"] for one in found["pools"]["sizes"]}
    assert costs == {1: 1.0, 5: 0.2961, 10: 0.2829, 20: 0.3824}
    assert datetime.fromisoformat(found["finish_at"]) < datetime.fromisoformat(found["due_at"])
    listed = (await district.get(f"{CODE}/plans")).json()["items"]
    assert [(one["number"], one["feasible"]) for one in listed] == [(1, True)]


async def test_a_plan_says_what_limits_and_what_support_closes_the_gap(district: httpx.AsyncClient) -> None:
    starts = (now() + timedelta(days=1)).replace(hour=0, minute=0)
    laboratory = {"code": CDC, "division": "500104", "extraction_per_day": 100, "pcr_per_day": 960}
    await district.put(CODE, json=a_campaign(starts, teams=2, laboratories=[laboratory]))
    found = (await _planned(district))["findings"]
    assert found["feasible"] is False
    assert found["limits"] == ["extraction", "hands"]
    carried = {one["resource"]: one["people"] for one in found["carried"]}
    assert carried["extraction"] < carried["hands"] < carried["pcr"] == 5_000
    assert {need["resource"]: (need["where"], need["title_zh"]) for need in found["support"]} == {
        "hands": (None, "采样队"),
        "extraction": (CDC, "核酸提取（管/天）"),
    }


async def test_the_registers_stand_in_for_what_is_not_stated(district: httpx.AsyncClient) -> None:
    point = {
        "division": A_VILLAGE,
        "name": "广场",
        "address": "建胜路1号",
        "serves": [JIANSHENG],
        "hours": [{"opens": "08:00", "closes": "20:00"}],
        "teams": [{"code": "team-1", "hands": 3}],
    }
    assert (await district.put("/v1/sampling-points/square", json=point)).status_code == 201
    shift = {"name": "day", "begins_at": "08:00", "ends_at": "20:00", "tubes": 500}
    answer = await district.put(f"/v1/laboratories/{CDC}", json={"shifts": [shift]})
    assert answer.status_code == 201, answer.text
    rows = [a_resident(f"R-{number}", building=f"{number % 3}栋") for number in range(30)]
    rows += [a_resident("H-1", subject_kind="household", people=4, division=ANOTHER_VILLAGE)]
    answer = await district.post("/v1/residents/batch", json=rows)
    assert answer.json()["stored"] == 31, answer.text
    body = a_campaign(now() + HOUR)
    for name in ("people", "points", "laboratories"):
        del body[name]
    stated = await district.put(CODE, json=body)
    assert (stated.json()["counted_by"], stated.json()["points"]) == ("register", None)
    found = (await _planned(district))["findings"]
    assert (found["people"], found["unserved"]) == (34, [])
    assert [one["code"] for one in found["points"]] == ["square"]
    assert [one["code"] for one in found["laboratories"]] == [CDC]
    started = await district.post(f"{CODE}/start", json={})
    assert started.json()["people"] == 34


async def test_what_is_done_is_counted_by_point_place_laboratory_and_hour(
    district: httpx.AsyncClient,
) -> None:
    body = a_campaign(now(), people=[{"division": A_VILLAGE, "people": 40}])
    campaign_id = (await district.put(CODE, json=body)).json()["campaign_id"]
    began = now() - 10 * HOUR
    started = await district.post(f"{CODE}/start", json={"started_at": began.isoformat()})
    assert (started.json()["state"], started.json()["people"]) == ("running", 40)
    due_at = datetime.fromisoformat(started.json()["due_at"])
    assert due_at == began + timedelta(days=2)
    opened = began + HOUR
    tubes = [
        {
            "code": f"T-{number}",
            "division": A_VILLAGE,
            "point": f"p-{number % 2 + 1}",
            "size": 10,
            "campaign_id": campaign_id,
            "opened_at": opened.isoformat(),
            "members": [{"person_id": str(UUID(int=100 * number + one))} for one in range(10)],
        }
        for number in range(4)
    ]
    told = await district.post("/v1/tubes/batch", json=tubes)
    assert told.json()["stored"] == 4, told.text
    steps = [
        {
            "kind": "received",
            "at": (opened + 2 * HOUR).isoformat(),
            "tube_code": f"T-{number}",
            "institution": CDC,
            "division": "500104",
        }
        for number in range(3)
    ]
    assert (await district.post("/v1/tube-steps/batch", json=steps)).json()["stored"] == 3
    results = [
        a_result(
            opened + 5 * HOUR,
            tube_code=f"T-{number}",
            result="positive" if number == 0 else "negative",
            sampled_at=opened.isoformat(),
            pool_size=10,
        )
        for number in range(2)
    ]
    assert (await district.post("/v1/results/batch", json=results)).json()["stored"] == 2
    queues = [
        {
            "campaign": "jiansheng-1",
            "division": A_VILLAGE,
            "point": "p-1",
            "at": (now() - minutes * timedelta(minutes=1)).isoformat(),
            "waiting": 10 * minutes,
        }
        for minutes in (1, 5)
    ]
    assert (await district.post("/v1/queue-reports/batch", json=queues)).json()["stored"] == 2
    for again in (tubes, steps, results, queues):
        doors = {
            id(tubes): "/v1/tubes/batch",
            id(steps): "/v1/tube-steps/batch",
            id(results): "/v1/results/batch",
            id(queues): "/v1/queue-reports/batch",
        }
        answer = await district.post(doors[id(again)], json=again)
        assert (answer.json()["stored"], answer.json()["refused"]) == (0, 0), answer.text

    figures = (await district.get(f"{CODE}/figures")).json()
    assert figures["total"] == {
        "sampled_tubes": 4,
        "sampled_people": 40,
        "arrived_tubes": 3,
        "arrived_people": 30,
        "resulted_tubes": 2,
        "resulted_people": 20,
        "positive_tubes": 1,
        "unclear_tubes": 0,
    }
    (laboratory,) = figures["laboratories"]
    assert (laboratory["laboratory"], laboratory["counts"]["arrived_tubes"]) == (CDC, 3)
    hours = {datetime.fromisoformat(one["hour"]): one["counts"] for one in figures["hours"]}
    floor = opened.replace(minute=0, second=0, microsecond=0)
    assert {hour: one["sampled_people"] for hour, one in hours.items() if one["sampled_people"]} == {
        floor: 40
    }
    assert hours[floor + 5 * HOUR]["resulted_tubes"] == 2
    points = (await district.get(f"{CODE}/points")).json()["items"]
    assert [(one["point"], one["counts"]["sampled_people"], one["waiting"]) for one in points] == [
        ("p-1", 20, 10),
        ("p-2", 20, None),
    ]
    places = (await district.get(f"{CODE}/places?level=township")).json()["items"]
    assert [(one["division"], one["counts"]["resulted_people"]) for one in places] == [(JIANSHENG, 20)]
    ended = await district.post(f"{CODE}/end", json={"reason": "完成"})
    assert (ended.json()["state"], ended.json()["is_behind"]) == ("ended", False)
    assert (await district.get(f"{CODE}/figures")).json()["total"] == figures["total"]


async def test_who_has_not_come_is_listed_by_building(
    district: httpx.AsyncClient, database: Database
) -> None:
    rows = [a_resident(f"R-{number}", building=f"{number // 5 + 1}栋") for number in range(10)]
    rows.append(a_resident("H-1", building="2栋", subject_kind="household", people=3))
    rows.append(a_resident("GONE", people=0))
    kept = (await district.post("/v1/residents/batch", json=rows)).json()["rows"]
    body = a_campaign(now())
    del body["people"]
    campaign_id = (await district.put(CODE, json=body)).json()["campaign_id"]
    assert (await district.get(f"{CODE}/missing")).json()["items"] == []  # it has not begun
    began = now() - 5 * HOUR
    assert (await district.post(f"{CODE}/start", json={"started_at": began.isoformat()})).json()[
        "people"
    ] == 13
    members = [{"person_id": one} for one in (*(row["person_id"] for row in kept[:5]), str(OTHER_RECORD))]
    household = {"subject_kind": "household", "object_id": kept[10]["resident_id"], "position": 9}
    tube = {
        "code": "T-1",
        "division": A_VILLAGE,
        "point": "p-1",
        "size": 10,
        "campaign_id": campaign_id,
        "opened_at": (began + HOUR).isoformat(),
        "members": [*members, household],
    }
    assert (await district.post("/v1/tubes", json=tube)).status_code == 201
    buildings = (await district.get(f"{CODE}/buildings")).json()["items"]
    assert [(one["building"], one["people"], one["missing"]) for one in buildings] == [
        ("1栋", 5, 0),
        ("2栋", 8, 5),
    ]
    merge = PersonMerged(
        division=A_VILLAGE,
        occurred_at=began,
        recorded_at=began,
        person_id=UUID(kept[9]["person_id"]),
        merged_person_id=OTHER_RECORD,
        decision_id=uuid4(),
    )
    await merge_people(database, merge, now=now())  # R-9 came, under the other record
    buildings = (await district.get(f"{CODE}/buildings")).json()["items"]
    assert [one["missing"] for one in buildings] == [0, 4]
    missing = (await district.get(f"{CODE}/missing?limit=3")).json()
    assert [one["reference"] for one in missing["items"]] == ["R-5", "R-6", "R-7"]
    rest = (await district.get(missing["next"])).json()
    assert [one["reference"] for one in rest["items"]] == ["R-8"]
    assert rest["next"] is None
    only = (await district.get(f"{CODE}/missing", params={"building": "1栋"})).json()["items"]
    assert only == []


async def test_a_campaign_that_falls_behind_is_told_once_each_time(
    district: httpx.AsyncClient, database_url: str
) -> None:
    body = a_campaign(now(), people=[{"division": A_VILLAGE, "people": 1_000}])
    campaign_id = (await district.put(CODE, json=body)).json()["campaign_id"]
    began = now() - 47 * HOUR
    await district.post(f"{CODE}/start", json={"started_at": began.isoformat()})

    async def behind() -> Any:
        return (await district.get(CODE)).json()["is_behind"]

    tube = {
        "code": "T-1",
        "division": A_VILLAGE,
        "size": 10,
        "campaign_id": campaign_id,
        "opened_at": (now() - 3 * HOUR).isoformat(),
        "members": [{"position": place} for place in range(1, 11)],
    }
    assert (await district.post("/v1/tubes", json=tube)).status_code == 201
    await until(behind, seconds=20, what="the alarm")
    campaign = (await district.get(CODE)).json()
    assert campaign["crossings"] == 1
    ended = await district.post(f"{CODE}/end", json={"reason": "另行安排"})
    assert ended.json()["is_behind"] is False


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"target": "village-tomorrow"}, "target"),
    ({"divisions": ["500104999"]}, "divisions"),
    ({"divisions": ["500101001001"]}, "divisions"),
    ({"divisions": [A_VILLAGE, A_VILLAGE]}, "divisions"),
    ({"divisions": [JIANSHENG, A_VILLAGE]}, "divisions"),
    ({"divisions": [JIANSHENG], "people": [{"division": JIANSHENG, "people": -1}]}, "people.0.people"),
    ({"people": [{"division": "500104102003", "people": 5}]}, "people"),
    ({"people": []}, "people"),
    (URBAN | {"people": [{"division": JIANSHENG, "people": 5}]}, "people"),
    ({"division": "500104", "divisions": ["500104"]}, "divisions"),
    ({"points": [a_point("p", "500104999")]}, "points"),
    ({"points": [a_point("p", A_VILLAGE), a_point("p", A_VILLAGE)]}, "points"),
    ({"points": [a_point("p", A_VILLAGE, people_per_hour=0)]}, "points.0.people_per_hour"),
    ({"points": [a_point("p", A_VILLAGE, opens="25:00")]}, "points.0.opens"),
    ({"pool_size": 7}, "pool_size"),
    ({"starts_at": "2031-01-01T00:00:00Z"}, "starts_at"),
    ({"teams": 10**9}, "teams"),
]


async def test_what_cannot_be_meant_is_refused_with_its_field(district: httpx.AsyncClient) -> None:
    wrong: list[str] = []
    for changes, field in REFUSED:
        answer = await district.put(CODE, json=a_campaign(now()) | changes)
        named = [one["field"] for one in answer.json().get("problems", ())]
        if answer.status_code != 422 or field not in named:
            wrong.append(f"{changes}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)
    assert (await district.get(CODE)).status_code == 404


async def test_orders_out_of_turn_are_conflicts_and_repetitions_are_harmless(
    district: httpx.AsyncClient, database_url: str
) -> None:
    body = a_campaign(now())
    await district.put(CODE, json=body)
    assert (await district.post(f"{CODE}/end", json={"reason": "r"})).status_code == 409
    began = (now() - HOUR).isoformat()
    for _ in range(2):
        assert (await district.post(f"{CODE}/start", json={"started_at": began})).status_code == 200
    assert (await district.post(f"{CODE}/start", json={})).status_code == 409
    assert (await district.put(CODE, json=body)).status_code == 200
    assert (await district.put(CODE, json={**body, "teams": 13})).status_code == 409
    early = {"reason": "r", "ended_at": (now() - 2 * HOUR).isoformat()}
    assert (await district.post(f"{CODE}/end", json=early)).status_code == 422
    for _ in range(2):
        assert (await district.post(f"{CODE}/end", json={"reason": "r"})).status_code == 200
    assert (await district.post(f"{CODE}/plans")).status_code == 409
    outside = {"authorization": f"Bearer {await a_key(database_url, '500101')}"}
    for method, path, sent in (
        ("GET", CODE, None),
        ("GET", f"{CODE}/figures", None),
        ("GET", f"{CODE}/missing", None),
        ("POST", f"{CODE}/plans", None),
        ("POST", f"{CODE}/start", {}),
    ):
        answer = await district.request(method, path, json=sent, headers=outside)
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code}"
    answer = await district.put(CODE, json=body, headers=outside)
    assert answer.status_code == 403


async def test_nobody_to_test_is_a_conflict(district: httpx.AsyncClient) -> None:
    body = a_campaign(now())
    del body["people"]
    await district.put(CODE, json=body)
    answer = await district.post(f"{CODE}/start", json={})
    assert answer.status_code == 409
    assert "Nobody" in answer.json()["detail"]


async def test_queues_are_of_campaigns_and_points_that_are_known(district: httpx.AsyncClient) -> None:
    await district.put(CODE, json=a_campaign(now()))
    good = {
        "campaign": "jiansheng-1",
        "division": A_VILLAGE,
        "point": "p-1",
        "at": now().isoformat(),
        "waiting": 5,
    }
    rows = [
        good,
        {**good, "waiting": 6},
        {**good, "campaign": "nobody"},
        {**good, "division": "500104999"},
        {**good, "division": "500101001001"},
        {**good, "at": (now() + HOUR).isoformat()},
        {**good, "waiting": -1},
    ]
    answer = (await district.post("/v1/queue-reports/batch", json=rows)).json()
    assert [row["verdict"] for row in answer["rows"]] == ["stored", *["refused"] * 6]
    fields = [row["problems"][0]["field"] for row in answer["rows"][1:]]
    assert fields == ["waiting", "campaign", "division", "division", "at", "waiting"]
