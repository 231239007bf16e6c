"""Facts taken in on a real database: once each, merged, announced, and safe to send in any way."""

import asyncio
import random
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_state import LISTED, State, state_of
from services.alerts.rules.clock_terms import FactKind
from services.alerts.storage.clock_records import ClockFilter, list_clocks
from tests.alerts.clocks.conftest import ClockRoom
from tests.alerts.clocks.facts import NOON, a_clock, a_fact, start, stop, the_pack, void

MINUTE = timedelta(minutes=1)
EVERYWHERE = ("", "~")


async def test_a_start_arms_a_clock_and_says_so(room: ClockRoom) -> None:
    await room.absorb([start()])
    (row,) = await room.rows("SELECT * FROM clock JOIN clock_timer USING (number)")
    assert row["started_at"] == NOON
    assert row["due_at"] == NOON + timedelta(hours=2)
    version = the_pack().version
    assert (row["owner"], row["rule_version"], row["next_step"]) == ("reporting-officer", version, 0)
    assert row["next_step_at"] == NOON
    assert await room.told() == ["alerts.clock-started"]


async def test_the_same_facts_again_store_and_announce_nothing(room: ClockRoom) -> None:
    facts = [start(), stop(NOON + MINUTE)]
    for batch in (facts, facts, facts[:1], [*facts, *facts]):
        await room.absorb(batch)
    assert len(await room.rows("SELECT * FROM clock_fact")) == 2
    assert await room.told() == ["alerts.clock-started", "alerts.clock-met"]


async def test_a_stop_that_arrives_first_is_kept_and_closes_the_clock_at_birth(room: ClockRoom) -> None:
    await room.absorb([stop(NOON + MINUTE)])
    assert await room.told() == []
    assert await _listed(room, None) == []
    await room.absorb([start()])
    assert await room.told() == ["alerts.clock-started", "alerts.clock-met"]
    assert await room.rows("SELECT * FROM clock_timer") == []
    assert await room.fire() == 0


async def test_a_stop_ends_the_remaining_steps_and_a_later_one_changes_nothing(room: ClockRoom) -> None:
    await room.absorb([start()])
    await room.fire()
    await room.absorb([stop(NOON + 30 * MINUTE)])
    await room.absorb([stop(NOON + 40 * MINUTE)])
    assert await room.fire(timedelta(hours=9)) == 0
    assert await room.told() == ["alerts.clock-started", "alerts.clock-met"]


async def test_what_was_done_in_time_and_arrived_late_is_met_and_history_keeps_the_breach(
    room: ClockRoom,
) -> None:
    await room.absorb([start()])
    await room.fire(timedelta(hours=3))
    await room.absorb([stop(NOON + 100 * MINUTE, received_at=room.clock.now())])
    (clock,) = await _listed(room, State.MET)
    assert clock == "sample-1"
    assert [kind for _, kind, _, _ in await room.steps()] == ["inform", "warn", "warn", "breach"]
    (event,) = await room.rows("SELECT body FROM outbox WHERE subject LIKE 'alerts.clock-met.%'")
    assert b'"late":false' in event["body"]
    (fact,) = await room.rows("SELECT * FROM clock_fact WHERE kind = 'stop'")
    assert (fact["occurred_at"], fact["received_at"]) == (NOON + 100 * MINUTE, NOON + timedelta(hours=3))


async def test_an_earlier_start_moves_the_timer_and_fires_nothing_again(room: ClockRoom) -> None:
    await room.absorb([start()])
    await room.fire()
    await room.absorb([start(NOON - 50 * MINUTE)])
    (row,) = await room.rows("SELECT * FROM clock JOIN clock_timer USING (number)")
    assert row["due_at"] == NOON + 70 * MINUTE
    assert (row["next_step"], row["next_step_at"]) == (1, NOON + 10 * MINUTE)
    assert await room.fire(10 * MINUTE) == 1
    assert [(index, due_at) for index, _, due_at, _ in await room.steps()] == [
        (0, NOON),
        (1, NOON + 10 * MINUTE),
    ]
    assert await room.told() == ["alerts.clock-started", "alerts.clock-started", "alerts.clock-warned"]


async def test_a_withdrawal_ends_the_clock_and_is_told_by_its_code(room: ClockRoom) -> None:
    await room.absorb([start()])
    await room.absorb([void(NOON + MINUTE)])
    assert await room.told() == ["alerts.clock-started", "alerts.clock-voided"]
    (event,) = await room.rows("SELECT body FROM outbox WHERE subject LIKE 'alerts.clock-voided.%'")
    assert b'"reason":"contamination"' in event["body"]
    assert await room.fire(timedelta(hours=9)) == 0


async def test_a_withdrawal_is_told_once_whatever_withdraws_the_clock_as_well(room: ClockRoom) -> None:
    first, second = (
        void(NOON + MINUTE, event_id=UUID(int=2)),
        void(NOON + MINUTE, event_id=UUID(int=1), event_type="reporting.case-withdrawn"),
    )
    await room.absorb([start()])
    await room.absorb([first])
    await room.absorb([second])
    assert await room.told() == ["alerts.clock-started", "alerts.clock-voided"]


async def test_a_withdrawn_clock_with_an_earlier_start_is_told_anew_and_withdrawn_last(
    room: ClockRoom,
) -> None:
    await room.absorb([start(), void(NOON + MINUTE)])
    await room.absorb([start(NOON - MINUTE)])
    assert await room.told() == ["alerts.clock-started", "alerts.clock-voided"] * 2
    ids = await room.rows("SELECT DISTINCT event_id FROM outbox")
    assert len(ids) == 4


async def test_facts_are_append_only(room: ClockRoom) -> None:
    await room.absorb([start()])
    for table in ("clock_fact", "policy_version"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await room.execute(f"DELETE FROM {table}")


async def test_many_processes_absorb_the_same_facts_in_any_order_at_once(room: ClockRoom) -> None:
    dice = random.Random(7)
    facts: list[Fact] = []
    for number in range(150):
        subject = f"sample-{number}"
        facts += [start(NOON + dice.randrange(60) * MINUTE, subject=subject) for _ in range(2)]
        facts += [
            stop(NOON + dice.randrange(200) * MINUTE, subject=subject) for _ in range(dice.randrange(3))
        ]

    async def one_process(seed: int) -> None:
        order = random.Random(seed).sample(facts, len(facts))
        for low in range(0, len(order), 60):
            await room.absorb(order[low : low + 60])

    await asyncio.gather(*(one_process(seed) for seed in range(4)))
    assert len(await room.rows("SELECT * FROM clock_fact")) == len(facts)
    for row in await room.rows(
        "SELECT clock.*, timer.next_step_at FROM clock LEFT JOIN clock_timer timer USING (number)"
    ):
        expected = a_clock([fact for fact in facts if fact.subject == row["subject"]])
        assert (row["started_at"], row["stopped_at"], row["due_at"], row["next_step_at"]) == (
            expected.started_at,
            expected.stopped_at,
            expected.due_at,
            expected.next_step_at,
        )


async def test_the_list_filters_by_the_states_that_the_rule_gives(room: ClockRoom) -> None:
    dice = random.Random(11)
    facts: list[Fact] = []
    for number in range(120):
        for kind, chance in ((FactKind.START, 0.9), (FactKind.STOP, 0.5), (FactKind.VOID, 0.15)):
            if dice.random() < chance:
                facts.append(
                    a_fact(kind, NOON + dice.randrange(-180, 240, 15) * MINUTE, subject=f"sample-{number}")
                )
    await room.absorb(facts)
    by_subject = {fact.subject: [one for one in facts if one.subject == fact.subject] for fact in facts}
    for minutes in (-30, 0, 60, 120, 121):
        room.clock.set(NOON + minutes * MINUTE)
        seen: set[str] = set()
        for state in LISTED:
            expected = {
                subject
                for subject, which in by_subject.items()
                if state_of(a_clock(which), room.clock.now()) is state
            }
            listed = set(await _listed(room, state))
            assert listed == expected
            seen |= listed
        assert seen == set(await _listed(room, None))


async def _listed(room: ClockRoom, state: State | None) -> list[str]:
    async with room.database.transaction() as connection:
        clocks = await list_clocks(
            connection, ClockFilter(EVERYWHERE, state=state), after=None, most=1000, now=room.clock.now()
        )
    return [clock.subject for clock in clocks]
