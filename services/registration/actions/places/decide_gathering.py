"""Decide about a gathering, or cancel it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.registration.actions.places.judge_gatherings import judge_gatherings
from services.registration.rules.places.gathering import (
    Decision,
    DecisionKind,
    Gathering,
    GatheringState,
    merge,
    needs_approval,
    state_of,
)
from services.registration.rules.places.law import PlacesLaw
from services.registration.rules.telling import Telling
from services.registration.storage import gatherings
from services.registration.storage.gatherings import StoredGathering
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration.places import GatheringDecided
from shared.errors import Conflict, NotFound
from shared.postgres import Connection, Database
from shared.verdicts import Verdict

NO_GATHERING = "There is no such gathering."


async def _locked(connection: Connection, gathering_id: UUID, bounds: tuple[str, str]) -> StoredGathering:
    if await gatherings.find(connection, gathering_id, bounds) is None:
        raise NotFound(NO_GATHERING)
    stored = await gatherings.lock(connection, gathering_id)
    assert stored is not None
    return stored


async def decide_gathering(
    database: Database,
    gathering_id: UUID,
    law: PlacesLaw,
    *,
    kind: DecisionKind,
    people: int,
    reason: str,
    told: Telling,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[StoredGathering, Decision, Verdict]:
    """Keep a decision for a head count and return how it stands (渡建胜肺炎组发〔2021〕2号 §14).

    Raises NotFound, and Conflict with the clause where there is nothing to decide: the head count has
    changed, no approval is needed, the plan is missing, the kind is suspended or the gathering was cancelled.
    """
    async with database.transaction() as connection:
        stored = await _locked(connection, gathering_id, bounds)
        held = stored.gathering
        decision = Decision(gathering_id, kind, people, held.facts.key, reason, told)
        known = (await gatherings.decisions_of(connection, [gathering_id])).get(gathering_id, [])
        if decision.id in {one.id for one in known}:
            return stored, decision, Verdict.DUPLICATE
        _refuse_what_is_no_matter(held, decision, law)
        await gatherings.append_decision(connection, decision, now)
        (judged,) = await judge_gatherings(connection, [stored], law.gatherings, now=now)
        event = GatheringDecided(
            division=held.division,
            occurred_at=told.at,
            recorded_at=told.recorded_at,
            gathering_id=held.id,
            kind=held.facts.kind,
            people=people,
            decision_id=decision.id,
            decision=kind,
        )
        await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, decision.id))], now=now)
    return judged, decision, Verdict.STORED


def _refuse_what_is_no_matter(held: Gathering, decision: Decision, law: PlacesLaw) -> None:
    """Raise Conflict with the clause for what cannot be decided about a gathering as it stands."""
    facts, clause = held.facts, law.cite(law.gatherings.approval.clause)
    if decision.people != facts.people:
        raise Conflict(f"The head count is {facts.people} by now; decide about that.", clause=clause)
    state = state_of(held, (), law.gatherings)
    if state is GatheringState.SUSPENDED:
        raise Conflict("Gatherings of this kind are suspended.", clause=clause)
    if state is GatheringState.CANCELLED:
        raise Conflict("The gathering was cancelled.", clause=clause)
    if not needs_approval(facts, law.gatherings):
        raise Conflict("A gathering of so few people needs no approval.", clause=clause)
    if decision.kind is DecisionKind.APPROVED and facts.plan_reference is None:
        raise Conflict("It has no control plan yet; without one it is not approved.", clause=clause)


async def cancel_gathering(
    database: Database,
    gathering_id: UUID,
    law: PlacesLaw,
    *,
    reason: str,
    cancelled_at: datetime,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[StoredGathering, Verdict]:
    """Cancel a gathering; the earliest cancellation holds, a later one is a duplicate. Raises NotFound."""
    async with database.transaction() as connection:
        stored = await _locked(connection, gathering_id, bounds)
        called_off = replace(stored.gathering, cancelled_at=cancelled_at, cancelled_reason=reason)
        held = merge(stored.gathering, called_off)
        if held == stored.gathering:
            return stored, Verdict.DUPLICATE
        (judged,) = await judge_gatherings(
            connection, [replace(stored, gathering=held)], law.gatherings, now=now
        )
    return judged, Verdict.STORED
