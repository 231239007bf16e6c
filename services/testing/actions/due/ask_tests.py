"""Ask for tests, and take them back, in either order; each may be told twice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.testing.actions.due import due_events
from services.testing.actions.due.settle_subjects import judge_doubles, settle_subjects
from services.testing.rules.due.asking import (
    Ask,
    Drop,
    asks_of_case,
    asks_of_site_round,
)
from services.testing.rules.due.law import DueLaw
from services.testing.storage import due_tests, rounds
from services.testing.storage.rounds import Round
from shared import outbox
from shared.contracts.registration import SiteRoundDue
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.day_count import day_of
from shared.postgres import Connection, Database


async def ask_tests(database: Database, asks: Sequence[Ask], *, now: datetime) -> set[UUID]:
    """Store tests that are asked for (town §9), and return those that are new; what is due at once is told.

    Samples that came before are looked for by the duty `meet-samples`.
    """
    async with database.transaction() as connection:
        return await ask_in(connection, asks, now)


async def ask_in(connection: Connection, asks: Sequence[Ask], now: datetime) -> set[UUID]:
    """Do the same in the caller's transaction."""
    latest: dict[UUID, Ask] = {}
    for one in sorted(asks, key=lambda one: one.told_at):
        latest[one.due_id] = one
    await due_tests.lock_series(connection, {one.series for one in asks})
    gone = await due_tests.dropped_series(connection, {one.series for one in asks})
    standing = [one for one in latest.values() if one.series not in gone or gone[one.series] < one.told_at]
    new = await due_tests.ask(connection, standing, now)
    at_once = [one for one in standing if one.due_id in new and one.at_once]
    named = {one.subject_id for one in at_once if one.subject_id is not None}
    if named:
        doubles = await judge_doubles(connection, named, now=now)
        at_once = [one for one in at_once if one.due_id not in doubles]
    if at_once:
        await due_tests.mark_opened(connection, [one.due_id for one in at_once], now)
        await outbox.put(connection, [due_events.demanded(one, now) for one in at_once], now=now)
    return new


async def drop_tests(database: Database, drops: Sequence[Drop], *, now: datetime) -> set[UUID]:
    """Take tests back and return those that this changed; one may be told of before its test is there."""
    async with database.transaction() as connection:
        return await drop_in(connection, drops, now)


async def drop_in(connection: Connection, drops: Sequence[Drop], now: datetime) -> set[UUID]:
    """Do the same in the caller's transaction."""
    latest: dict[UUID, Drop] = {}
    for one in sorted(drops, key=lambda one: one.dropped_at):
        latest[one.due_id] = one
    dropped = await due_tests.drop(connection, list(latest.values()), now)
    told = [due_events.dropped(one, now) for one in dropped if one.was_open]
    await outbox.put(connection, told, now=now)
    gone = {one.due_id for one in dropped}
    if doubled := await due_tests.doubled_subjects(connection, gone):
        await settle_subjects(connection, doubled, now=now)  # what was their double is due by itself
    return gone


async def ask_of_case(database: Database, event: CaseOpened, law: DueLaw, *, now: datetime) -> int:
    """Ask for the tests of everybody on record near a case, and return how many those are (town §17)."""
    async with database.transaction() as connection:
        people = await due_tests.concerned_by(connection, event.sample_id, day_of(event.occurred_at))
        if not people:
            return 0
        return len(await ask_in(connection, asks_of_case(event, people, law), now))


async def drop_of_case(database: Database, event: CaseWithdrawn, *, now: datetime) -> None:
    """Ask for nothing any more because of a case that was withdrawn; it may be told before the case is."""
    async with database.transaction() as connection:
        await due_tests.lock_series(connection, {event.case_id})
        drops = await due_tests.drop_series(connection, event.case_id, event.occurred_at)
        if drops:
            await drop_in(connection, drops, now)


async def ask_of_site_round(database: Database, event: SiteRoundDue, law: DueLaw, *, now: datetime) -> None:
    """Ask for the round of a quarantine site (town §11, city §14): people, and points of its environment."""
    asks = asks_of_site_round(event, law)
    async with database.transaction() as connection:
        await ask_in(connection, asks, now)
        await rounds.keep(
            connection,
            [Round(one.series, one.division, one.category, one.place, one.due_on) for one in asks],
        )
