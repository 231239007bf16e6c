"""Pages reach their people through real channels, or it is on record that and why they did not."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from services.alerts.actions.claim_deliveries import Bounds, UnderWay, claim_deliveries
from services.alerts.actions.deliver_page import deliver_page
from services.alerts.actions.record_attempt import record_attempt, settle_lapsed_attempts
from services.alerts.gateways.pager import Pager
from services.alerts.rules.delivery_retry import AttemptState, Outcome
from services.alerts.storage.pages import StoredPage
from tests.alerts.paging.room import DISTRICT, MUNICIPALITY, QUICK, TOWNSHIP, VILLAGE, Room
from tests.fakes.sms_gateway import ACCEPTS, HANGS, HANGS_UP, REFUSES, SmsGateway
from tests.waiting import until

LEASE = timedelta(seconds=40)


async def paged(room: Room, *channels: str) -> StoredPage:
    """A page to somebody with these channels."""
    await room.on_duty("officer", "reporting-officer", VILLAGE, *channels)
    (page,) = await room.page(await room.clock_at())
    return page


async def ledger(room: Room, page: StoredPage) -> list[tuple[int, str]]:
    """Channel and outcome of each attempt."""
    whole = await room.whole(page)
    return [(one.channel_position, one.state) for one in whole.attempts]


async def state(room: Room, page: StoredPage) -> str | None:
    return (await room.whole(page)).page.delivery


async def test_a_page_is_handed_over_once(room: Room, gateway: SmsGateway) -> None:
    page = await paged(room, gateway.url("138"))
    await room.deliver()
    await room.deliver()
    (message,) = gateway.to("138")
    assert "https://duty.example/a/" in message.body
    assert await ledger(room, page) == [(0, "accepted")]
    assert await state(room, page) == "accepted"


async def test_the_log_is_a_channel(room: Room) -> None:
    page = await paged(room, "log:")
    await room.deliver()
    assert len(room.lines) == 1
    assert await state(room, page) == "accepted"


async def test_a_refusal_is_tried_again_then_the_next_channel(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("1", REFUSES)
    page = await paged(room, gateway.url("1"), gateway.url("2"))
    await room.deliver()
    room.clock.advance(timedelta(seconds=2) - timedelta(microseconds=1))
    await room.deliver()
    assert await ledger(room, page) == [(0, "rejected")]
    room.clock.advance(timedelta(microseconds=1))
    await room.deliver()
    room.clock.advance(timedelta(seconds=8))
    await room.deliver()
    assert await ledger(room, page) == [(0, "rejected")] * 3 + [(1, "accepted")]
    assert (len(gateway.to("1")), len(gateway.to("2"))) == (3, 1)


async def test_a_refusal_that_mends_itself_stays_on_its_channel(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("1", REFUSES, ACCEPTS)
    page = await paged(room, gateway.url("1"), gateway.url("2"))
    await room.deliver()
    room.clock.advance(timedelta(seconds=2))
    await room.deliver()
    assert await ledger(room, page) == [(0, "rejected"), (0, "accepted")]


@pytest.mark.parametrize("behaviour", [HANGS, HANGS_UP])
async def test_an_unknown_outcome_goes_to_the_next_channel_and_never_to_the_same(
    room: Room, gateway: SmsGateway, behaviour: Any
) -> None:
    gateway.behave("1", behaviour)
    page = await paged(room, gateway.url("1"), gateway.url("2"))
    await room.deliver()
    assert await ledger(room, page) == [(0, "unknown"), (1, "accepted")]
    assert (len(gateway.to("1")), len(gateway.to("2"))) == (1, 1)


async def test_who_was_certainly_not_reached_makes_the_ladder_climb_at_once(
    room: Room, gateway: SmsGateway
) -> None:
    gateway.behave("1", REFUSES)
    await room.on_duty("town", "duty-leader", TOWNSHIP)
    page = await paged(room, gateway.url("1"))
    for wait in (0, 2, 8):
        room.clock.advance(timedelta(seconds=wait))
        await room.deliver()
    assert await state(room, page) == "exhausted"
    await room.climb()
    assert await room.paged() == ["officer", "town"]


async def test_who_may_have_been_reached_gets_the_ordinary_wait(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("1", HANGS_UP)
    await room.on_duty("town", "duty-leader", TOWNSHIP)
    page = await paged(room, gateway.url("1"))
    await room.deliver()
    assert await state(room, page) == "unknown"
    await room.climb()
    assert await room.paged() == ["officer"]
    room.clock.advance(timedelta(minutes=5))
    await room.climb()
    assert await room.paged() == ["officer", "town"]


async def test_a_colleague_on_the_rung_who_was_reached_keeps_the_ladder_still(
    room: Room, gateway: SmsGateway
) -> None:
    gateway.behave("1", REFUSES)
    await room.on_duty("town", "duty-leader", TOWNSHIP)
    await room.on_duty("colleague", "reporting-officer", VILLAGE, gateway.url("2"))
    await room.on_duty("officer", "reporting-officer", VILLAGE, gateway.url("1"))
    await room.page(await room.clock_at())
    for wait in (0, 2, 8):
        room.clock.advance(timedelta(seconds=wait))
        await room.deliver()
    await room.climb()
    assert sorted(await room.paged()) == ["colleague", "officer"]


async def test_when_both_on_a_rung_are_unreachable_it_climbs_once(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("1", REFUSES)
    await room.on_duty("town", "duty-leader", TOWNSHIP)
    await room.on_duty("a", "reporting-officer", VILLAGE, gateway.url("1"))
    await room.on_duty("b", "reporting-officer", VILLAGE, gateway.url("1"))
    await room.page(await room.clock_at())
    for wait in (0, 2, 8):
        room.clock.advance(timedelta(seconds=wait))
        await room.deliver()
    await room.climb()
    await room.climb()
    assert sorted(await room.paged()) == ["a", "b", "town"]


async def test_an_unreachable_last_rung_repeats_without_a_storm(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("1", REFUSES)
    await room.on_duty("city", "duty-leader", MUNICIPALITY, gateway.url("1"))
    await room.page(await room.clock_at(), rung=4)
    for wait in (0, 2, 8):
        room.clock.advance(timedelta(seconds=wait))
        await room.deliver()
        await room.climb()
    assert await room.paged() == ["city"]
    room.clock.advance(timedelta(minutes=10))
    await room.climb()
    assert await room.paged() == ["city", "city"]


async def test_an_unreachable_recipient_silences_nobody_after_them(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("dead", HANGS)
    await room.on_duty("a", "reporting-officer", VILLAGE, "json://127.0.0.1:1/x")
    await room.on_duty("b", "reporting-officer", VILLAGE, gateway.url("dead"))
    await room.on_duty("c", "reporting-officer", VILLAGE)
    async with room.database.connection() as connection:  # a seal that nobody can open any more
        await connection.execute("UPDATE duty_channel SET sealed = '\\x01' WHERE kind = 'log'")
    await room.on_duty("d", "reporting-officer", VILLAGE, gateway.url("alive"))
    await room.page(await room.clock_at())
    await room.deliver()
    assert len(gateway.to("alive")) == 1
    attempts = await room.rows("SELECT state, reason FROM delivery_attempt ORDER BY reason")
    assert sorted(row["state"] for row in attempts) == ["accepted", "rejected", "rejected", "unknown"]
    assert "not sent (Unsealable)" in [row["reason"] for row in attempts]


async def test_a_gateway_that_hangs_delays_its_own_messages_only(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("slow", HANGS)
    slow = Room(room.database, room.clock, pager=Pager(timeout_seconds=30))
    for number in range(20):
        await slow.on_duty(f"slow-{number}", "reporting-officer", VILLAGE, gateway.url("slow"))
    await slow.on_duty(
        "quick", "reporting-officer", VILLAGE, gateway.url("quick").replace("127.0.0.1", "localhost")
    )
    await slow.page(await slow.clock_at())
    async with room.database.connection() as connection:  # the quick one stands last in line
        await connection.execute(
            "UPDATE delivery SET next_attempt_at = $1 WHERE person_id = "
            "(SELECT id FROM duty_person WHERE key = 'quick')",
            slow.now + timedelta(microseconds=1),
        )
    slow.clock.advance(timedelta(seconds=1))
    for _ in range(3):
        await slow.paging.duties.deliver_once()
    await until(lambda: gateway.to("quick"), what="the message through the other gateway")
    assert slow.paging.duties.sending >= 16
    await gateway.stop()
    await slow.paging.duties.finish_sending()


async def test_a_person_without_any_channel_left_is_passed_over_at_once(room: Room) -> None:
    await room.on_duty("town", "duty-leader", TOWNSHIP)
    page = await paged(room, "log:")
    async with room.database.connection() as connection:
        await connection.execute("DELETE FROM duty_channel WHERE person_id = $1", page.person_id)
    await room.deliver()
    assert await state(room, page) == "exhausted"
    await room.climb()
    assert await room.paged() == ["officer", "town"]


async def test_an_answer_ends_the_tries(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("1", REFUSES)
    page = await paged(room, gateway.url("1"))
    await room.deliver()
    await room.acknowledge(page)
    room.clock.advance(timedelta(seconds=2))
    await room.deliver()
    assert await state(room, page) == "cancelled"
    assert len(gateway.to("1")) == 1


async def test_an_answer_while_a_try_is_under_way_ends_the_tries(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("1", REFUSES)
    page = await paged(room, gateway.url("1"))
    tools = room.tools
    batch = await claim_deliveries(
        room.database,
        room.law,
        now=room.now,
        lease_until=room.now + LEASE,
        under_way=UnderWay(),
        bounds=Bounds(),
    )
    await room.acknowledge(page)
    await deliver_page(tools, batch.claimed[0])
    assert await state(room, page) == "cancelled"


async def claim(room: Room) -> Any:
    batch = await claim_deliveries(
        room.database,
        room.law,
        now=room.now,
        lease_until=room.now + LEASE,
        under_way=UnderWay(),
        bounds=Bounds(),
    )
    return batch.claimed


async def test_a_crash_between_start_and_record_never_pages_twice_on_a_channel(
    room: Room, gateway: SmsGateway
) -> None:
    page = await paged(room, gateway.url("1"), gateway.url("2"))
    (claimed,) = await claim(room)  # and the process dies while it sends
    await room.deliver()
    assert gateway.received == []
    assert await ledger(room, page) == [(0, "pending")]
    room.clock.advance(LEASE - timedelta(microseconds=1))
    assert await settle_lapsed_attempts(room.database, room.law, now=room.now, waits=QUICK) == 0
    room.clock.advance(timedelta(microseconds=1))
    assert await settle_lapsed_attempts(room.database, room.law, now=room.now, waits=QUICK) == 1
    await room.deliver()
    assert await ledger(room, page) == [(0, "unknown"), (1, "accepted")]
    assert (gateway.to("1"), len(gateway.to("2"))) == ([], 1)
    assert claimed.attempt.number == 1


async def test_an_outcome_that_comes_after_its_lease_corrects_the_ledger(
    room: Room, gateway: SmsGateway
) -> None:
    page = await paged(room, gateway.url("1"), gateway.url("2"))
    (claimed,) = await claim(room)
    room.clock.advance(LEASE)
    await settle_lapsed_attempts(room.database, room.law, now=room.now, waits=QUICK)
    await deliver_page(room.tools, claimed)
    await room.deliver()
    assert await ledger(room, page) == [(0, "accepted")]
    assert await state(room, page) == "accepted"
    assert len(gateway.received) == 1


async def test_processes_that_deliver_at_once_share_the_work(room: Room, gateway: SmsGateway) -> None:
    others = [Room(room.database, room.clock) for _ in range(3)]
    for number in range(30):
        await room.on_duty(f"p-{number}", "reporting-officer", VILLAGE, gateway.url(f"n-{number}"))
    await room.page(await room.clock_at())
    await asyncio.gather(*(one.deliver() for one in [room, *others]))
    assert sorted(message.path for message in gateway.received) == sorted(
        f"/n-{number}" for number in range(30)
    )


async def test_what_is_recorded_twice_counts_once(room: Room, gateway: SmsGateway) -> None:
    page = await paged(room, gateway.url("1"))
    await room.deliver()
    late = Outcome(AttemptState.REJECTED, "late")
    assert await record_attempt(room.database, room.law, page.id, 1, late, now=room.now, waits=QUICK) is None
    assert await ledger(room, page) == [(0, "accepted")]


async def test_addresses_are_sealed_and_never_in_the_ledger(room: Room, gateway: SmsGateway) -> None:
    gateway.behave("13800000000", REFUSES)
    url = gateway.url("13800000000") + "?+token=geheim"
    page = await paged(room, url)
    await room.deliver()
    dump = json.dumps(
        [
            *(await room.rows("SELECT * FROM delivery_attempt")),
            *(await room.rows("SELECT encode(sealed, 'escape') AS sealed, kind FROM duty_channel")),
            *(await room.rows("SELECT headers, convert_from(body, 'UTF8') AS body FROM outbox")),
        ],
        default=str,
    )
    assert "13800000000" not in dump
    assert "geheim" not in dump
    assert (await room.whole(page)).attempts[0].channel_kind == "json"


async def test_text_messages_are_short_and_keep_their_link(room: Room, gateway: SmsGateway) -> None:
    await room.on_duty("leader", "duty-leader", DISTRICT, gateway.url("138", kind="sms+json"))
    clocks = await room.clocks([f"500104102{number:03d}" for number in range(1, 9)])
    await room.page(*clocks, occasion="breach", rung=3)
    await room.deliver()
    (message,) = gateway.to("138")
    assert len(message.body) <= 500
    assert message.body.rstrip().rpartition(" ")[2].startswith("https://duty.example/a/")
    assert "8 项" in message.body


async def test_pages_are_never_throttled(room: Room, gateway: SmsGateway) -> None:
    await room.on_duty("officer", "reporting-officer", VILLAGE, gateway.url("1"))
    for clock in await room.clocks([VILLAGE] * 12):
        await room.page(clock)
    await room.deliver()
    assert len(gateway.to("1")) == 12
