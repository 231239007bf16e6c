"""The register of risk areas through the real door, on a real database."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest

from tests.builders import JIANSHENG
from tests.keys import a_key
from tests.registration.workbooks.books import rows_of

pytestmark = [pytest.mark.requirement("high-risk-area"), pytest.mark.requirement("medium-risk-area")]

CHONGQING = "500000"
_numbers = count(1)


def a_risk_area(**changes: Any) -> dict[str, Any]:
    """A county at medium risk from 10 January 2021 on, unless changed."""
    return {
        "area": "130104",
        "name": "石家庄市桥西区",
        "level": "medium",
        "from": "2021-01-10",
        "source": "国务院客户端",
        **changes,
    }


@pytest.fixture
async def municipality(town: httpx.AsyncClient, database_url: str) -> dict[str, str]:
    """The headers of a key of the municipality, which keeps the register."""
    key = await a_key(database_url, CHONGQING, "risk-areas:write", "risk-areas:read")
    return {"authorization": f"Bearer {key}"}


async def test_an_entry_is_made_ended_withdrawn_and_made_again(
    town: httpx.AsyncClient, municipality: dict[str, str]
) -> None:
    async def say(**changes: Any) -> httpx.Response:
        return await town.post("/v1/risk-areas", json=a_risk_area(**changes), headers=municipality)

    first, again = await say(), await say()
    assert (first.status_code, again.status_code) == (201, 200)
    entry = first.json()["risk_area_id"]
    assert (first.json()["from"], first.json()["until"], first.json()["division"]) == (
        "2021-01-10",
        None,
        CHONGQING,
    )
    ended = await say(until="2021-02-05")
    assert (ended.status_code, ended.json()["risk_area_id"], ended.json()["until"]) == (
        201,
        entry,
        "2021-02-05",
    )

    withdrawn = await town.post(
        f"/v1/risk-areas/{entry}/withdraw", json={"reason": "录入有误"}, headers=municipality
    )
    assert (withdrawn.status_code, withdrawn.json()["withdrawn_for"]) == (200, "录入有误")
    at = {"area": "130104001", "day": "2021-01-20"}
    assert (await town.get("/v1/risk-areas/at", params=at)).json()["level"] == "low"
    assert (await say()).json()["withdrawn_for"] is None

    level = (await town.get("/v1/risk-areas/at", params=at)).json()
    assert (level["level"], level["possible"]) == ("medium", False)
    assert level["given_by"] == [
        {"area": "130104", "from": "2021-01-10", "until": None, "source": "国务院客户端"}
    ]
    shown = (await town.get(f"/v1/risk-areas/{entry}")).json()
    assert [one["withdrawn_for"] for one in shown["statements"]][-2:] == ["录入有误", None]
    assert [(one["first_day"], one["last_day"]) for one in shown["changes"]] == [
        ("2021-01-10", None),
        ("2021-02-06", None),
        ("2021-01-10", "2021-02-05"),
        ("2021-01-10", None),
    ]


async def test_a_place_known_by_its_county_may_have_been_in_the_risky_township(
    town: httpx.AsyncClient, municipality: dict[str, str]
) -> None:
    await town.post(
        "/v1/risk-areas", json=a_risk_area(area="130104001000", level="high"), headers=municipality
    )

    async def level(area: str, day: str = "2021-01-10") -> tuple[str, bool]:
        answer = await town.get("/v1/risk-areas/at", params={"area": area, "day": day})
        return answer.json()["level"], answer.json()["possible"]

    assert await level("130104") == ("high", True)
    assert await level("130104001") == ("high", False)
    assert await level("130104002") == ("low", False)
    assert await level("130104001", "2021-01-09") == ("low", False)


async def test_the_register_is_listed_the_newest_first_in_pages(
    town: httpx.AsyncClient, municipality: dict[str, str]
) -> None:
    rows = [
        a_risk_area(**{"from": f"2021-01-{day:02}"}, level=level)
        for day in range(1, 6)
        for level in ("medium", "high")
    ]
    rows[0]["until"] = "2021-01-02"
    receipt = (await town.post("/v1/risk-areas/batch", json=rows, headers=municipality)).json()
    assert (receipt["stored"], receipt["refused"]) == (10, 0)
    address: str | None = "/v1/risk-areas?limit=3"
    days: list[str] = []
    while address is not None:
        page = (await town.get(address)).json()
        days += [item["from"] for item in page["items"]]
        address = page["next"]
    assert days == sorted(days, reverse=True)
    assert len(days) == 10
    standing = (await town.get("/v1/risk-areas", params={"day": "2021-01-03", "level": "medium"})).json()[
        "items"
    ]
    assert sorted(item["from"] for item in standing) == ["2021-01-02", "2021-01-03"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"area": "139999"}, "area"),
    ({"area": "ZZ"}, "area"),
    ({"area": "Hebei"}, "area"),
    ({"level": "purple"}, "level"),
    ({"from": "2021-02-30"}, "from"),
    ({"from": "1021-02-03"}, "from"),
    ({"from": "2019-11-30"}, "from"),
    ({"until": "2021-01-09"}, "until"),
    ({"source": ""}, "source"),
    ({"name": "x" * 201}, "name"),
    ({"recorded_at": "2999-01-01T00:00:00Z"}, "recorded_at"),
]


async def test_what_is_refused_names_its_field(town: httpx.AsyncClient, municipality: dict[str, str]) -> None:
    for changes, field in REFUSED:
        answer = await town.post("/v1/risk-areas", json=a_risk_area(**changes), headers=municipality)
        assert answer.status_code == 422, changes
        assert [one["field"] for one in answer.json()["problems"]] == [field], changes
    batch = [a_risk_area(), *(a_risk_area(**changes) for changes, _ in REFUSED)]
    receipt = (await town.post("/v1/risk-areas/batch", json=batch, headers=municipality)).json()
    assert (receipt["stored"], receipt["refused"]) == (1, len(REFUSED))
    for parameters in (
        {"area": "139999", "day": "2021-01-10"},
        {"area": "130104", "day": "soon"},
        {"area": "130104"},
    ):
        assert (await town.get("/v1/risk-areas/at", params=parameters)).status_code == 422


async def test_only_the_municipality_writes_and_everybody_below_reads(
    town: httpx.AsyncClient, municipality: dict[str, str], database_url: str
) -> None:
    answer = await town.post("/v1/risk-areas", json=a_risk_area())
    assert answer.status_code == 403
    assert "municipality" in answer.json()["detail"]
    entry = (await town.post("/v1/risk-areas", json=a_risk_area(), headers=municipality)).json()[
        "risk_area_id"
    ]
    assert (await town.post("/v1/risk-areas/batch", json=[a_risk_area()])).status_code == 403
    assert (await town.post(f"/v1/risk-areas/{entry}/withdraw", json={"reason": "r"})).status_code == 403
    assert (await town.get(f"/v1/risk-areas/{entry}")).status_code == 200
    assert (await town.get(f"/v1/risk-areas/{entry}/touched")).json() == {"items": [], "next": None}
    assert len(rows_of(await town.get(f"/v1/risk-areas/{entry}/touched/export"))) == 1, "the heading alone"
    reader = await a_key(database_url, JIANSHENG, "returns:read")
    assert (
        await town.get("/v1/risk-areas", headers={"authorization": f"Bearer {reader}"})
    ).status_code == 403
    missing = "00000000-0000-4000-8000-000000000000"
    for path in (
        f"/v1/risk-areas/{missing}",
        f"/v1/risk-areas/{missing}/touched",
        f"/v1/risk-areas/{missing}/touched/export",
    ):
        assert (await town.get(path)).status_code == 404
    withdrawal = await town.post(
        f"/v1/risk-areas/{missing}/withdraw", json={"reason": "r"}, headers=municipality
    )
    assert withdrawal.status_code == 404
    late = {"reason": "r", "recorded_at": datetime(2999, 1, 1, tzinfo=UTC).isoformat()}
    assert (
        await town.post(f"/v1/risk-areas/{entry}/withdraw", json=late, headers=municipality)
    ).status_code == 422
