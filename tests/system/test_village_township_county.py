"""A village reports, its township samples, the county tests: a positive pool, its retest, and one case."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.day_count import day_of
from shared.postgres import Database
from tests.builders import A_VILLAGE, JIANSHENG, a_result
from tests.registration.plans.plan_rows import Laid, lay_plan, rows
from tests.servers import ServiceProcess
from tests.system.platform import ORIGIN, Platform, a_roster, start_platform
from tests.waiting import until

pytestmark = [
    pytest.mark.system,
    pytest.mark.requirement("village-town-county-chain"),
    pytest.mark.requirement("direct-report"),
]

DISTRICT = "500104"
HOUR = timedelta(hours=1)


@pytest.fixture
async def platform(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str
) -> AsyncIterator[Platform]:
    platform = await start_platform(
        start_service,
        database_url,
        *("registration", "testing", "alerts", "reporting"),
        rate=1.0,
        origin=ORIGIN + 6 * HOUR,
    )
    posts = (("duty-officer", JIANSHENG), ("duty-leader", JIANSHENG), ("reporting-officer", A_VILLAGE))
    await platform.post("alerts", "/v1/duty", a_roster(platform.clock.now(), *posts))
    yield platform
    await platform.close()


@pytest.fixture
async def registration(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await Database.open(service_database_url("registration"), "registration", size=2)
    yield database
    await database.close()


def a_tube(code: str, opened_at: datetime, *people: Laid, size: int = 10) -> dict[str, Any]:
    return {
        "code": code,
        "division": JIANSHENG,
        "point": "jiansheng-1",
        "size": size,
        "opened_at": opened_at.isoformat(),
        "members": [
            {
                "person_id": str(one.person_id),
                "division": A_VILLAGE,
                "reported_at": (opened_at - HOUR).isoformat(),
                "plan_id": str(one.plan_id),
            }
            for one in people
        ],
    }


def a_step(kind: str, at: datetime, **changes: Any) -> dict[str, Any]:
    return {"kind": kind, "at": at.isoformat(), "division": JIANSHENG, **changes}


async def has_test(database: Database, laid: Laid, state: str) -> bool:
    (row,) = await rows(database, "SELECT state FROM plan_test WHERE plan_id = $1", laid.plan_id)
    return row["state"] == state


async def test_from_the_villages_report_to_the_one_case(platform: Platform, registration: Database) -> None:
    now = platform.clock.now()
    taken = now - 4 * HOUR
    people = [await lay_plan(registration, tests=(0,), zero=day_of(taken)) for _ in range(5)]
    pooled, clear = people[:3], people[3:]

    # the township samples whom the village reported, and hands the box over
    sent = [a_tube("T-1", taken, *pooled), a_tube("T-2", taken, *clear)]
    assert (await platform.post("testing", "/v1/tubes/batch", sent))["stored"] == 2
    steps = [
        *(a_step("sealed", taken + HOUR / 2, tube_code=code) for code in ("T-1", "T-2")),
        *(a_step("boxed", taken + HOUR / 2, tube_code=code, box="B-1") for code in ("T-1", "T-2")),
        a_step("handed-over", taken + HOUR, box="B-1", temperature_celsius=4.0),
        a_step("received", taken + 2 * HOUR, box="B-1", division=DISTRICT, institution="500104-cdc"),
    ]
    assert (await platform.post("testing", "/v1/tube-steps/batch", steps))["stored"] == len(steps)

    # the county tests: one pool is negative, the other is not
    tested = {"division": JIANSHENG, "sampled_at": taken.isoformat()}
    results = [
        a_result(now, tube_code="T-1", result="positive", **tested),
        a_result(now, tube_code="T-2", result="negative", **tested),
    ]
    receipt = await platform.post("testing", "/v1/results/batch", results)
    pool_id = receipt["rows"][0]["sample_id"]
    for one in clear:
        await until(lambda one=one: has_test(registration, one, "done"), what="the test of a negative pool")

    async def pressed() -> dict[str, Any] | None:
        clock = await platform.whole_clock("pool-retest", pool_id)
        return clock if clock and any(page["delivery"] == "accepted" for page in clock["pages"]) else None

    clock = await until(pressed, what="a page for the retest")
    assert (clock["state"], clock["division"]) == ("running", JIANSHENG)
    assert datetime.fromisoformat(clock["due_at"]) - now == 12 * HOUR
    assert clock["pages"][0]["person"] == f"duty-officer-{JIANSHENG}"
    pool = await platform.get("testing", f"/v1/pools/{pool_id}")
    assert {one["person_id"] for one in pool["members"]} == {str(one.person_id) for one in pooled}
    assert {one["state"] for one in pool["members"]} == {"pending"}
    assert (await platform.get("reporting", "/v1/cases"))["items"] == []

    # each member is taken again, singly: two are cleared, one is the case
    again = platform.clock.now()
    for number, one in enumerate(pooled):
        await platform.post("testing", "/v1/tubes", a_tube(f"S-{number}", again, one, size=1))
        found = a_result(
            again,
            tube_code=f"S-{number}",
            result="positive" if number == 1 else "negative",
            division=JIANSHENG,
            sampled_at=again.isoformat(),
        )
        await platform.post("testing", "/v1/results", found)

    async def met() -> bool:
        return (await platform.whole_clock("pool-retest", pool_id) or {}).get("state") == "met"

    await until(met, what="the end of the retest")
    states = {
        one["person_id"]: one["state"]
        for one in (await platform.get("testing", f"/v1/pools/{pool_id}"))["members"]
    }
    assert [states[str(one.person_id)] for one in pooled] == ["cleared", "positive", "cleared"]

    async def opened() -> dict[str, Any] | None:
        page = await platform.get("reporting", "/v1/cases")
        return page if page["items"] else None

    cases = (await until(opened, what="the case"))["items"]
    assert len(cases) == 1
    case = cases[0]
    assert case["tube_code"] == "S-1"
    clock = await until(lambda: platform.whole_clock("direct-report", case["sample_id"]))
    assert clock["state"] == "running"
    assert await platform.whole_clock("direct-report", pool_id) is None

    async def held() -> bool:
        (row,) = await rows(registration, "SELECT held_since FROM plan WHERE plan_id = $1", pooled[1].plan_id)
        return row["held_since"] is not None

    await until(held, what="the hold of the positive person's plan")
    for one in (pooled[0], pooled[2]):
        await until(lambda one=one: has_test(registration, one, "done"), what="the test of a cleared member")

    # the three owners and their times, for the sample that became a case
    sample = await platform.get("testing", f"/v1/samples/{case['sample_id']}")
    taken_view = sample["taken"]
    assert sample["person_id"] == str(pooled[1].person_id)
    assert taken_view["village"]["division"] == A_VILLAGE
    assert taken_view["village"]["reported_at"] is not None
    assert (taken_view["township"]["division"], taken_view["township"]["point"]) == (JIANSHENG, "jiansheng-1")
    assert taken_view["county"]["resulted_at"] is not None
