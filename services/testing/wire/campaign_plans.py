"""Plans of campaigns on the wire."""

from datetime import timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel

from services.testing.rules.campaigns.campaign_facts import Plan
from services.testing.rules.campaigns.pool_size import PoolAdvice
from services.testing.storage.campaigns import KeptPlan
from shared.policy.campaigns import Resource, Support

State = Literal["waiting", "computing", "ready", "failed"]


class CarriedView(BaseModel):
    """How many people a resource could carry until the limit if all others were without limit."""

    resource: Resource
    people: int


class NeedView(BaseModel):
    """Support that is needed 支援需求."""

    resource: Resource
    where: str | None
    """A point or a laboratory; null for the campaign as a whole."""
    units: int
    amount: float
    """Units times what one is: teams, posts, vehicles, tubes a day."""
    title_zh: str
    title_en: str


class PointPlanView(BaseModel):
    """What a point does by the plan."""

    code: str
    posts: int
    people: int


class LaboratoryPlanView(BaseModel):
    """What a laboratory does by the plan, in tubes, and how much of its time until the limit that takes."""

    code: str
    tubes: int
    load: float


class StepView(BaseModel):
    """How far the plan is at an instant, in people."""

    at: AwareDatetime
    sampled: int
    resulted: int


class PoolCostView(BaseModel):
    """What a size of tubes is expected to cost when each member of a positive pool is taken again singly."""

    size: int
    tests_per_person: float
    tubes: int
    positive_tubes: float
    retests: float


class PoolAdviceView(BaseModel):
    """Which pool size costs the fewest tests 混采规模建议 with the positives that are expected."""

    positives_per_100k: float
    chosen_size: int
    best_size: int
    spared: float
    """How many tests the best size spares against the chosen one."""
    sizes: list[PoolCostView]

    @classmethod
    def of(cls, advice: PoolAdvice) -> "PoolAdviceView":
        """Return the wire's form of an advice; what is expected is rounded to hundredths."""
        return cls(
            positives_per_100k=advice.prevalence * 100_000,
            chosen_size=advice.chosen_size,
            best_size=advice.best_size,
            spared=round(advice.spared, 2),
            sizes=[
                PoolCostView(
                    size=cost.size,
                    tests_per_person=round(cost.tests_per_person, 4),
                    tubes=cost.tubes,
                    positive_tubes=round(cost.positive_tubes, 2),
                    retests=round(cost.retests, 2),
                )
                for cost in advice.costs
            ],
        )


class FindingsView(BaseModel):
    """What the planner found 规划结论: can it be done, what limits it, what closes the gap."""

    feasible: bool
    people: int
    covered: int
    """How many have a result by the limit with what there is."""
    due_at: AwareDatetime
    finish_at: AwareDatetime | None
    """When everybody has a result with what there is; null when never, or beyond four times the limit."""
    aim_met: bool | None
    limits: list[Resource]
    """What limits, the tightest first."""
    too_short: bool
    """Whether the time is shorter than the way of a single tube."""
    carried: list[CarriedView]
    support: list[NeedView] | None
    """What closes the gap with the least weight; null when nothing does."""
    unserved: list[str]
    """Divisions that no point serves."""
    points: list[PointPlanView]
    laboratories: list[LaboratoryPlanView]
    curve: list[StepView]
    slot_minutes: int
    proven: bool
    """Whether every figure was proven to be the best."""
    pools: PoolAdviceView | None
    """What each pool size is expected to cost; null where the campaign says nothing of positives."""

    @classmethod
    def of(cls, plan: Plan, support: Support) -> "FindingsView":
        """Return the wire's form of a plan."""
        needs = None
        if plan.support is not None:
            needs = [
                NeedView(
                    resource=need.resource,
                    where=need.where,
                    units=need.units,
                    amount=need.amount,
                    title_zh=support.unit(need.resource).title.zh,
                    title_en=support.unit(need.resource).title.en,
                )
                for need in plan.support
            ]
        return cls(
            feasible=plan.feasible,
            people=plan.people,
            covered=plan.covered,
            due_at=plan.due_at,
            finish_at=plan.finish_at,
            aim_met=plan.aim_met,
            limits=list(plan.limits),
            too_short=plan.too_short,
            carried=[CarriedView(resource=one.resource, people=one.people) for one in plan.carried],
            support=needs,
            unserved=list(plan.unserved),
            points=[PointPlanView(code=one.code, posts=one.posts, people=one.people) for one in plan.points],
            laboratories=[
                LaboratoryPlanView(code=one.code, tubes=one.tubes, load=one.load) for one in plan.laboratories
            ],
            curve=[StepView(at=one.at, sampled=one.sampled, resulted=one.resulted) for one in plan.curve],
            slot_minutes=plan.slot // timedelta(minutes=1),
            proven=plan.proven,
            pools=plan.pools and PoolAdviceView.of(plan.pools),
        )


class PlanView(BaseModel):
    """A plan of a campaign 行动规划; `findings` are there once it is ready."""

    number: int
    state: State
    ordered_at: AwareDatetime
    computed_at: AwareDatetime | None
    seconds: float | None
    reason: str | None
    findings: FindingsView | None

    @classmethod
    def of(cls, kept: KeptPlan, support: Support) -> "PlanView":
        """Return the wire's form of a plan on record."""
        return cls(
            number=kept.number,
            state=kept.state,  # pyright: ignore[reportArgumentType]  # the table holds these words only
            ordered_at=kept.ordered_at,
            computed_at=kept.computed_at,
            seconds=kept.seconds,
            reason=kept.reason,
            findings=None if kept.plan is None else FindingsView.of(kept.plan, support),
        )


class PlanBrief(BaseModel):
    """A plan in a list: whether it can be done, and what limits it."""

    number: int
    state: State
    ordered_at: AwareDatetime
    computed_at: AwareDatetime | None
    feasible: bool | None
    covered: int | None
    finish_at: AwareDatetime | None
    limits: list[Resource]

    @classmethod
    def of(cls, kept: KeptPlan) -> "PlanBrief":
        """Return the wire's form of a plan on record, in short."""
        plan = kept.plan
        return cls(
            number=kept.number,
            state=kept.state,  # pyright: ignore[reportArgumentType]
            ordered_at=kept.ordered_at,
            computed_at=kept.computed_at,
            feasible=plan and plan.feasible,
            covered=plan and plan.covered,
            finish_at=plan and plan.finish_at,
            limits=[] if plan is None else list(plan.limits),
        )


class PlanList(BaseModel):
    """The plans of a campaign, the last first, at most a hundred."""

    items: list[PlanBrief]
