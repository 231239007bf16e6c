"""Stages change by themselves at their day, one after the other, once, and say how late they are."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.registration.actions.plans.change_stages import MOST, change_stages
from services.registration.rules.day_count import begins_at, stage_spans
from services.registration.rules.plans.stage_change import Stage, changes_due
from shared.clock import SHANGHAI
from shared.contracts.registration.stages import HandoverRequested, StageChanged
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from tests.builders import A_VILLAGE
from tests.clocks import MovableClock
from tests.registration.plans.plan_rows import ENTRY, ZERO, Laid, lay_plan, rows, told
from tests.waiting import until

RELEASE = load_pack(PROJECT / "policies" / "chongqing-2021-winter").release
assert RELEASE is not None
RULE = RELEASE.handover
STAGES = [
    Stage(position, kind, first, last)
    for position, ((kind, _), (first, last)) in enumerate(
        zip(ENTRY, stage_spans(ZERO, [days for _, days in ENTRY]), strict=True)
    )
]


def day(number: int) -> date:
    return ZERO + timedelta(days=number)


def at(number: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """A wall time in Asia/Shanghai of a day of the count."""
    on = day(number)
    return datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.requirement("entry-14-7-7")
@pytest.mark.parametrize(
    ("position", "today", "changes"),
    [
        (0, 0, []),
        (0, 14, []),
        (0, 15, ["home-quarantine"]),
        (0, 21, ["home-quarantine"]),
        (0, 22, ["home-quarantine", "self-management"]),
        (0, 400, ["home-quarantine", "self-management"]),
        (1, 15, []),
        (1, 22, ["self-management"]),
        (2, 400, []),
        (7, 400, []),
    ],
)
def test_a_stage_begins_on_the_day_after_the_one_before_and_none_is_skipped(
    position: int, today: int, changes: list[str]
) -> None:
    due = changes_due(STAGES[::-1], position, day(today))
    assert [change.after.kind for change in due] == changes
    assert all(change.before.position + 1 == change.after.position for change in due)


async def stands_at(database: Database, laid: Laid) -> tuple[int, str, date, str]:
    (row,) = await rows(
        database,
        "SELECT stage, stage_kind, stage_last_day, stage_division FROM plan WHERE plan_id = $1",
        laid.plan_id,
    )
    return (row["stage"], row["stage_kind"], row["stage_last_day"], row["stage_division"])


@pytest.mark.requirement("entry-14-7-7")
@pytest.mark.parametrize(
    ("now", "kind", "late"),
    [
        (at(14, 23, 59, 59), "central-quarantine", None),
        (at(15), "home-quarantine", 0),
        (at(15, 0, 0, 2), "home-quarantine", 2),
        (at(18, 6), "home-quarantine", 3 * 86_400 + 6 * 3600),
    ],
)
async def test_a_stage_changes_at_midnight_and_says_how_late(
    database: Database, now: datetime, kind: str, late: int | None
) -> None:
    laid = await lay_plan(database)
    for _ in range(2):
        await change_stages(database, RULE, now=now)
    assert (await stands_at(database, laid))[1] == kind
    changed = [event for event in await told(database) if isinstance(event, StageChanged)]
    assert [event.late_seconds for event in changed] == ([] if late is None else [late])
    for event in changed:
        assert event.occurred_at == begins_at(day(15))
        assert (event.from_kind, event.to_kind, event.first_day) == (ENTRY[0][0], ENTRY[1][0], day(15))


async def test_what_was_missed_while_nobody_ran_happens_once_and_in_order(database: Database) -> None:
    laid = await lay_plan(database)
    await change_stages(database, RULE, now=at(40, 9))
    assert await stands_at(database, laid) == (2, "self-management", day(28), A_VILLAGE)
    events = await told(database)
    assert [event.to_kind for event in events if isinstance(event, StageChanged)] == [
        "home-quarantine",
        "self-management",
    ]
    assert [event.change_on for event in events if isinstance(event, HandoverRequested)] == [day(15)]
    assert (await change_stages(database, RULE, now=at(41))).plans == 0


async def test_a_plan_on_hold_does_not_go_on(database: Database) -> None:
    laid = await lay_plan(database)
    async with database.connection() as connection:
        await connection.execute("UPDATE plan SET held_since = now()")
    assert (await change_stages(database, RULE, now=at(15))).plans == 0
    async with database.connection() as connection:
        await connection.execute("UPDATE plan SET held_since = NULL")
    await change_stages(database, RULE, now=at(16))
    assert (await stands_at(database, laid))[1] == "home-quarantine"


async def test_several_processes_change_each_plan_once(database: Database) -> None:
    plans = [await lay_plan(database, (("home-monitoring", 14), ("self-management", 7))) for _ in range(60)]
    done = await asyncio.gather(*(change_stages(database, RULE, now=at(15)) for _ in range(6)))
    assert sum(one.plans for one in done) == len(plans) < MOST
    changed = await told(database)
    assert len({event.subject_id() for event in changed}) == len(changed) == len(plans)


@pytest.mark.requirement("entry-14-7-7")
async def test_the_service_changes_stages_by_the_worlds_clock(
    moving_town: httpx.AsyncClient, movable_clock: MovableClock, database: Database
) -> None:
    laid = await lay_plan(database)
    movable_clock.set(at(14, 23, 59, 59))

    async def asked_for() -> Any:
        return (await moving_town.get("/v1/handovers")).json()["items"]

    asked = await until(asked_for, what="the hand-over is asked for")
    assert (asked[0]["plan_id"], asked[0]["state"]) == (str(laid.plan_id), "requested")
    assert (await stands_at(database, laid))[1] == "central-quarantine"
    movable_clock.advance(timedelta(seconds=1))

    async def at_home() -> bool:
        return (await stands_at(database, laid))[1] == "home-quarantine"

    await until(at_home, what="the stage has changed")

    async def counted() -> bool:  # after the transaction that others see has ended
        figures = (await moving_town.get("/metrics")).text
        return 'registration_stage_change_late_seconds_bucket{le="1.0"} 1.0' in figures

    assert await until(counted, what="the change is counted, and in time")
