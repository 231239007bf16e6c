"""Judge how gatherings stand, and tell the others of what awaits a decision or is held without one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.registration.rules.places.gathering import (
    Decision,
    GatheringState,
    lacks_approval,
    state_of,
    unapproved_since,
)
from services.registration.storage import gatherings
from services.registration.storage.gatherings import StoredGathering
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration.places import GatheringAwaitsDecision, GatheringUnapproved
from shared.policy.key_places import Gatherings
from shared.postgres import Connection, Database

GATHERINGS_AT_ONCE = 500


async def judge_gatherings(
    connection: Connection,
    stored: Sequence[StoredGathering],
    law: Gatherings,
    *,
    now: datetime,
    restated: bool = False,
) -> list[StoredGathering]:
    """Judge gatherings within the caller's transaction, which has locked them, and return how they stand.

    `restated` when other facts hold than before: what awaits a decision is then told again.
    """
    decisions = await gatherings.decisions_of(connection, [one.id for one in stored])
    judged = [_judge(one, decisions.get(one.id, ()), law, now) for one in stored]
    await gatherings.update(connection, judged, now)
    events = [
        event
        for before, after in zip(stored, judged, strict=True)
        for event in _events(before, after, restated=restated)
    ]
    await outbox.put(connection, events, now=now)
    return judged


def _judge(
    stored: StoredGathering, decisions: Sequence[Decision], law: Gatherings, now: datetime
) -> StoredGathering:
    held = stored.gathering
    since = unapproved_since(held, decisions, law, now)
    will_begin_so = since is None and lacks_approval(held, decisions, law)
    return replace(
        stored,
        state=state_of(held, decisions, law),
        unapproved_since=since,
        next_look_at=held.begins_at if will_begin_so else None,
    )


def _events(before: StoredGathering, after: StoredGathering, *, restated: bool) -> list[Envelope]:
    """Return what the judgement tells the others."""
    held = after.gathering
    facts = {
        "division": held.division,
        "recorded_at": held.recorded_at,
        "gathering_id": held.id,
        "kind": held.facts.kind,
        "people": held.facts.people,
    }
    envelopes: list[Envelope] = []
    awaits = after.state is GatheringState.AWAITING
    if awaits and (restated or before.state is not after.state):
        event = GatheringAwaitsDecision.model_validate({**facts, "occurred_at": held.recorded_at})
        envelopes.append(envelop(event, id=derived_id(event.TYPE, held.id, held.statement_id)))
    since = after.unapproved_since
    if since is not None and since != before.unapproved_since:
        event = GatheringUnapproved.model_validate({**facts, "occurred_at": since})
        envelopes.append(envelop(event, id=derived_id(event.TYPE, held.id, held.statement_id, since)))
    return envelopes


async def judge_due_gatherings(database: Database, law: Gatherings, *, now: datetime) -> bool:
    """Judge the gatherings that begin without approval, some at a time; tell whether more may be waiting."""
    async with database.transaction() as connection:
        due = await gatherings.lock_due(connection, now=now, most=GATHERINGS_AT_ONCE)
        if due:
            await judge_gatherings(connection, due, law, now=now)
    return len(due) == GATHERINGS_AT_ONCE
