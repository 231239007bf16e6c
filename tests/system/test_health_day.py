"""A day without a health report: the grid worker is told at noon, those above at 18:00; two services."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.registration.rules.day_count import day_of
from tests.builders import A_VILLAGE, JIANSHENG
from tests.registration.care.seeds import a_person, a_plan
from tests.servers import ServiceProcess
from tests.system.platform import ORIGIN, a_roster, start_platform
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.requirement("health-monitoring")]

RULE = "health-report"
Start = Callable[..., Awaitable[ServiceProcess]]


async def people_under_management(database_url: str, number: int) -> list[UUID]:
    """People of a village who came under management the day before."""
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "registration"})
    try:
        async with connection.transaction():
            people = [await a_person(connection) for _ in range(number)]
            for person in people:
                await a_plan(connection, person, decided_at=ORIGIN - timedelta(days=1))
    finally:
        await connection.close()
    return people


async def people_of_a_place(database_url: str, number: int) -> list[UUID]:
    """The members of a nursing home of a village, who were put on its list the day before."""
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "registration"})
    before, place = ORIGIN - timedelta(days=1), uuid4()
    try:
        async with connection.transaction():
            people = [await a_person(connection) for _ in range(number)]
            await connection.execute(
                "INSERT INTO place (place_id, code, division, kind, name, in_charge_sealed,"
                " in_charge_fingerprint, first_received_at, changed_at)"
                " VALUES ($1, 'P-1', $2, 'nursing-home', '敬老院', '', '', $3, $3)",
                place,
                A_VILLAGE,
                before,
            )
            await connection.executemany(
                "INSERT INTO place_person VALUES ($1, $2, 'member', $3, NULL, $4, $4, 'key')",
                [(place, person, day_of(before), before) for person in people],
            )
    finally:
        await connection.close()
    return people


async def test_the_one_in_charge_of_a_place_is_paged_for_its_people(
    start_service: Start, database_url: str
) -> None:
    reports, *silent = await people_of_a_place(database_url, 3)
    origin = ORIGIN + timedelta(hours=9) - timedelta(minutes=20)
    platform = await start_platform(
        start_service, database_url, "registration", "alerts", rate=40.0, origin=origin
    )
    posts = (("place-in-charge", A_VILLAGE), ("grid-worker", A_VILLAGE), ("duty-officer", A_VILLAGE))
    await platform.post("alerts", "/v1/duty", a_roster(platform.clock.now(), *posts))
    day = day_of(ORIGIN).isoformat()
    said = {
        "person_id": str(reports),
        "day": day,
        "period": "morning",
        "temperature_celsius": 36.5,
        "reporter": "site-staff",
        "measured_at": ORIGIN.isoformat(),
    }
    await platform.post("registration", "/v1/health-reports", said)

    async def paged() -> dict[str, Any] | None:
        pages = (await platform.get("alerts", "/v1/pages"))["items"]
        return next((page for page in pages if page["occasion"] == "breach"), None)

    async def met() -> bool:
        clock = await platform.whole_clock("place-health-report", f"{reports}:{day}")
        return (clock or {}).get("state") == "met"

    await until(met, seconds=60, what="the clock of who reported")
    page = await until(paged, seconds=120, what="a page of the breach")
    assert (page["person"], page["clocks"]) == (f"place-in-charge-{A_VILLAGE}", len(silent))
    clock = await platform.whole_clock("place-health-report", f"{silent[0]}:{day}")
    assert clock is not None
    assert clock["institution"] == "P-1"
    await platform.close()


@pytest.mark.parametrize(
    ("hours_after_origin", "occasion", "post"),
    [(3, "warn", "grid-worker"), (9, "breach", "duty-officer")],
    ids=["noon", "six"],
)
async def test_missed_by_noon_pages_the_grid_worker_and_by_six_those_above(
    start_service: Start, database_url: str, hours_after_origin: int, occasion: str, post: str
) -> None:
    reports, *silent = await people_under_management(database_url, 4)
    origin = ORIGIN + timedelta(hours=hours_after_origin) - timedelta(minutes=20)
    platform = await start_platform(
        start_service, database_url, "registration", "alerts", rate=40.0, origin=origin
    )
    posts = (("grid-worker", A_VILLAGE), ("duty-officer", A_VILLAGE), ("duty-leader", JIANSHENG))
    await platform.post("alerts", "/v1/duty", a_roster(platform.clock.now(), *posts))
    day = day_of(ORIGIN).isoformat()
    said = {
        "person_id": str(reports),
        "day": day,
        "period": "morning",
        "temperature_celsius": 36.5,
        "reporter": "family",
        "measured_at": ORIGIN.isoformat(),
    }
    await platform.post("registration", "/v1/health-reports", said)

    async def state_of(person: UUID) -> str | None:
        return (await platform.whole_clock(RULE, f"{person}:{day}") or {}).get("state")

    async def reported_in_time() -> bool:
        return await state_of(reports) == "met"

    async def paged() -> dict[str, Any] | None:
        pages = (await platform.get("alerts", "/v1/pages"))["items"]
        return next((page for page in pages if page["occasion"] == occasion), None)

    async def settled() -> bool:
        return await state_of(silent[0]) == ("met" if occasion == "warn" else "met-late")

    await until(reported_in_time, seconds=60, what="the clock of who reported")
    page = await until(paged, seconds=120, what=f"a page ({occasion})")
    assert (page["person"], page["clocks"]) == (f"{post}-{A_VILLAGE}", len(silent))
    found = {"day": day, "outcome": "well", "occurred_at": platform.clock.now().isoformat()}
    await platform.post("registration", f"/v1/people/{silent[0]}/missed-days", found)
    await until(settled, seconds=60, what="the clock of who was followed up")
    await platform.close()
