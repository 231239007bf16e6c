"""Who answered for somebody and who will from now on are both told, once, without a clock and a ladder."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.alerts.actions.give_notice import give_notice
from services.alerts.messages import load_catalogue
from services.alerts.rules.charge_notice import NoticeKind, notices_of
from services.alerts.rules.notice_text import PageNotice, write_short_notice
from shared.contracts import derived_id
from shared.contracts.registration import ChargeEnded
from shared.contracts.registration.care import responsible_id_of
from shared.policy.values import Text
from tests.alerts.paging.room import REGISTER, VILLAGE, Room
from tests.fakes.sms_gateway import REFUSES, SmsGateway

pytestmark = pytest.mark.requirement("five-to-one")

FORMER, NEXT = "grid-worker-1", "grid-worker-2"


def a_reassignment(room: Room, **changes: Any) -> ChargeEnded:
    values: dict[str, Any] = {
        "division": VILLAGE,
        "occurred_at": room.now,
        "recorded_at": room.now,
        "charge_id": uuid4(),
        "person_id": uuid4(),
        "role": "grid-worker",
        "responsible_id": responsible_id_of(FORMER),
        "reason_code": "reassigned",
        "successor_id": responsible_id_of(NEXT),
    }
    return ChargeEnded(**{**values, **changes})


async def give(room: Room, event: ChargeEnded) -> int:
    return await give_notice(room.database, REGISTER, event, now=room.now)


def test_the_mark_of_the_grid_gives_the_id_that_events_carry() -> None:
    assert responsible_id_of(FORMER) == derived_id("grid-staff", FORMER)


async def test_both_are_told_once_and_nothing_climbs(room: Room, gateway: SmsGateway) -> None:
    await room.person(FORMER, gateway.url("1"), division=VILLAGE)
    await room.person(NEXT, gateway.url("2"), division=VILLAGE)
    event = a_reassignment(room)
    assert await give(room, event) == 2
    assert await give(room, event) == 0, "delivered again by the bus"
    await room.deliver()
    room.clock.advance(timedelta(days=1))
    await room.climb()
    await room.deliver()
    (former,), (successor,) = gateway.to("1"), gateway.to("2")
    assert "您不再任网格员负责" in former.body
    assert "由您任网格员负责" in successor.body
    assert "Grid worker" in successor.body
    assert all(str(event.person_id) in one.body and "http" not in one.body for one in (former, successor))
    pages = {page.person_key: page for page in await room.pages()}
    assert {key: page.notice and page.notice.kind for key, page in pages.items()} == {
        FORMER: NoticeKind.CHARGE_ENDED,
        NEXT: NoticeKind.CHARGE_BEGUN,
    }
    assert [page.delivery for page in pages.values()] == ["accepted", "accepted"]
    assert (await room.whole(pages[NEXT])).items == []
    sent = await room.events("alerts.page-sent")
    assert len(sent) == 2
    assert all("王某" not in one["body"] for one in sent)
    assert (await room.acknowledge(pages[NEXT])).first, "an answer does no harm"


async def test_who_cannot_be_reached_is_on_record_and_holds_up_nobody(
    room: Room, gateway: SmsGateway
) -> None:
    gateway.behave("1", *[REFUSES] * 9)
    await room.person(FORMER, gateway.url("1"), division=VILLAGE)
    await room.person(NEXT, gateway.url("2"), division=VILLAGE)
    await give(room, a_reassignment(room))
    for _ in range(4):
        await room.deliver()
        room.clock.advance(timedelta(seconds=10))
    states = {page.person_key: page.delivery for page in await room.pages()}
    assert states == {FORMER: "exhausted", NEXT: "accepted"}
    await room.climb()
    assert len(await room.pages()) == 2, "nobody else is told instead"


async def test_only_people_of_the_roster_around_are_told_and_only_of_an_order(room: Room) -> None:
    await room.person(FORMER, division="500101001001")
    await room.person(NEXT, division=VILLAGE, working=False)
    assert await give(room, a_reassignment(room)) == 0, "another district's entry, and one that does not work"
    await room.person(NEXT, division="500000")
    assert await give(room, a_reassignment(room)) == 1, "kept above the village"
    assert await give(room, a_reassignment(room, successor_id=None)) == 0
    ended = a_reassignment(room, reason_code="management-ended")
    assert notices_of(ended, {FORMER: uuid4(), NEXT: uuid4()}) == []


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("limit", [20, 140, 500])
def test_a_short_notice_stays_within_its_channel(kind: NoticeKind, limit: int) -> None:
    told = PageNotice(kind, Text(zh="网格员", en="Grid worker"), str(UUID(int=1)), "建胜镇民胜村")
    for language in ("zh", "en"):
        text = write_short_notice(told, load_catalogue(), language, limit)
        assert len(text.body) <= limit
        assert str(UUID(int=1)) in text.body or limit == 20
