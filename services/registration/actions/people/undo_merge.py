"""Undo a merge: the record that ended stands for somebody of their own again."""

from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from services.registration.actions.plans.decide_plans import PARTED
from services.registration.actions.returns.reconcile_returns import reconcile_returns
from services.registration.rules.people.merging import DecisionKind, DecisionReason, Edge, SuspectState
from services.registration.rules.returns.return_law import ReturnLaw
from services.registration.storage import people as stored
from services.registration.storage import suspects
from services.registration.storage.suspects import Decision
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration import MergeUndone
from shared.errors import Conflict, NotFound
from shared.postgres import Connection, Database

NO_MERGE = "This decision is no merge, and only merges are undone; two people kept apart can be merged."
IN_USE = "Another record has the same identity document by now: correct or merge that one first."


async def undo_merge(
    database: Database,
    law: ReturnLaw,
    decision_id: UUID,
    reason: DecisionReason,
    *,
    bounds: tuple[str, str],
    decided_by: str,
    now: datetime,
) -> tuple[Decision, bool]:
    """Return the decision that undoes a merge, and whether it was made now; a repetition was not.

    What was merged into either record before or after stays with it. Pairs that the merge had settled are
    open again. Raises NotFound, and Conflict for what is no merge or can no longer stand alone.
    """
    async with database.transaction() as connection:
        await suspects.take_turn(connection)
        merge = await suspects.find_decision(connection, decision_id, bounds)
        if merge is None:
            raise NotFound("There is no such decision.")
        if merge.kind is not DecisionKind.MERGED:
            raise Conflict(NO_MERGE)
        edge = Edge(merge.person_id, merge.other_id)
        await stored.lock(connection, (edge.kept, edge.other))
        if (undone := await suspects.find_undoing(connection, merge.id)) is not None:
            return undone, False
        await _part(connection, edge, now)
        decision = Decision(
            id=uuid4(),
            kind=DecisionKind.UNDONE,
            person_id=edge.kept,
            other_id=edge.other,
            division=merge.division,
            reason=reason,
            decided_at=now,
            decided_by=decided_by,
            suspect_id=merge.suspect_id,
            undoes=merge.id,
        )
        await suspects.append_decision(connection, decision)
        event = MergeUndone(
            division=merge.division,
            occurred_at=now,
            recorded_at=now,
            person_id=edge.kept,
            merged_person_id=edge.other,
            decision_id=merge.id,
        )
        await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, merge.id))], now=now)
        await reconcile_returns(connection, [edge.kept, edge.other], law, now=now, cause=PARTED)
        return decision, True


async def _part(connection: Connection, edge: Edge, now: datetime) -> None:
    try:
        async with connection.transaction():
            await suspects.part(connection, edge, now)
    except asyncpg.UniqueViolationError:
        raise Conflict(IN_USE) from None
    survivors = await stored.resolve(connection, (edge.kept, edge.other))
    kept, other = survivors[edge.kept], survivors[edge.other]
    same = await stored.merged_into(connection, (kept, other))
    await suspects.settle_between(
        connection,
        same[kept],
        same[other],
        before=SuspectState.MERGED,
        after=SuspectState.OPEN,
        changed_at=now,
    )
