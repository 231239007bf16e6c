"""Versions of the policy on record: a changed one needs a new number, and running clocks keep theirs."""

from datetime import timedelta

import pytest

from services.alerts.actions.load_policy_versions import PolicyVersionRefused, load_policy_versions
from services.alerts.rules.clock_terms import Law
from tests.alerts.clocks.conftest import ClockRoom
from tests.alerts.clocks.facts import NOON, a_version, start, stop, the_pack

THIS = the_pack().version
NEXT = THIS + 1


async def test_a_version_is_stored_whole_and_read_back_as_it_was(room: ClockRoom) -> None:
    law = await load_policy_versions(room.database, the_pack(), now=NOON)
    assert list(law.packs) == [the_pack()]
    (row,) = await room.rows("SELECT * FROM policy_version")
    assert row["content_hash"] == the_pack().content_hash()


async def test_changed_content_under_the_same_version_refuses_to_start(room: ClockRoom) -> None:
    with pytest.raises(PolicyVersionRefused, match=rf"第 {THIS} 版.*raise version in pack.yaml"):
        await load_policy_versions(room.database, a_version(THIS, NOON), now=NOON)


async def test_going_back_to_an_older_version_refuses_to_start(room: ClockRoom) -> None:
    await load_policy_versions(room.database, a_version(NEXT, NOON), now=NOON)
    with pytest.raises(PolicyVersionRefused, match=f"cannot go back to version {THIS}"):
        await load_policy_versions(room.database, the_pack(), now=NOON)
    assert len(await room.rows("SELECT * FROM policy_version")) == 2


async def test_running_clocks_keep_the_version_that_bound_them(room: ClockRoom) -> None:
    await room.absorb([start()])
    law = await load_policy_versions(room.database, a_version(NEXT, NOON + timedelta(hours=1)), now=NOON)
    after = NOON + timedelta(hours=1)
    await room.absorb([start(after, subject="sample-2"), start(NOON - timedelta(minutes=5))], law=law)
    await room.absorb([stop(after, subject="sample-2"), stop(after)], law=law)
    first, second = await room.rows("SELECT * FROM clock ORDER BY subject")
    assert (first["rule_version"], first["due_at"]) == (THIS, NOON + timedelta(minutes=115))
    assert (second["rule_version"], second["due_at"]) == (NEXT, after + timedelta(hours=1))
    assert first["stopped_at"] == after
    assert second["stopped_at"] is None  # this version knows no such stop


async def test_a_process_under_an_older_law_looks_up_a_version_that_it_does_not_know(room: ClockRoom) -> None:
    law = await load_policy_versions(room.database, a_version(NEXT, NOON), now=NOON)
    await room.absorb([start()], law=law)
    await room.absorb([start(NOON - timedelta(minutes=1))], law=Law([the_pack()]))
    (clock,) = await room.rows("SELECT * FROM clock")
    assert (clock["rule_version"], clock["due_at"]) == (NEXT, NOON + timedelta(minutes=59))
