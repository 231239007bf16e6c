"""Take in facts about clocks: record them, merge them, arm what they start, close what they stop."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.alerts.rules.clock_events import announce_change
from services.alerts.rules.clock_merge import Fact, merge, unstarted
from services.alerts.rules.clock_state import Clock
from services.alerts.rules.clock_terms import Law
from services.alerts.storage import clocks as storage
from shared import outbox
from shared.contracts import Envelope
from shared.postgres import Connection, Database

MOST_FACTS = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """A clock before and after a merge."""

    before: Clock | None
    after: Clock


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What a batch of facts did."""

    changes: tuple[Change, ...]

    @property
    def next_step_at(self) -> datetime | None:
        """The earliest step that the batch armed; None when it armed none."""
        instants = [change.after.next_step_at for change in self.changes]
        return min((instant for instant in instants if instant is not None), default=None)


async def absorb_facts(database: Database, facts: Iterable[Fact], law: Law, *, now: datetime) -> Absorbed:
    """Store and merge up to a thousand facts in one transaction, with the events that follow from them.

    Facts that are on record already change nothing and announce nothing. Rows are written and locked in
    the order of their keys, so that two processes which absorb the same facts wait for each other rather
    than lock each other out. Raises Unavailable when the database is away; then nothing was stored.
    """
    async with database.transaction() as connection:
        return await absorb_in(connection, facts, law, now)


async def absorb_in(connection: Connection, facts: Iterable[Fact], law: Law, now: datetime) -> Absorbed:
    """Do the same within the caller's transaction."""
    ordered = sorted(facts, key=lambda fact: (fact.clock_id, fact.kind, fact.event_id))
    if not ordered:
        return Absorbed(())
    new = await storage.insert_facts(connection, ordered)
    changes = await _merge_new(connection, new, law, now)
    envelopes: list[Envelope] = []
    for change in changes:
        envelopes.extend(announce_change(change.before, change.after, now))
    await outbox.put(connection, envelopes, now=now)
    return Absorbed(tuple(changes))


async def _merge_new(connection: Connection, new: Sequence[Fact], law: Law, now: datetime) -> list[Change]:
    facts_by_clock: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in new:
        facts_by_clock[fact.clock_id].append(fact)
    born = [merge(unstarted(facts[0], law), facts, law) for facts in facts_by_clock.values()]
    inserted = await storage.insert_clocks(connection, born, now) if born else set[UUID]()
    changes = [Change(None, clock) for clock in born if clock.id in inserted]
    known = {id: facts for id, facts in facts_by_clock.items() if id not in inserted}
    if known:
        changes += await _merge_known(connection, known, law, now)
    return changes


async def _merge_known(
    connection: Connection, facts_by_clock: Mapping[UUID, Sequence[Fact]], law: Law, now: datetime
) -> list[Change]:
    locked, numbers = await storage.lock_clocks(connection, facts_by_clock)
    law = await _law_for(connection, locked.values(), law)
    waiting = [id for id, clock in locked.items() if clock.started_at is None]
    everything: dict[UUID, Sequence[Fact]] = dict(facts_by_clock)
    if waiting:
        stored: dict[UUID, list[Fact]] = defaultdict(list)
        for fact in await storage.list_facts(connection, waiting):
            stored[fact.clock_id].append(fact)
        everything.update(stored)
    changes = [Change(clock, merge(clock, everything[id], law)) for id, clock in locked.items()]
    changes = [change for change in changes if change.after != change.before]
    if changes:
        await storage.update_clocks(connection, [change.after for change in changes], numbers, now)
    return changes


async def _law_for(connection: Connection, clocks: Iterable[Clock], law: Law) -> Law:
    """Return the law, with versions that a newer process of this service has stored meanwhile."""
    if all(law.has(clock.rule_version) for clock in clocks):
        return law
    stored = await storage.list_policy_versions(connection, law.current.id)
    return Law([version.pack for version in stored])
