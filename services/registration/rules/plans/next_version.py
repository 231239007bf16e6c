"""Whether what is on record of a person gives their plan a new version, a plan of its own, or none at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import count
from typing import Any
from uuid import UUID

from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.plans.decision import Decision, decision_of, read_decision, write_decision
from services.registration.rules.plans.difference import difference
from services.registration.rules.plans.episode import Episode
from services.registration.rules.plans.plan import DueTest, StageDrawn
from shared.contracts import derived_id


class PlanState(StrEnum):
    """Where a plan stands 方案状态."""

    OPEN = "open"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    """What it rested on holds no more, or it is another plan's of the same person."""


@dataclass(frozen=True, slots=True)
class PlanOnRecord:
    """A plan with the decision that holds, as it was written."""

    id: UUID
    person_id: UUID
    begun_for: UUID
    """For whom it was begun: theirs again, should they turn out to be somebody else than its person."""
    anchor: UUID
    division: str
    version: int
    state: PlanState
    stage: int
    stage_kind: str
    decided_at: datetime
    decision: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A version to be written: the plan as it holds from now on, and why."""

    plan_id: UUID
    person_id: UUID
    return_id: UUID | None
    anchor: UUID
    division: str
    version: int
    governing_rule: str
    policy_version: int
    day_zero: date
    last_day: date
    stages: Sequence[StageDrawn]
    stage: StageDrawn
    """The present one."""
    former_stage: str | None
    """The kind of stage that the plan was in; None for a new plan."""
    tests: Sequence[DueTest]
    decision: Mapping[str, Any]
    difference: Sequence[Mapping[str, Any]] | None
    """What it changes for the person; None for the first version."""


@dataclass(frozen=True, slots=True)
class Next:
    """What follows for a person: a version to be written, if any, and plans that end."""

    version: PlanVersion | None = None
    withdrawn: Sequence[PlanOnRecord] = field(default_factory=list[PlanOnRecord])


def next_version(
    law: MeasuresLaw, person_id: UUID, episode: Episode | None, held: Sequence[PlanOnRecord], today: date
) -> Next:
    """Return what follows from what is on record; nothing when the decision stays as it was.

    An open plan goes on as a new version, so that days served count. A plan that was released is not begun
    again, unless new facts ask for days that are still to come.
    """
    opened = sorted(
        (plan for plan in held if plan.state is PlanState.OPEN),
        key=lambda plan: (plan.person_id != person_id, plan.decided_at, plan.id),
    )
    if episode is None:
        return Next(None, opened)
    decision = decision_of(episode.judgement, episode.plan)
    if not opened:
        return Next(_new_plan(law, person_id, episode, decision, held, today))
    plan = opened[0]
    before = read_decision(plan.decision)
    stays = (plan.person_id, plan.anchor, plan.division) == (person_id, episode.anchor, episode.division)
    if stays and before == decision:
        return Next(None, opened[1:])
    changed = difference(law, before, decision, today=today)
    return Next(_version(law, person_id, episode, today, plan, changed), opened[1:])


def _new_plan(
    law: MeasuresLaw,
    person_id: UUID,
    episode: Episode,
    decision: Decision,
    held: Sequence[PlanOnRecord],
    today: date,
) -> PlanVersion | None:
    released = [plan for plan in held if plan.state is PlanState.RELEASED and plan.anchor == episode.anchor]
    if released:
        last = max(released, key=lambda plan: plan.decided_at)
        if episode.plan.last_day < today or read_decision(last.decision) == decision:
            return None
    plan_id = _new_id(person_id, episode.anchor, held)
    return _version(law, person_id, episode, today, plan_id, None)


def _new_id(person_id: UUID, anchor: UUID, held: Sequence[PlanOnRecord]) -> UUID:
    """Return an id that none of the person's plans has; their number shrinks when a merge is undone."""
    known = {plan.id for plan in held}
    ids = (derived_id("plan", person_id, anchor, number) for number in count(len(held)))
    return next(id_ for id_ in ids if id_ not in known)


def _version(
    law: MeasuresLaw,
    person_id: UUID,
    episode: Episode,
    today: date,
    plan: PlanOnRecord | UUID,
    changed: Sequence[Mapping[str, Any]] | None,
) -> PlanVersion:
    held = plan if isinstance(plan, PlanOnRecord) else None
    drawn = episode.plan
    return PlanVersion(
        plan_id=plan.id if isinstance(plan, PlanOnRecord) else plan,
        person_id=person_id,
        return_id=episode.return_id,
        anchor=episode.anchor,
        division=episode.division,
        version=held.version + 1 if held else 1,
        governing_rule=episode.judgement.governing.rule.id,
        policy_version=law.version,
        day_zero=drawn.day_zero,
        last_day=drawn.last_day,
        stages=drawn.stages,
        stage=present_stage(drawn.stages, today, held and held.stage_kind),
        former_stage=held and held.stage_kind,
        tests=drawn.tests,
        decision=write_decision(law, episode.judgement, drawn, episode.facts),
        difference=changed,
    )


def present_stage(stages: Sequence[StageDrawn], today: date, kind: str | None) -> StageDrawn:
    """Return the stage of a day, the last one when all are over.

    Whoever is still in a stage of `kind` that was over, because nobody has taken them over yet, stays in it.
    """
    by_day = next((stage for stage in stages if today <= stage.last_day), stages[-1])
    earlier = [stage for stage in stages[: by_day.position] if stage.kind == kind]
    return earlier[-1] if earlier else by_day
