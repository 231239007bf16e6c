"""Steps fire once each, at once when they are late, whoever else fires and whatever dies."""

import asyncio
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

import asyncpg
import pytest

from services.alerts.actions.fire_due_steps import fire_due_steps
from services.alerts.rules.clock_steps import steps_due
from services.alerts.storage import clocks as storage
from services.alerts.storage.clocks import QUERIES
from shared.contracts.testing import SamplePositive
from shared.vocabulary import Method
from tests.alerts.clocks.conftest import ClockRoom, engine_on
from tests.alerts.clocks.facts import NOON, a_clock, start, stop
from tests.waiting import until

MINUTE = timedelta(minutes=1)


async def test_each_step_fires_at_its_moment_and_not_a_microsecond_before(room: ClockRoom) -> None:
    await room.absorb([start()])
    tick = timedelta(microseconds=1)
    for minutes, fired in ((0, 1), (60, 2), (90, 3), (120, 4)):
        if minutes:
            room.clock.set(NOON + minutes * MINUTE - tick)
            assert await room.fire() == 0
        room.clock.set(NOON + minutes * MINUTE)
        assert await room.fire() == 1
        assert await room.fire() == 0
        assert len(await room.steps()) == fired
    assert await room.told() == [
        "alerts.clock-started",
        "alerts.clock-warned",
        "alerts.clock-warned",
        "alerts.clock-breached",
    ]
    assert await room.rows("SELECT * FROM clock_timer") == []


async def test_what_fell_due_while_everything_was_down_fires_at_once_and_says_how_late(
    room: ClockRoom,
) -> None:
    await room.absorb([start()])
    assert await room.fire(timedelta(hours=3)) == 1
    assert await room.steps() == [
        (0, "inform", NOON, 10_800.0),
        (1, "warn", NOON + 60 * MINUTE, 7_200.0),
        (2, "warn", NOON + 90 * MINUTE, 5_400.0),
        (3, "breach", NOON + 120 * MINUTE, 3_600.0),
    ]
    (request,) = await room.rows("SELECT * FROM page_request")
    assert (request["occasion"], request["rung"], request["step_due_at"]) == (
        "breach",
        2,
        NOON + 120 * MINUTE,
    )
    assert (request["division"], request["composed_at"]) == ("500104102001", None)


async def test_sql_moves_exactly_the_steps_that_the_rule_names(room: ClockRoom) -> None:
    starts = [start(NOON - minutes * MINUTE, subject=f"sample-{minutes}") for minutes in range(0, 200, 7)]
    await room.absorb(starts)
    await room.fire()
    for fact in starts:
        clock = a_clock([fact])
        expected = steps_due(clock.step_instants, clock.step_kinds, 0, NOON)
        rows = await room.rows("SELECT * FROM clock_step WHERE clock_id = $1 ORDER BY step_index", clock.id)
        assert [(row["step_index"], row["kind"], row["due_at"], row["late_seconds"]) for row in rows] == [
            (step.index, step.kind, step.due_at, step.late_seconds) for step in expected
        ]


async def test_two_engines_at_once_fire_each_step_once(room: ClockRoom) -> None:
    await room.absorb([start(subject=f"sample-{number}") for number in range(1000)])
    await room.absorb([start(subject=f"other-{number}") for number in range(1000)])
    others = [engine_on(room.database, room.clock, room.law, room.woken)[0] for _ in range(2)]
    room.clock.advance(timedelta(hours=3))
    fired = await asyncio.gather(room.engine.fire_due(), *(other.fire_due() for other in others))
    assert sum(fired) == 2000
    assert len(await room.steps()) == 8000
    told = await room.told()
    assert (told.count("alerts.clock-breached"), told.count("alerts.clock-warned")) == (2000, 4000)
    assert len(await room.rows("SELECT DISTINCT event_id FROM outbox")) == len(told)
    assert len(await room.rows("SELECT * FROM page_request")) == 2000


async def test_a_process_that_dies_between_claim_and_commit_loses_nothing(
    room: ClockRoom, database_url: str
) -> None:
    await room.absorb([start()])
    room.clock.advance(timedelta(hours=3))
    now = room.clock.now()
    dying = await asyncpg.connect(database_url, server_settings={"search_path": "alerts"})
    try:
        await dying.execute("BEGIN")
        claimed = await storage.claim_due_timers(dying, now)
        assert len(await storage.fire_claimed(dying, claimed, now)) == 1
        assert await room.fire() == 0  # held by the other, and not waited for
    finally:
        dying.terminate()
    await until(room.fire)
    assert len(await room.steps()) == 4
    assert (await room.told()).count("alerts.clock-breached") == 1


async def test_a_clock_at_fault_is_set_aside_and_holds_nobody_up(room: ClockRoom) -> None:
    await room.absorb([start(subject=f"sample-{number}") for number in range(30)])
    (broken,) = await room.rows("SELECT id FROM clock WHERE subject = 'sample-7'")
    await room.execute(
        "INSERT INTO clock_step VALUES ($1, 0, 'inform', $2, $2, 0)", broken["id"], NOON
    )  # as if its first step had fired although its timer does not know
    assert await room.fire() == 29
    assert room.figure("alerts_clocks_set_aside_total") == 1
    (timer,) = await room.rows("SELECT * FROM clock_timer WHERE fault IS NOT NULL")
    assert timer["clock_id"] == broken["id"]
    assert timer["fault"].startswith("UniqueViolationError")
    assert timer["next_step_at"] == NOON + MINUTE
    assert await room.fire() == 0
    await room.execute("UPDATE clock_timer SET next_step = 1 WHERE clock_id = $1", broken["id"])
    assert await room.fire(timedelta(hours=1)) == 30
    assert await room.rows("SELECT * FROM clock_timer WHERE fault IS NOT NULL") == []


async def test_a_stop_and_a_firing_at_once_end_in_one_truth(room: ClockRoom) -> None:
    subjects = [f"sample-{number}" for number in range(300)]
    await room.absorb([start(subject=subject) for subject in subjects])
    room.clock.advance(timedelta(hours=3))
    stops = [stop(NOON + MINUTE, subject=subject) for subject in subjects]
    earlier = [start(NOON - MINUTE, subject=subject) for subject in subjects[::2]]
    await asyncio.gather(
        room.fire(),
        *(room.absorb([*stops[low : low + 30], *earlier[low : low + 30]]) for low in range(0, 300, 30)),
    )
    assert await room.rows("SELECT * FROM clock_timer") == []
    assert await room.fire() == 0
    open_ = await room.rows("SELECT * FROM clock WHERE stopped_at IS NULL")
    assert open_ == []


async def test_the_engine_sleeps_towards_the_next_step_and_wakes_when_it_is_armed(room: ClockRoom) -> None:
    assert await room.engine.turn() == pytest.approx(2.0)
    await room.absorb([start(NOON - 59 * MINUTE - timedelta(seconds=59.5))])
    await room.fire()
    assert await room.engine.turn() == pytest.approx(0.5)
    running = asyncio.create_task(room.engine.run())
    try:
        fired = "alerts_clock_steps_fired_total"
        before = room.figure(fired, kind="inform")
        await room.engine.take_in(_positive(room), uuid4())
        await until(lambda: room.figure(fired, kind="inform") == before + 1, seconds=1.5)
        assert room.woken.count("paging") >= 2
    finally:
        running.cancel()


async def test_the_claim_stays_on_the_index_after_a_burst(room: ClockRoom) -> None:
    for low in range(0, 5000, 1000):
        await room.absorb([start(subject=f"sample-{low + number}") for number in range(1000)])
    await room.execute("ANALYZE clock_timer")
    await room.execute("ANALYZE clock")
    await room.fire()  # all of them due at one instant, and moved
    claim = await _plan(room, "claim_due_timers", NOON)
    assert "clock_timer_by_next_step" in claim
    assert "Seq Scan" not in claim
    numbers = [row["number"] for row in await room.rows("SELECT number FROM clock_timer LIMIT 1000")]
    fire = await _plan(room, "fire_claimed", NOON, numbers)
    assert "clock_timer_pkey" in fire
    assert "clock_pkey" in fire
    assert "Seq Scan" not in fire
    assert "Seq Scan" not in await _plan(room, "find_next_step_at")


async def _plan(room: ClockRoom, name: str, *values: object) -> str:
    """The plan for any values, on which a prepared statement settles."""
    async with room.database.transaction() as connection:
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE looked_at AS {QUERIES.sql(name)}")
        arguments = ", ".join(_literal(value) for value in values)
        execute = f"EXECUTE looked_at ({arguments})" if arguments else "EXECUTE looked_at"
        rows = await connection.fetch(f"EXPLAIN {execute}")
        await connection.execute("DEALLOCATE looked_at")
        return "\n".join(row[0] for row in rows)


def _literal(value: object) -> str:
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'"
    return "'{" + ",".join(str(item) for item in cast("list[int]", value)) + "}'"


async def test_every_query_can_be_prepared(room: ClockRoom) -> None:
    async with room.database.connection() as connection:
        for name in QUERIES.names():
            await connection.prepare(QUERIES.sql(name))


async def test_firing_waits_for_a_database_that_is_away(room: ClockRoom) -> None:
    await room.absorb([start()])
    room.database.pool.terminate()
    running = asyncio.create_task(room.engine.run())
    try:
        await until(lambda: room.figure("alerts_clock_duty_failures_total", duty="fire-steps") >= 1)
        assert not running.done()
    finally:
        running.cancel()


def _positive(room: ClockRoom) -> SamplePositive:
    now = room.clock.now()
    return SamplePositive(
        division="500104102001",
        occurred_at=now,
        recorded_at=now,
        sample_id=uuid4(),
        tube_code="T-1",
        institution="500104-cdc",
        method=Method.PCR,
        sampled_at=now,
    )


async def test_nothing_due_fires_nothing(room: ClockRoom) -> None:
    assert await fire_due_steps(room.database, now=room.clock.now()) == ()
