"""Whoever new facts let leave a site early is handed over like at the regular end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.actions.plans.request_handovers import attend_handovers
from services.registration.rules.day_count import begins_at, day_number, day_of
from services.registration.rules.plans.early_leave import leaves_site
from services.registration.rules.plans.next_version import Next, PlanOnRecord, PlanState
from shared.contracts.registration.stages import HandoverRequested, HandoverWithdrawn
from shared.postgres import Database
from tests.keys import a_key
from tests.registration.plans.plan_rows import Laid, lay_person, lay_plan, rows, told
from tests.registration.plans.test_plans_over_http import judged_again, mark
from tests.registration.plans.test_risk_areas_over_http import CHONGQING
from tests.registration.plans.test_stage_changes import RULE, at, day
from tests.registration.returns.keeping import MEASURES
from tests.registration.returns.stories import from_county, plan_of, tell

pytestmark = pytest.mark.requirement("entry-14-7-7")

SITES = ("central-quarantine",)
NOON = at(5, 12)


def on_record(number: int, kind: str, state: PlanState = PlanState.OPEN) -> PlanOnRecord:
    id_ = UUID(int=number)
    return PlanOnRecord(id_, id_, id_, id_, "500104102001", 1, state, 0, kind, NOON, {})


AT_SITE, AT_HOME = on_record(1, "central-quarantine"), on_record(2, "home-quarantine")


@pytest.mark.parametrize(
    ("held", "following", "left"),
    [
        ([AT_SITE], Next(None, [AT_SITE]), AT_SITE),
        ([AT_SITE], Next(), None),
        ([AT_HOME], Next(None, [AT_HOME]), None),
        ([AT_SITE, AT_HOME], Next(None, [AT_SITE]), AT_SITE),
        ([AT_SITE, AT_HOME], Next(None, [AT_HOME]), None),
        ([on_record(3, "central-quarantine", PlanState.RELEASED)], Next(), None),
        ([], Next(), None),
    ],
)
def test_whoever_has_no_plan_at_a_site_any_more_leaves_it(
    held: list[PlanOnRecord], following: Next, left: PlanOnRecord | None
) -> None:
    assert leaves_site(held, following, SITES) is left


async def _written(database: Database, laid: Laid) -> Laid:
    """Give a plan that was laid the version by which plans are judged anew."""
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO plan_version (plan_id, version, governing_rule, policy_version, decision,"
            " decided_at, cause) VALUES ($1, 1, 'entry-14-7-7', 2, '{}', $2, 'return')",
            laid.plan_id,
            at(0),
        )
    return laid


async def _transfer(database: Database, person_id: UUID, **columns: Any) -> None:
    values = {"state": "awaiting", "arrived_at": None, "picked_up_at": None, "withdrawn_at": None, **columns}
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO transfer (transfer_id, division, reference, person_id, state, decided_at,"
            " decision_recorded_at, first_received_at, changed_at, arrived_at, arrival_recorded_at,"
            " picked_up_at, pick_up_recorded_at) VALUES (gen_random_uuid(), '500104102001',"
            " gen_random_uuid()::text, $1, $2, $3, $3, $3, $3, $4, $4, $5, $5)",
            person_id,
            values["state"],
            at(0, 1),
            values["arrived_at"],
            values["picked_up_at"],
        )


async def _decide(database: Database, person_id: UUID, now: datetime = NOON) -> None:
    async with database.transaction() as connection:
        await decide_plans(connection, [person_id], MEASURES, now=now, cause="return-withdrawn")


async def _asked(database: Database) -> list[dict[str, Any]]:
    return await rows(database, "SELECT * FROM handover ORDER BY requested_at, handover_id")


@pytest.mark.parametrize(
    ("transfer", "count"),
    [
        (None, 1),
        ({"state": "arrived", "arrived_at": at(0, 9)}, 1),
        ({"picked_up_at": at(0, 8)}, 1),
        ({}, 0),
    ],
    ids=["no transfer known", "arrived", "on the way", "not picked up"],
)
async def test_without_a_plan_any_more_whoever_is_there_is_handed_over(
    database: Database, transfer: dict[str, Any] | None, count: int
) -> None:
    laid = await _written(database, await lay_plan(database))
    if transfer is not None:
        await _transfer(database, laid.person_id, **transfer)
    for _ in range(2):
        await _decide(database, laid.person_id)
    assert [(one["state"], one["change_on"]) for one in await _asked(database)] == [
        ("requested", day(6))
    ] * count
    requested = [event for event in await told(database) if isinstance(event, HandoverRequested)]
    assert [(event.change_on, event.last_day_began_at) for event in requested] == [
        (day(6), begins_at(day(5)))
    ] * count
    await attend_handovers(database, RULE, now=at(5, 13))
    assert [one["state"] for one in await _asked(database)] == ["requested"] * count
    await attend_handovers(database, RULE, now=at(6, 1))
    assert [one["missed_at"] is not None for one in await _asked(database)] == [True] * count


async def test_a_room_tells_that_somebody_is_there_whatever_the_transfer_says(
    database: Database, database_url: str
) -> None:
    laid = await _written(database, await lay_plan(database))
    await _transfer(database, laid.person_id)
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "registration"})
    try:
        await connection.execute("SET session_replication_role = replica")  # a stay without its site
        await connection.execute(
            "INSERT INTO room_stay (stay_id, site, room, bed, person_id, party_id, division, began_at,"
            " received_at) VALUES (gen_random_uuid(), 's', '101', 1, $1, gen_random_uuid(),"
            " '500104102001', $2, $2)",
            laid.person_id,
            at(1),
        )
    finally:
        await connection.close()
    await _decide(database, laid.person_id)
    assert len(await _asked(database)) == 1


async def test_one_that_was_asked_for_on_the_last_day_stays(database: Database) -> None:
    laid = await _written(database, await lay_plan(database))
    await attend_handovers(database, RULE, now=at(14))
    await _decide(database, laid.person_id, at(14, 10))
    await attend_handovers(database, RULE, now=at(14, 11))
    assert [(one["state"], one["change_on"]) for one in await _asked(database)] == [("requested", day(15))]
    kinds = [type(event) for event in await told(database)]
    assert kinds.count(HandoverRequested) == 1
    assert HandoverWithdrawn not in kinds


async def test_whoever_was_not_at_a_site_is_handed_over_by_nobody(database: Database) -> None:
    person_id = await lay_person(database)
    await _written(database, await lay_plan(database, (("home-monitoring", 14),), person_id=person_id))
    await _decide(database, person_id)
    assert await _asked(database) == []


@pytest.fixture
async def municipality(town: httpx.AsyncClient, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key of the municipality, which keeps the register of risk areas."""
    headers = {"authorization": f"Bearer {await a_key(database_url, CHONGQING)}"}
    transport = town._transport  # pyright: ignore[reportPrivateUsage]  # the same app with another key
    async with httpx.AsyncClient(transport=transport, base_url=town.base_url, headers=headers) as client:
        yield client


async def test_a_withdrawn_risk_area_hands_over_whom_it_had_brought_to_a_site(
    town: httpx.AsyncClient, municipality: httpx.AsyncClient, database: Database
) -> None:
    entry = await mark(municipality, level="high")
    now = datetime.now(UTC)
    rows_told = [from_county(now, registered_at=now.isoformat()) for _ in range(2)]
    there, waiting = [(await tell(town, row))["person_id"] for row in rows_told]
    transfers = {one["person_id"]: one for one in (await town.get("/v1/transfers")).json()["items"]}
    arrival = f"/v1/transfers/{transfers[there]['transfer_id']}/arrival"
    assert (await town.post(arrival, json={})).is_success
    await municipality.post(f"/v1/risk-areas/{entry}/withdraw", json={"reason": "录入有误"})
    await judged_again(municipality, database, entry)
    for person_id in (there, waiting):
        assert (await plan_of(town, person_id))["stage_kind"] != "central-quarantine"
    (asked,) = (await town.get("/v1/handovers")).json()["items"]
    assert (asked["person_id"], asked["state"], asked["leaves_early"]) == (there, "requested", True)
    assert asked["change_on"] == day_number(day_of(datetime.now(UTC)), 1).isoformat()
    await attend_handovers(database, RULE, now=datetime.now(UTC))
    (asked,) = (await town.get("/v1/handovers")).json()["items"]
    assert asked["state"] == "requested"
    (place,) = (await town.get("/v1/care-lists/awaiting-transfer")).json()["items"]
    assert place["person_id"] == there

    since = (now - timedelta(days=50)).date().isoformat()
    again = await mark(municipality, level="high", **{"from": since})
    await judged_again(municipality, database, again)
    assert (await plan_of(town, there))["stage_kind"] == "central-quarantine"
    await attend_handovers(database, RULE, now=datetime.now(UTC))
    (asked,) = (await town.get("/v1/handovers")).json()["items"]
    assert asked["state"] == "withdrawn", "they stay at the site after all"
