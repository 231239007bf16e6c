"""From a site to home without a gap: asked for on the last day, taken over, confirmed, or missed and seen."""

import asyncio
from datetime import datetime, time, timedelta
from typing import Any

import httpx
import pytest

from services.registration.actions.plans.change_stages import change_stages
from services.registration.actions.plans.request_handovers import attend_handovers
from services.registration.rules.day_count import begins_at
from shared.contracts.registration.stages import (
    HandoverMissed,
    HandoverRequested,
    HandoverWithdrawn,
    StageChanged,
)
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, OUTSIDE
from tests.clocks import MovableClock
from tests.keys import a_key
from tests.registration.plans.plan_rows import lay_person, lay_plan, rows, told
from tests.registration.plans.test_stage_changes import RULE, at, day
from tests.waiting import until

pytestmark = pytest.mark.requirement("entry-14-7-7")

NO_SITE = (("home-monitoring", 14), ("self-management", 7))
ONLY_SITE = (("central-quarantine", 14),)


async def asked(database: Database) -> list[dict[str, Any]]:
    return await rows(database, "SELECT * FROM handover ORDER BY requested_at, handover_id")


@pytest.mark.parametrize(
    ("now", "count"),
    [(at(13, 23, 59, 59), 0), (at(14), 1), (at(14, 18), 1), (at(17), 1)],
)
async def test_it_is_asked_for_when_the_last_day_at_the_site_begins(
    database: Database, now: datetime, count: int
) -> None:
    person_id = await lay_person(database, A_VILLAGE)
    await lay_plan(database, person_id=person_id, division=ANOTHER_VILLAGE)
    await lay_plan(database, NO_SITE)
    await lay_plan(database, ONLY_SITE)
    for _ in range(2):
        await attend_handovers(database, RULE, now=now)
    found = await asked(database)
    assert [(row["person_id"], row["division"], row["change_on"]) for row in found] == [
        (person_id, A_VILLAGE, day(15))
    ] * count
    requested = [event for event in await told(database) if isinstance(event, HandoverRequested)]
    assert [event.last_day_began_at for event in requested] == [begins_at(day(14))] * count


async def test_processes_that_ask_at_once_ask_once(database: Database) -> None:
    plans = [await lay_plan(database) for _ in range(30)]
    await asyncio.gather(
        *(attend_handovers(database, RULE, now=at(14)) for _ in range(4)),
        *(change_stages(database, RULE, now=at(15)) for _ in range(4)),
    )
    assert len(await asked(database)) == len(plans)


async def test_a_hand_over_not_confirmed_by_the_change_is_a_gap_that_is_noticed_once(
    database: Database,
) -> None:
    await lay_plan(database)
    await attend_handovers(database, RULE, now=at(14))
    await attend_handovers(database, RULE, now=at(14, 23, 59, 59))
    assert [type(event) for event in await told(database)] == [HandoverRequested]
    for now in (at(15), at(15, 1)):
        await change_stages(database, RULE, now=now)
        await attend_handovers(database, RULE, now=now)
    assert [type(event) for event in await told(database)] == [
        HandoverRequested,
        StageChanged,
        HandoverMissed,
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE plan SET state = 'withdrawn'",
        "UPDATE plan SET held_since = now()",
        "UPDATE plan_stage SET last_day = last_day + 1 WHERE position = 0",
    ],
)
async def test_it_is_withdrawn_when_the_change_will_not_be(database: Database, change: str) -> None:
    await lay_plan(database)
    await attend_handovers(database, RULE, now=at(14))
    async with database.connection() as connection:
        await connection.execute(change)
        if "plan_stage" in change:
            await connection.execute("UPDATE plan SET stage_last_day = stage_last_day + 1")
    await attend_handovers(database, RULE, now=at(14, 1))
    assert [type(event) for event in await told(database)] == [HandoverRequested, HandoverWithdrawn]
    async with database.connection() as connection:
        await connection.execute("UPDATE plan SET state = 'open', held_since = NULL")
    await attend_handovers(database, RULE, now=at(15))
    assert {row["state"] for row in await asked(database)} == {"withdrawn", "requested"}


async def test_the_team_takes_over_and_the_village_confirms(
    moving_town: httpx.AsyncClient, movable_clock: MovableClock, database: Database, database_url: str
) -> None:
    movable_clock.set(at(14, 9))
    await lay_plan(database)

    async def there() -> Any:
        return (await moving_town.get("/v1/handovers", params={"state": "requested"})).json()["items"]

    (first,) = await until(there, what="the hand-over is asked for")
    assert (first["division"], first["change_on"]) == (A_VILLAGE, day(15).isoformat())
    path = f"/v1/handovers/{first['handover_id']}"
    movable_clock.set(at(15, 2))

    async def missed() -> Any:
        return (await moving_town.get("/v1/handovers", params={"missed": True})).json()["items"]

    await until(missed, what="the gap is noticed")
    for _ in range(2):
        answer = await moving_town.post(f"{path}/taken-over", json={"occurred_at": at(14, 22).isoformat()})
        assert (answer.status_code, answer.json()["state"]) == (200, "taken-over")
    early = await moving_town.post(f"{path}/confirmed", json={"occurred_at": at(14, 21).isoformat()})
    assert early.status_code == 422
    assert early.json()["problems"][0]["field"] == "occurred_at"
    ahead = {"occurred_at": (movable_clock.now() + timedelta(hours=1)).isoformat()}
    assert (await moving_town.post(f"{path}/confirmed", json=ahead)).status_code == 422
    neighbour = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE)}"}
    body = {"occurred_at": at(14, 23).isoformat()}
    assert (await moving_town.post(f"{path}/confirmed", json=body, headers=neighbour)).status_code == 404
    assert (await moving_town.get("/v1/handovers", headers=neighbour)).json()["items"] == []
    assert (await moving_town.get("/v1/handovers", params={"division": OUTSIDE})).status_code == 403
    answer = await moving_town.post(f"{path}/confirmed", json=body)
    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    assert (await missed()) == []


async def test_what_was_withdrawn_takes_no_word(
    moving_town: httpx.AsyncClient, movable_clock: MovableClock, database: Database
) -> None:
    movable_clock.set(at(14, 9))
    await lay_plan(database)
    await attend_handovers(database, RULE, now=at(14, 9))
    async with database.connection() as connection:
        await connection.execute("UPDATE plan SET state = 'withdrawn'")
    await attend_handovers(database, RULE, now=at(14, 9))
    (row,) = await asked(database)
    answer = await moving_town.post(
        f"/v1/handovers/{row['handover_id']}/confirmed", json={"occurred_at": at(14, 9).isoformat()}
    )
    assert answer.status_code == 409


def test_the_clock_of_a_hand_over_ends_when_the_stage_changes() -> None:
    rule = load_pack(PROJECT / "policies" / "chongqing-2021-winter").rule("handover")
    assert rule.at == time(0, 0)
    assert rule.start[0].instant == "last_day_began_at"
