"""Requests become pages: one for each person, found at the moment of the step, whatever fails beside it."""

import asyncio
import json
from datetime import timedelta

import pytest

from services.alerts.actions.compose_pages import compose_pages
from services.alerts.rules.page_law import PageLaw
from tests.alerts.paging.room import (
    DISTRICT,
    LAW,
    MUNICIPALITY,
    OTHER_VILLAGE,
    PATIENCE,
    REGISTER,
    TOWNSHIP,
    VILLAGE,
    Room,
)
from tests.waiting import until

ARM = """
INSERT INTO clock_timer (number, clock_id, next_step_at, armed_at, next_step)
SELECT number, id, $2, started_at, 0 FROM clock WHERE id = $1
"""


async def test_a_request_pages_who_is_on_duty(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", VILLAGE)
    clock = await room.clock_at()
    (page,) = await room.page(clock)
    whole = await room.whole(page)
    assert (page.person_key, page.division, page.items) == ("officer", VILLAGE, 1)
    assert [(one.item.rung, one.item.found_in) for one in whole.items] == [(1, VILLAGE)]
    (event,) = await room.events("alerts.page-sent")
    assert json.loads(event["body"])["clock_ids"] == [str(clock)]
    assert "officer" not in event["body"]
    assert "王" not in event["body"]


async def test_nothing_waiting_is_no_work(room: Room) -> None:
    composed = await room.compose()
    assert (composed.requests, composed.oldest_left) == (0, None)


async def test_the_post_is_looked_for_above_the_unit(room: Room) -> None:
    await room.on_duty("district-officer", "reporting-officer", DISTRICT)
    (page,) = await room.page(await room.clock_at())
    assert (page.person_key, page.division) == ("district-officer", VILLAGE)
    assert (await room.whole(page)).items[0].item.found_in == DISTRICT


async def test_the_nearest_holder_is_paged(room: Room) -> None:
    await room.on_duty("far", "reporting-officer", DISTRICT)
    await room.on_duty("near", "reporting-officer", TOWNSHIP)
    await room.page(await room.clock_at())
    assert await room.paged() == ["near"]


async def test_everybody_of_overlapping_shifts_is_paged(room: Room) -> None:
    await room.on_duty("a", "reporting-officer", VILLAGE)
    await room.on_duty("b", "reporting-officer", VILLAGE)
    await room.page(await room.clock_at())
    assert sorted(await room.paged()) == ["a", "b"]


async def test_at_the_change_of_shifts_the_next_one_is_on_duty(room: Room) -> None:
    await room.person("early")
    await room.person("late")
    await room.shift("early", "reporting-officer", VILLAGE, begin=room.now - timedelta(hours=8), hours=8)
    await room.shift("late", "reporting-officer", VILLAGE, begin=room.now, hours=8)
    await room.page(await room.clock_at())
    assert await room.paged() == ["late"]


async def test_who_is_on_duty_is_decided_when_the_page_is_composed(room: Room) -> None:
    await room.on_duty("first", "reporting-officer", VILLAGE)
    clock = await room.clock_at()
    await room.request(clock)
    await room.person("second")
    await room.shift("second", "reporting-officer", VILLAGE)
    (first_shift,) = await room.rows(
        "SELECT s.id FROM duty_shift s JOIN duty_person p ON p.id = s.person_id WHERE p.key = 'first'"
    )
    async with room.database.connection() as connection:
        await connection.execute("DELETE FROM duty_shift WHERE id = $1", first_shift["id"])
    await room.compose()
    assert await room.paged() == ["second"]


@pytest.mark.parametrize(("channels", "working"), [((), True), (("log:",), False)])
async def test_a_contact_that_does_not_work_is_as_nobody(
    room: Room, channels: tuple[str, ...], working: bool
) -> None:
    await room.person("reachable")
    await room.shift("reachable", "reporting-officer", DISTRICT)
    await room.person("silent", working=working)
    await room.shift("silent", "reporting-officer", VILLAGE)
    if not channels:
        async with room.database.connection() as connection:
            await connection.execute(
                "DELETE FROM duty_channel USING duty_person p WHERE p.id = person_id AND p.key = 'silent'"
            )
    await room.page(await room.clock_at())
    assert await room.paged() == ["reachable"]


@pytest.mark.requirement("duty-24h")
async def test_an_empty_rung_is_skipped_at_once_and_is_an_alarm(room: Room) -> None:
    await room.on_duty("leader", "duty-leader", TOWNSHIP)
    clock = await room.clock_at()
    (page,) = await room.page(clock)
    assert page.person_key == "leader"
    assert (await room.whole(page)).items[0].item.rung == 2
    (gap,) = await room.rows("SELECT * FROM duty_gap")
    assert (gap["post"], gap["division"], gap["rung"], gap["clocks"]) == ("reporting-officer", DISTRICT, 1, 1)
    (event,) = await room.events("alerts.duty-gap")
    assert json.loads(event["body"])["post"] == "reporting-officer"


async def test_a_gap_is_one_alarm_however_many_clocks_run_into_it(room: Room) -> None:
    await room.on_duty("leader", "duty-leader", DISTRICT)
    clocks = await room.clocks([VILLAGE, OTHER_VILLAGE, TOWNSHIP])
    await room.page(*clocks)
    room.clock.advance(timedelta(minutes=1))
    await room.page(*clocks, occasion="warn")
    (gap,) = await room.rows("SELECT * FROM duty_gap")
    assert gap["clocks"] == 6
    assert len(await room.events("alerts.duty-gap")) == 1


async def test_when_all_rungs_are_empty_the_clock_is_not_lost(room: Room) -> None:
    clock = await room.clock_at()
    assert await room.page(clock) == []
    gaps = await room.rows("SELECT post, division FROM duty_gap ORDER BY post, division")
    assert [(gap["post"], gap["division"]) for gap in gaps] == [
        ("duty-leader", MUNICIPALITY),
        ("duty-leader", DISTRICT),
        ("reporting-officer", DISTRICT),
    ]
    await room.on_duty("officer", "reporting-officer", VILLAGE)
    room.clock.advance(timedelta(minutes=10) - timedelta(microseconds=1))
    await room.climb()
    assert await room.paged() == []
    room.clock.advance(timedelta(microseconds=1))
    await room.climb()
    assert await room.paged() == ["officer"]


async def test_one_page_for_one_person_at_one_moment(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", DISTRICT)
    clocks = await room.clocks([VILLAGE, OTHER_VILLAGE, "500104001001"])
    (page,) = await room.page(*clocks)
    assert (page.items, page.division) == (3, DISTRICT)


async def test_a_page_is_headed_by_its_gravest_occasion(room: Room) -> None:
    await room.on_duty("leader", "duty-leader", MUNICIPALITY)
    first, second = await room.clocks([VILLAGE, OTHER_VILLAGE])
    await room.request(first, occasion="inform")
    (page,) = await room.page(second, occasion="breach", rung=2)
    assert page.occasion == "breach"


async def test_a_moment_waits_until_it_is_complete(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", DISTRICT)
    first, second = await room.clocks([VILLAGE, OTHER_VILLAGE])
    moment = room.now
    async with room.database.connection() as connection:
        await connection.execute(ARM, second, moment)
    await room.request(first, step_due_at=moment)
    assert (await room.compose()).oldest_left == moment
    assert await room.pages() == []
    async with room.database.connection() as connection:
        await connection.execute("DELETE FROM clock_timer")
    (page,) = await room.page(second, step_due_at=moment)
    assert page.items == 2


async def test_a_moment_that_never_completes_holds_nobody_back_for_long(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", DISTRICT)
    first, stuck = await room.clocks([VILLAGE, OTHER_VILLAGE])
    async with room.database.connection() as connection:
        await connection.execute(ARM, stuck, room.now)
    await room.request(first)
    room.clock.advance(PATIENCE - timedelta(microseconds=1))
    await room.compose()
    assert await room.pages() == []
    room.clock.advance(timedelta(microseconds=1))
    await room.compose()
    assert await room.paged() == ["officer"]


async def test_other_instants_that_have_not_fired_hold_nobody_back(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", DISTRICT)
    first, late = await room.clocks([VILLAGE, OTHER_VILLAGE])
    async with room.database.connection() as connection:
        await connection.execute(ARM, late, room.now - timedelta(seconds=1))
    assert len(await room.page(first)) == 1


async def test_a_clock_that_was_closed_meanwhile_pages_nobody(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", VILLAGE)
    clock = await room.clock_at()
    await room.request(clock)
    await room.close_clock(clock)
    assert (await room.compose()).requests == 1
    assert await room.pages() == []
    assert (await room.compose()).requests == 0


async def test_a_request_that_fails_silences_nobody_and_stays(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", MUNICIPALITY)
    good, bad = await room.clock_at(), await room.clock_at(rule="no-such-rule")
    abroad = await room.clock_at("110101")
    await room.request(bad, abroad, good)
    composed = await room.compose()
    assert composed.failures == 2
    assert composed.oldest_left is not None
    (page,) = await room.pages()
    assert [one.item.clock_id for one in (await room.whole(page)).items] == [good]


async def test_a_division_that_was_dissolved_is_answered_for_by_the_one_above(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", TOWNSHIP)
    (page,) = await room.page(await room.clock_at(TOWNSHIP + "999"))
    assert (page.person_key, page.division) == ("officer", TOWNSHIP)


async def test_a_version_of_the_law_not_loaded_here_is_stood_in_for(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", VILLAGE)
    clock = await room.clock_at()
    async with room.database.connection() as connection:
        await connection.execute("UPDATE clock SET rule_version = 7")
    assert len(await room.page(clock)) == 1


async def test_an_aborted_composition_leaves_everything_to_be_composed_again(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", VILLAGE)
    await room.request(await room.clock_at())
    composing = asyncio.create_task(room.compose())
    async with room.database.transaction() as connection:  # holds the composition up before its commit
        await connection.execute("LOCK TABLE outbox IN SHARE MODE")
        await until(lambda: _waits_for_a_lock(room), what="a composition that is held up")
        composing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await composing
    assert await room.pages() == []
    await room.compose()
    assert await room.paged() == ["officer"]


async def _waits_for_a_lock(room: Room) -> bool:
    return bool(await room.rows("SELECT FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass"))


async def test_processes_that_compose_at_once_page_once(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", DISTRICT)
    await room.request(*await room.clocks([VILLAGE] * 50))
    composed = await asyncio.gather(*(room.compose() for _ in range(4)))
    assert sorted(sum(one.pages.values()) for one in composed) == [0, 0, 0, 1]
    (page,) = await room.pages()
    assert page.items == 50


@pytest.mark.requirement("daily-report")
async def test_at_17_with_every_unit_missing_each_leader_gets_one_page(room: Room) -> None:
    districts = [unit.code for unit in REGISTER.units() if unit.level == "district"]
    for code in districts:
        await room.on_duty(f"leader-{code}", "duty-leader", code)
    await room.on_duty("leader-top", "duty-leader", MUNICIPALITY)
    units = [unit.code for unit in REGISTER.units()]
    clocks = await room.clocks(units, rule="daily-report", due_in=timedelta(0))
    await room.request(*clocks, occasion="breach", rung=2)
    composed = await compose_pages(room.database, REGISTER, PageLaw(LAW), now=room.now, patience=PATIENCE)
    assert (composed.requests, composed.clocks, composed.failures) == (len(units), len(units), 0)
    assert sorted(await room.paged()) == sorted([f"leader-{code}" for code in districts] + ["leader-top"])
    assert len(await room.rows("SELECT FROM climb WHERE next_at IS NOT NULL")) == len(units)
