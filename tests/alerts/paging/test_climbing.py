"""Unanswered pages climb the ladder; an answer holds them for a while; nothing holds a share or a breach."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services.alerts.actions.climb_ladders import climb_ladders
from services.alerts.storage import pages
from services.alerts.storage.pages import StoredPage
from tests.alerts.paging.room import DISTRICT, MUNICIPALITY, OTHER_VILLAGE, TOWNSHIP, VILLAGE, Room

JUST = timedelta(microseconds=1)
FIRST_WAIT = timedelta(minutes=5)
SECOND_WAIT = timedelta(minutes=5)
THIRD_WAIT = timedelta(minutes=10)
REPEAT = timedelta(minutes=10)
HOLDS = timedelta(minutes=30)
MANY_CLIMBS = """
INSERT INTO climb (clock_id, occasion, step_due_at, next_rung, next_at)
SELECT gen_random_uuid(), 'breach', $1, 2, $1 FROM generate_series(1, $2)
"""


@pytest.fixture
async def staffed(room: Room) -> Room:
    """Somebody on every rung of the ladder for direct reports."""
    await room.on_duty("officer", "reporting-officer", VILLAGE)
    await room.on_duty("town", "duty-leader", TOWNSHIP)
    await room.on_duty("district", "duty-leader", DISTRICT)
    await room.on_duty("city", "duty-leader", MUNICIPALITY)
    return room


async def first_page(room: Room) -> tuple[UUID, StoredPage]:
    clock = await room.clock_at()
    (page,) = await room.page(clock)
    return clock, page


async def after(room: Room, span: timedelta) -> list[str]:
    """Who has been paged in all, `span` later."""
    room.clock.advance(span)
    await room.climb()
    return await room.paged()


async def test_each_rung_waits_its_time_and_the_last_repeats(staffed: Room) -> None:
    await first_page(staffed)
    assert await after(staffed, FIRST_WAIT - JUST) == ["officer"]
    assert await after(staffed, JUST) == ["officer", "town"]
    assert await after(staffed, SECOND_WAIT - JUST) == ["officer", "town"]
    assert await after(staffed, JUST) == ["officer", "town", "district"]
    assert await after(staffed, THIRD_WAIT - JUST) == ["officer", "town", "district"]
    everybody = ["officer", "town", "district", "city"]
    assert await after(staffed, JUST) == everybody
    assert await after(staffed, REPEAT - JUST) == everybody
    assert await after(staffed, JUST) == [*everybody, "city"]
    assert await after(staffed, REPEAT) == [*everybody, "city", "city"]


async def test_what_fell_due_while_everything_was_down_climbs_one_rung(staffed: Room) -> None:
    await first_page(staffed)
    assert await after(staffed, timedelta(hours=3)) == ["officer", "town"]


async def test_a_closed_clock_ends_its_climb(staffed: Room) -> None:
    clock, _ = await first_page(staffed)
    await staffed.close_clock(clock)
    assert await after(staffed, FIRST_WAIT) == ["officer"]
    (climb,) = await staffed.rows("SELECT * FROM climb")
    assert climb["next_at"] is None


async def test_a_clock_closed_between_climbing_and_composing_pages_nobody(staffed: Room) -> None:
    clock, _ = await first_page(staffed)
    staffed.clock.advance(FIRST_WAIT)
    await staffed.request(clock, rung=2, step_due_at=staffed.now)
    await staffed.close_clock(clock)
    assert await after(staffed, timedelta(0)) == ["officer"]


async def test_a_voided_clock_ends_its_climb(staffed: Room) -> None:
    clock, _ = await first_page(staffed)
    async with staffed.database.connection() as connection:
        await connection.execute("UPDATE clock SET voided_at = $2 WHERE id = $1", clock, staffed.now)
    assert await after(staffed, FIRST_WAIT) == ["officer"]


async def test_an_acknowledgement_holds_the_climb_which_then_goes_on(staffed: Room) -> None:
    _, page = await first_page(staffed)
    staffed.clock.advance(timedelta(minutes=1))
    await staffed.acknowledge(page)
    assert await after(staffed, HOLDS - JUST) == ["officer"]
    assert await after(staffed, JUST) == ["officer", "town"]
    assert await after(staffed, SECOND_WAIT) == ["officer", "town", "district"]


async def test_a_deed_during_the_hold_ends_it(staffed: Room) -> None:
    clock, page = await first_page(staffed)
    await staffed.acknowledge(page)
    await staffed.close_clock(clock)
    assert await after(staffed, HOLDS) == ["officer"]


@pytest.mark.parametrize(("occasion", "rung", "paged"), [("warn", 1, "officer"), ("breach", 2, "town")])
async def test_shares_and_breach_page_through_a_hold_and_climb_anew(
    staffed: Room, occasion: str, rung: int, paged: str
) -> None:
    clock, page = await first_page(staffed)
    await staffed.acknowledge(page)
    staffed.clock.advance(timedelta(minutes=10))
    await staffed.page(clock, occasion=occasion, rung=rung)
    assert await staffed.paged() == ["officer", paged]
    following = {"officer": "town", "town": "district"}[paged]
    assert await after(staffed, FIRST_WAIT) == ["officer", paged, following]


async def test_a_new_step_ends_the_climb_of_the_one_before(staffed: Room) -> None:
    clock, _ = await first_page(staffed)
    staffed.clock.advance(FIRST_WAIT - JUST)
    await staffed.page(clock, occasion="breach", rung=2)
    assert await staffed.paged() == ["officer", "town"]
    assert await after(staffed, JUST) == ["officer", "town"]  # the wait of the former step is over
    assert await after(staffed, SECOND_WAIT - JUST) == ["officer", "town", "district"]


async def test_a_climb_and_a_new_step_of_one_moment_page_once(staffed: Room) -> None:
    clock, _ = await first_page(staffed)
    staffed.clock.advance(FIRST_WAIT)
    await staffed.request(clock, occasion="breach", rung=2)
    await staffed.climb()
    pages = await staffed.pages()
    assert [(page.person_key, page.occasion) for page in pages] == [("officer", "inform"), ("town", "breach")]


async def test_answering_an_old_page_is_no_answer_to_the_breach(staffed: Room) -> None:
    clock, page = await first_page(staffed)
    staffed.clock.advance(timedelta(minutes=2))
    await staffed.page(clock, occasion="breach", rung=2)
    await staffed.acknowledge(page)
    assert await after(staffed, SECOND_WAIT) == ["officer", "town", "district"]


async def test_answering_on_any_rung_holds_the_same_step(staffed: Room) -> None:
    _, page = await first_page(staffed)
    await after(staffed, FIRST_WAIT)
    await staffed.acknowledge(page)  # the officer, late; the leader has been paged
    assert await after(staffed, HOLDS - JUST) == ["officer", "town"]
    assert await after(staffed, JUST) == ["officer", "town", "district"]


async def test_an_answer_while_the_next_rung_is_asked_for_holds_it(staffed: Room) -> None:
    _, page = await first_page(staffed)
    staffed.clock.advance(FIRST_WAIT)
    await climb_ladders(staffed.database, now=staffed.now)
    await staffed.acknowledge(page)
    await staffed.compose()
    assert await after(staffed, HOLDS - JUST) == ["officer"]
    assert await after(staffed, JUST) == ["officer", "town"]


async def test_on_the_last_rung_an_answer_holds_the_repetition(staffed: Room) -> None:
    clock = await staffed.clock_at()
    (page,) = await staffed.page(clock, rung=4)
    await staffed.acknowledge(page)
    assert await after(staffed, HOLDS - JUST) == ["city"]
    assert await after(staffed, JUST) == ["city", "city"]


async def test_one_acknowledgement_covers_everything_on_the_page(staffed: Room) -> None:
    await staffed.on_duty("shared", "reporting-officer", OTHER_VILLAGE)
    await staffed.shift("shared", "reporting-officer", VILLAGE)
    clocks = await staffed.clocks([VILLAGE, OTHER_VILLAGE])
    pages = await staffed.page(*clocks)
    (both,) = [page for page in pages if page.person_key == "shared"]
    await staffed.acknowledge(both)
    assert both.items == 2
    assert len(await after(staffed, HOLDS - JUST)) == len(pages)


async def test_acknowledging_twice_or_late_is_harmless(staffed: Room) -> None:
    clock, page = await first_page(staffed)
    first = await staffed.acknowledge(page)
    held = await staffed.rows("SELECT * FROM climb")
    staffed.clock.advance(timedelta(minutes=1))
    again = await staffed.acknowledge(page)
    assert (first.first, again.first) == (True, False)
    assert again.acknowledged_at == first.acknowledged_at
    assert await staffed.rows("SELECT * FROM climb") == held
    assert len(await staffed.events("alerts.page-acknowledged")) == 1
    (other,) = await staffed.page(clock, occasion="warn")
    await staffed.close_clock(clock)
    assert (await staffed.acknowledge(other)).first


async def test_two_answers_at_once_are_one(staffed: Room) -> None:
    _, page = await first_page(staffed)
    done = await asyncio.gather(*(staffed.acknowledge(page) for _ in range(5)))
    assert sum(one.first for one in done) == 1
    assert len(await staffed.events("alerts.page-acknowledged")) == 1


async def test_a_step_that_only_informs_does_not_climb(room: Room) -> None:
    await room.on_duty("officer", "duty-officer", VILLAGE)
    await room.on_duty("town", "duty-leader", TOWNSHIP)
    await room.page(await room.clock_at(rule="return-registration"))
    assert await after(room, timedelta(hours=6)) == ["officer"]


async def test_processes_that_climb_at_once_climb_once(staffed: Room) -> None:
    clocks = await staffed.clocks([VILLAGE] * 40)
    await staffed.page(*clocks)
    staffed.clock.advance(FIRST_WAIT)
    await asyncio.gather(*(staffed.climb() for _ in range(4)))
    await staffed.climb()
    items = await staffed.rows("SELECT clock_id, count(*) AS times FROM page_item GROUP BY clock_id")
    assert {row["times"] for row in items} == {2}


async def test_clocks_without_anybody_on_duty_stand_in_a_line_of_their_own(room: Room) -> None:
    await room.on_duty("officer", "reporting-officer", VILLAGE)
    (nobody,) = await room.clocks([OTHER_VILLAGE])
    await room.request(nobody, rung=2)
    clock, _ = await first_page(room)
    room.clock.advance(REPEAT)

    climbed = await climb_ladders(room.database, now=room.now)
    assert (climbed.due, climbed.asked, climbed.full) == (1, 1, False)
    sought = await climb_ladders(room.database, now=room.now, nobody_found=True)
    assert (sought.due, sought.asked) == (1, 1)
    async with room.database.connection() as connection:
        asked = await connection.fetch(
            "SELECT clock_id FROM page_request WHERE composed_at IS NULL ORDER BY id"
        )
    assert [row["clock_id"] for row in asked] == [clock, nobody]


async def test_more_of_them_than_are_taken_at_once_are_said_to_be_left(room: Room) -> None:
    async with room.database.connection() as connection:
        await connection.execute(MANY_CLIMBS, room.now, pages.CLIMBS_TOGETHER + 1)
    taken = [await climb_ladders(room.database, now=room.now, nobody_found=True) for _ in range(2)]
    assert [(one.due, one.full) for one in taken] == [(pages.CLIMBS_TOGETHER, True), (1, False)]
