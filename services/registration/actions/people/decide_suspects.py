"""Decide whether two records are one person: merge them, or keep them apart for good."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from services.registration import sealed_person
from services.registration.actions.returns.keeping import Keeping
from services.registration.actions.returns.reconcile_returns import reconcile_returns
from services.registration.rules.people.likeness import SuspectPair, common_division
from services.registration.rules.people.merging import (
    DecisionKind,
    DecisionReason,
    Edge,
    Record,
    SuspectState,
    edge_between,
)
from services.registration.storage import people as stored
from services.registration.storage import person_reads, suspects
from services.registration.storage.suspects import Decision, Suspect
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration import PersonMerged
from shared.errors import Conflict, FieldProblem, InvalidInput, NotFound
from shared.postgres import Connection, Database

ALREADY_ONE = "These two are one person already; merging them would go round in a circle."

KEPT_APART = "Of records that would become one it was decided that they are two people."


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody orders about two records; `keep` names the record that is to survive, if they care."""

    kind: DecisionKind
    reason: DecisionReason
    decided_by: str
    keep: UUID | None = None


async def decide_suspect(
    database: Database,
    keeping: Keeping,
    suspect_id: UUID,
    order: Order,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Decision, bool]:
    """Return what holds of a pair of the subtree, and whether this order decided it; a repetition did not.

    Raises NotFound for a pair that the subtree does not see, Conflict when the opposite was decided or the
    two are one by other merges, InvalidInput when `keep` is neither of them.
    """
    async with database.transaction() as connection:
        await suspects.take_turn(connection)
        if await suspects.find(connection, suspect_id, bounds) is None:
            raise NotFound("There is no such pair.")
        return await _decide(connection, keeping, suspect_id, order, now)


async def decide_pair(
    database: Database,
    keeping: Keeping,
    pair: SuspectPair,
    order: Order,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Decision, bool]:
    """Do the same for two people whom nobody suspected; raises NotFound unless the subtree sees both."""
    async with database.transaction() as connection:
        await suspects.take_turn(connection)
        same = await person_reads.find_same(connection, (pair.one, pair.other), bounds)
        if len(same) < 2:
            raise NotFound("There are no two such people.")
        division = common_division([same[id_][0].division for id_ in (pair.one, pair.other)])
        low, high = bounds
        if not low <= division < high:
            raise NotFound("There are no two such people.")
        await stored.queue_suspects(connection, {pair: division}, now)
        return await _decide(connection, keeping, pair.id, order, now)


async def _decide(
    connection: Connection, keeping: Keeping, suspect_id: UUID, order: Order, now: datetime
) -> tuple[Decision, bool]:
    edge: Edge | None = None
    if order.kind is DecisionKind.MERGED:
        edge = await _lock_surviving(connection, keeping, suspect_id, order.keep)
    suspect = await suspects.lock(connection, suspect_id)
    if suspect is None:
        raise NotFound("There is no such pair.")
    wanted = SuspectState(order.kind)
    if suspect.state is not SuspectState.OPEN:
        latest = await suspects.latest_on(connection, suspect.id)
        if suspect.state is wanted and latest is not None:
            return latest, False
        raise Conflict(f"Of this pair it is on record that it is {suspect.state}; undo that first.")
    if order.kind is DecisionKind.MERGED:
        if edge is None:
            raise Conflict(ALREADY_ONE)
        return await _merge(connection, keeping, suspect, edge, order, now), True
    survivors = await stored.resolve(connection, (suspect.one, suspect.other))
    if survivors[suspect.one] == survivors[suspect.other]:
        raise Conflict("These two are one person by other merges; undo those first.")
    await suspects.set_state(connection, suspect.id, wanted, now)
    decision = _decision(suspect, Edge(suspect.one, suspect.other), order, now)
    await suspects.append_decision(connection, decision)
    return decision, True


async def _lock_surviving(
    connection: Connection, keeping: Keeping, suspect_id: UUID, keep: UUID | None
) -> Edge | None:
    """Lock the two surviving records and return which ends in which; None when they are one."""
    suspect = await suspects.find(connection, suspect_id, ("", "~"))
    if suspect is None:
        return None
    if keep not in (None, suspect.one, suspect.other):
        problem = FieldProblem("keep", "must be one of the two people")
        raise InvalidInput("The decision has fields that are refused.", problems=[problem])
    survivors = await stored.resolve(connection, (suspect.one, suspect.other))
    one, other = survivors[suspect.one], survivors[suspect.other]
    if one == other:
        return None
    rows = await stored.lock(connection, (one, other))
    return edge_between(
        _record(keeping, rows[one]), _record(keeping, rows[other]), None if keep is None else survivors[keep]
    )


def _record(keeping: Keeping, row: stored.FoundRow) -> Record:
    return Record(row.person_id, sealed_person.open_row(keeping.sealer, row).person, row.first_received_at)


async def _merge(
    connection: Connection, keeping: Keeping, suspect: Suspect, edge: Edge, order: Order, now: datetime
) -> Decision:
    same = await stored.merged_into(connection, (edge.kept, edge.other))
    if await suspects.are_kept_apart(connection, same[edge.kept], same[edge.other]):
        raise Conflict(KEPT_APART)
    await suspects.merge(connection, edge, now)
    await suspects.settle_between(
        connection,
        same[edge.kept],
        same[edge.other],
        before=SuspectState.OPEN,
        after=SuspectState.MERGED,
        changed_at=now,
    )
    await suspects.set_state(connection, suspect.id, SuspectState.MERGED, now)
    decision = _decision(suspect, edge, order, now)
    await suspects.append_decision(connection, decision)
    event = PersonMerged(
        division=decision.division,
        occurred_at=now,
        recorded_at=now,
        person_id=edge.kept,
        merged_person_id=edge.other,
        decision_id=decision.id,
    )
    await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, decision.id))], now=now)
    people = [edge.kept, edge.other]
    await reconcile_returns(connection, people, keeping.law, now=now, cause="person-merged")
    return decision


def _decision(suspect: Suspect, edge: Edge, order: Order, now: datetime) -> Decision:
    return Decision(
        id=uuid4(),
        kind=order.kind,
        person_id=edge.kept,
        other_id=edge.other,
        division=suspect.division,
        reason=order.reason,
        decided_at=now,
        decided_by=order.decided_by,
        suspect_id=suspect.id,
    )
