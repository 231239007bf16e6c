"""A person comes home, owes tests, is on the point's list, is sampled, and registration knows: for real."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import A_VILLAGE, JIANSHENG
from tests.registration.returns.stories import a_person, a_test
from tests.servers import ServiceProcess
from tests.system.platform import Platform, a_roster, start_platform
from tests.testing.due.test_points_over_http import a_point
from tests.waiting import until

pytestmark = [
    pytest.mark.system,
    pytest.mark.requirement("test-all-due"),
    pytest.mark.requirement("sampling-points"),
]

Start = Callable[..., Awaitable[ServiceProcess]]
DAY = timedelta(days=1)


async def returned(platform: Platform, days_ago: int) -> str:
    """A returning worker with a proof, registered; returns the person's id."""
    arrived = platform.clock.now() - days_ago * DAY
    row = {
        "reference": "r-1",
        "division": A_VILLAGE,
        "source": "village",
        "arrived_at": arrived.isoformat(),
        "registered_at": (arrived + timedelta(hours=1)).isoformat(),
        "person": a_person(),
        "returning_worker": True,
        "proofs": [a_test(arrived - DAY)],
    }
    return (await platform.post("registration", "/v1/returns", row))["person_id"]


async def test_a_return_is_due_listed_sampled_settled_and_known(
    start_service: Start, database_url: str
) -> None:
    platform = await start_platform(
        start_service, database_url, "registration", "testing", "alerts", rate=1.0
    )
    roster = a_roster(platform.clock.now(), ("duty-officer", A_VILLAGE), ("duty-leader", JIANSHENG))
    await platform.post("alerts", "/v1/duty", roster)
    stated = await platform.clients["testing"].put("/v1/sampling-points/square", json=a_point())
    assert stated.status_code == 201, stated.text
    person = await returned(platform, days_ago=8)

    async def listed() -> list[dict[str, Any]]:
        items = (await platform.get("testing", "/v1/due-lists", point="square"))["items"]
        return [one for one in items if one["person_id"] == person]

    async def owed() -> dict[str, Any] | None:
        return next(iter(await listed()), None)

    line = await until(owed, seconds=60, what="the test of day 7 on the point's list")
    assert (line["source"], line["category"], line["overdue"]) == ("plan", "returning-workers", True)

    async def missed() -> dict[str, Any] | None:
        clock = await platform.whole_clock("test-due", line["due_id"])
        return clock if clock is not None and clock["state"] == "breached" else None

    assert (await until(missed, seconds=60, what="the clock of the missed test"))["division"] == A_VILLAGE
    now = platform.clock.now()
    sampled_at = (now - timedelta(minutes=30)).isoformat()
    tube = {
        "code": "T-1",
        "division": A_VILLAGE,
        "point": "square",
        "size": 1,
        "opened_at": sampled_at,
        "members": [{"person_id": person, "sampled_at": sampled_at}],
    }
    batch = await platform.post("testing", "/v1/tubes/batch", [tube])
    assert batch["stored"] == 1, batch

    async def settled() -> bool:
        (held,) = await listed()
        return held["sample_id"] is not None

    async def met_late() -> bool:
        clock = await platform.whole_clock("test-due", line["due_id"])
        return clock is not None and clock["state"] == "met-late"

    await until(settled, seconds=30, what="the test settled by the sample")
    await until(met_late, seconds=30, what="the clock stopped")
    covered = await platform.get("testing", "/v1/coverage", **{"from": line["due_on"], "to": line["due_on"]})
    assert (covered["whole"]["due"], covered["whole"]["done"], covered["whole"]["late"]) == (1, 1, 1)
    result = {
        "tube_code": "T-1",
        "institution": "500104-cdc",
        "division": A_VILLAGE,
        "method": "pcr",
        "result": "negative",
        "sampled_at": sampled_at,
        "resulted_at": now.isoformat(),
    }
    await platform.post("testing", "/v1/results", result)

    async def known() -> bool:
        plan = await platform.get("registration", f"/v1/people/{person}/plan")
        return [test["state"] for test in plan["tests"]] == ["done", "due"]

    await until(known, seconds=30, what="registration to know of the test")
    await platform.close()
