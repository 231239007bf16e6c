"""Sampling points: stated whole, each village goes to the nearest, and the villages without one are named."""

from typing import Any

import httpx
import pytest

from services.testing.rules.due.sampling_point import designate, named_elsewhere
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key

pytestmark = pytest.mark.requirement("sampling-points")


def a_point(**changes: Any) -> dict[str, Any]:
    """A sampling point that serves the whole town, unless changed."""
    return {
        "division": JIANSHENG,
        "name": "建胜镇文化广场采样点",
        "address": "建胜镇文化广场",
        "serves": [JIANSHENG],
        "hours": [{"opens": "08:30", "closes": "11:30"}, {"opens": "14:00", "closes": "17:30"}],
        "teams": [{"code": "team-1", "hands": 4, "trained_on": "2020-12-01"}, {"code": "team-2", "hands": 2}],
        **changes,
    }


async def put(town: httpx.AsyncClient, code: str, **changes: Any) -> httpx.Response:
    return await town.put(f"/v1/sampling-points/{code}", json=a_point(**changes))


@pytest.mark.parametrize(
    ("serves", "goes_to"),
    [
        ([("b", JIANSHENG), ("a", JIANSHENG)], "a"),
        ([("a", JIANSHENG), ("z", A_VILLAGE)], "z"),
        ([("a", "500104"), ("z", JIANSHENG)], "z"),
        ([("a", "500000")], "a"),
        ([("a", ANOTHER_VILLAGE), ("b", "500101")], None),
    ],
)
def test_a_village_goes_to_the_point_of_the_nearest_unit(
    serves: list[tuple[str, str]], goes_to: str | None
) -> None:
    assert designate([A_VILLAGE], serves).get(A_VILLAGE) == goes_to
    assert designate([A_VILLAGE], serves[::-1]).get(A_VILLAGE) == goes_to


@pytest.mark.parametrize(
    ("code", "division", "is_elsewhere"),
    [
        ("own", A_VILLAGE, False),
        ("own", "500104", False),
        ("own", ANOTHER_VILLAGE, True),
        ("town", ANOTHER_VILLAGE, False),
        ("town", OUTSIDE, True),
        ("guest", A_VILLAGE, False),
        ("guest", JIANSHENG, False),
        ("guest", ANOTHER_VILLAGE, True),
        ("a-site", OUTSIDE, False),
    ],
)
def test_a_point_is_elsewhere_where_it_neither_lies_nor_serves(
    code: str, division: str, is_elsewhere: bool
) -> None:
    points = {"own": [A_VILLAGE], "town": [JIANSHENG], "guest": [OUTSIDE, A_VILLAGE]}
    assert named_elsewhere([(code, division)], points) == ({(code, division)} if is_elsewhere else set())


async def test_a_point_is_stated_whole_and_the_gap_of_the_plan_is_shown(town: httpx.AsyncClient) -> None:
    gap = (await town.get("/v1/unserved-villages")).json()
    assert A_VILLAGE in gap["divisions"]
    assert gap["count"] == len(gap["divisions"])
    first = await put(town, "square", serves=[A_VILLAGE])
    assert first.status_code == 201
    assert (first.json()["hands"], first.json()["untrained_hands"]) == (6, 2)
    assert (await put(town, "square", serves=[A_VILLAGE])).status_code == 200
    rest = (await town.get("/v1/unserved-villages")).json()["divisions"]
    assert set(gap["divisions"]) - set(rest) == {A_VILLAGE}
    assert (await put(town, "square")).json()["serves"] == [JIANSHENG]
    assert (await town.get("/v1/unserved-villages")).json() == {"count": 0, "divisions": []}
    assert (await put(town, "square", open=False)).status_code == 200
    assert (await town.get("/v1/unserved-villages")).json() == gap
    assert (await town.get("/v1/sampling-points/square")).json()["open"] is False
    listed = (await town.get("/v1/sampling-points")).json()["items"]
    assert [one["code"] for one in listed] == ["square"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"division": "500104999"}, "division"),
        ({"serves": [JIANSHENG, "500104102999"]}, "serves.1"),
        ({"serves": [JIANSHENG, JIANSHENG]}, "serves"),
        ({"serves": []}, "serves"),
        ({"hours": [{"opens": "12:00", "closes": "12:00"}]}, "hours.0.closes"),
        ({"hours": [{"opens": "25:00", "closes": "12:00"}]}, "hours.0.opens"),
        ({"teams": [{"code": "t", "hands": 1}, {"code": "t", "hands": 1}]}, "teams"),
        ({"teams": [{"code": "t", "hands": 1, "trained_on": "2199-01-01"}]}, "teams.0.trained_on"),
        ({"teams": [{"code": "t", "hands": 0}]}, "teams.0.hands"),
    ],
)
async def test_what_is_wrong_is_named(town: httpx.AsyncClient, changes: dict[str, Any], field: str) -> None:
    answer = await put(town, "square", **changes)
    assert answer.status_code == 422
    assert field in [one["field"] for one in answer.json()["problems"]]


async def test_a_point_belongs_to_its_subtree(town: httpx.AsyncClient, database_url: str) -> None:
    assert (await put(town, "square", serves=[OUTSIDE])).status_code == 403
    assert (await put(town, "square")).status_code == 201
    scopes = ("sampling-points:write", "sampling-points:read")
    beside = {"authorization": f"Bearer {await a_key(database_url, OUTSIDE, *scopes)}"}
    assert (await town.get("/v1/sampling-points/square", headers=beside)).status_code == 404
    assert (await town.get("/v1/sampling-points", headers=beside)).json()["items"] == []
    mine = a_point(division=OUTSIDE, serves=[OUTSIDE])
    assert (await town.put("/v1/sampling-points/square", json=mine, headers=beside)).status_code == 403
    assert (await put(town, "Square")).status_code == 422
