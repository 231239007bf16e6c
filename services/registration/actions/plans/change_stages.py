"""Let plans go on to their next stages, and tell of each change, all in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.registration.actions.plans.place_people import place_people
from services.registration.actions.plans.request_handovers import ask
from services.registration.rules.day_count import begins_at, day_of
from services.registration.rules.plans.stage_change import StageChange, changes_due
from services.registration.storage import stages
from services.registration.storage.stages import ChangingPlan, Leaving, NewStage
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration.stages import StageChanged
from shared.policy.release import HandoverRule
from shared.postgres import Database

MOST = 500


@dataclass(frozen=True, slots=True)
class StagesChanged:
    """What one turn did: how many plans went on, and how late each change was."""

    plans: int
    late: tuple[timedelta, ...]

    @property
    def may_be_more(self) -> bool:
        """Whether as many were taken as one turn takes."""
        return self.plans == MOST


async def change_stages(database: Database, rule: HandoverRule, *, now: datetime) -> StagesChanged:
    """Let up to 500 plans go on whose stage is over, and return what was done.

    Safe in several processes: what another one holds is left to it. What was missed while nobody ran happens
    once, at once, stage after stage; who leaves a site for home without a hand-over gets one with the change.
    """
    today = day_of(now)
    async with database.transaction() as connection:
        plans = await stages.claim_changes(connection, today, MOST)
        if not plans:
            return StagesChanged(0, ())
        known = await stages.stages_of(connection, [plan.plan_id for plan in plans])
        due = [(plan, changes_due(known[plan.plan_id], plan.stage, today)) for plan in plans]
        due = [(plan, changes) for plan, changes in due if changes]
        await stages.change(connection, [_new_stage(plan, changes, rule) for plan, changes in due], now)
        leaving = [
            Leaving(plan.plan_id, plan.person_id, plan.home, change.after.first_day)
            for plan, changes in due
            for change in changes
            if change.leaves(rule.from_kinds)
        ]
        await ask(connection, leaving, now=now)
        events = [_event_of(plan, change, now) for plan, changes in due for change in changes]
        await outbox.put(connection, events, now=now)
        await place_people(connection, [plan.person_id for plan in plans], now=now)
    return StagesChanged(len(plans), tuple(change.late(now) for _, changes in due for change in changes))


def _new_stage(plan: ChangingPlan, changes: list[StageChange], rule: HandoverRule) -> NewStage:
    went_home = any(change.leaves(rule.from_kinds) for change in changes)
    return NewStage(plan.plan_id, changes[-1].after, plan.home if went_home else None)


def _event_of(plan: ChangingPlan, change: StageChange, now: datetime) -> Envelope:
    event = StageChanged(
        division=plan.division,
        occurred_at=begins_at(change.after.first_day),
        recorded_at=now,
        plan_id=plan.plan_id,
        person_id=plan.person_id,
        position=change.after.position,
        from_kind=change.before.kind,
        to_kind=change.after.kind,
        first_day=change.after.first_day,
        last_day=change.after.last_day,
        late_seconds=int(change.late(now).total_seconds()),
    )
    after = change.after
    return envelop(event, id=derived_id(event.TYPE, plan.plan_id, after.position, after.first_day))
