"""Whether a whole population can be tested in time, what limits it, and what support closes the gap.

town §6, city §5. The answers are those of a program solved by HiGHS; small ones are held against an
exhaustive search by the tests.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, floor

from services.testing.rules.campaigns.campaign_facts import (
    Carried,
    LaboratoryPlan,
    Need,
    Plan,
    PlanningLaw,
    Point,
    PointPlan,
    Step,
    Work,
)
from services.testing.rules.campaigns.flow import NEARLY, ROUNDING, Flow, Limits, build_flow
from services.testing.rules.campaigns.groups import Map, put_together
from services.testing.rules.campaigns.pool_size import advise
from services.testing.rules.campaigns.program import Answer, NotSolved
from shared.policy.campaigns import Resource

SLOTS = (timedelta(hours=1), timedelta(hours=2), timedelta(hours=4), timedelta(hours=6))
FLOWS_WANTED = 25_000
"""Time is cut as finely as keeps the program below so many flows."""

LOOK_AHEAD = (2, 4)
"""A finish after the limit is looked for until so many times the limit."""


def plan_campaign(work: Work, law: PlanningLaw, *, limits: Limits | None = None) -> Plan:
    """Return what can be done with what a campaign has, and what it lacks.

    Raises NotSolved when the solver finds nothing within its time.
    """
    map_ = put_together(work)
    return _Planner(work, law, limits or Limits(), map_, slot_for(work, map_, law.within)).plan()


def slot_for(work: Work, map_: Map, within: timedelta) -> timedelta:
    """Return in what steps time is cut: the finest that keeps the program small."""
    flows = len(map_.groups) + len(map_.ways) + len(work.laboratories)
    for slot in SLOTS:
        if flows * (within / slot) <= FLOWS_WANTED:
            return slot
    return SLOTS[-1]


@dataclass(slots=True)
class _Planner:
    work: Work
    law: PlanningLaw
    limits: Limits
    map_: Map
    slot: timedelta
    proven: bool = True

    def plan(self) -> Plan:
        work, law, map_ = self.work, self.law, self.map_
        slots = floor(law.within / self.slot)
        flow = self._flow(slots)
        shown = flow.can(map_.tubes, limits=self.limits)
        whole = shown is not None
        most = shown or self._most(flow)
        support: tuple[Need, ...] | None = ()
        limiting: tuple[Resource, ...] = ()
        carried = self._carried(flow)
        if not whole:
            limiting = self._limits(flow, most, carried)
            support, shown = self._support(flow, most)
        finish = self._finish(slots if whole else None)
        return Plan(
            feasible=whole and not map_.unserved,
            people=work.people,
            covered=self._people(map_.tubes if whole else most.value),
            due_at=work.starts_at + law.within,
            finish_at=None if finish is None or map_.unserved else work.starts_at + finish * self.slot,
            aim_met=None if law.aim is None else finish is not None and finish * self.slot <= law.aim,
            limits=limiting,
            too_short=not whole and most.value < NEARLY and support is None,
            carried=tuple(Carried(one, self._people(value)) for one, value in carried),
            support=support,
            unserved=map_.unserved,
            points=self._points(flow, shown or most),
            laboratories=self._laboratories(flow, shown or most),
            curve=self._curve(flow, shown or most),
            slot=self.slot,
            proven=self.proven,
            pools=None if work.prevalence is None else advise(work.people, work.pool_size, work.prevalence),
        )

    def _flow(self, slots: int) -> Flow:
        return build_flow(self.work, self.map_, self.law.support, slot=self.slot, slots=slots)

    def _most(self, flow: Flow, unlimited: Sequence[Resource] = ()) -> Answer:
        answer = flow.most(unlimited, limits=self.limits)
        self.proven = self.proven and answer.proven
        return answer

    def _short(self, value: float) -> bool:
        """Tell whether so many tubes are fewer than all, by more than the solver may leave open."""
        return value < self.map_.tubes * (1 - 2 * self.limits.gap) - NEARLY

    def _people(self, tubes: float) -> int:
        """How many people so many tubes stand for; all who are served when no tube is missing."""
        served = sum(area.people for one in self.map_.people for area in one.areas)
        if tubes > self.map_.tubes - NEARLY:
            return served
        return min(served, floor((tubes + ROUNDING) * self.work.people_per_tube))

    def _finish(self, possible: int | None) -> int | None:
        """Return in how many slots everybody has a result with what there is; None when that is too far."""
        limit = floor(self.law.within / self.slot)
        low, high = (0, possible) if possible is not None else (limit, None)
        for times in LOOK_AHEAD:
            if high is None:
                if self._done_within(times * limit):
                    high = times * limit
                else:
                    low = times * limit
        while high is not None and high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._done_within(middle) else (middle, high)
        return high

    def _done_within(self, slots: int) -> bool:
        try:
            return self._flow(slots).can(self.map_.tubes, limits=self.limits) is not None
        except NotSolved:
            self.proven = False
            return False

    def _carried(self, flow: Flow) -> Sequence[tuple[Resource, float]]:
        return [
            (one, self._most(flow, [other for other in Resource if other is not one]).value)
            for one in Resource
        ]

    def _limits(
        self, flow: Flow, most: Answer, carried: Sequence[tuple[Resource, float]]
    ) -> tuple[Resource, ...]:
        """Return what carries too little by itself, the tightest first; else what helps if there is more."""
        short = sorted(
            (value, number, one) for number, (one, value) in enumerate(carried) if self._short(value)
        )
        if short:
            return tuple(one for _, _, one in short)
        gained = [(self._most(flow, [one]).value - most.value, one) for one in Resource]
        return tuple(one for gain, one in sorted(gained, key=lambda pair: -pair[0]) if gain > NEARLY)

    def _support(self, flow: Flow, most: Answer) -> tuple[tuple[Need, ...] | None, Answer]:
        answer = flow.least_support(self.map_.tubes, self.law.support, limits=self.limits)
        if answer is None:
            return None, most
        self.proven = self.proven and answer.proven
        needs = [
            self._need(resource, where, ceil(answer.values[variable] - 1e-3))
            for (resource, where), variable in flow.lent.items()
            if answer.values[variable] > 1e-3
        ]
        order = list(Resource)
        return tuple(sorted(needs, key=lambda one: (order.index(one.resource), one.where or ""))), answer

    def _need(self, resource: Resource, where: int | None, units: int) -> Need:
        if where is None:
            name = None
        elif resource is Resource.POSTS:
            name = self.map_.groups[where].points[0].code
        else:
            name = self.work.laboratories[where].code
        return Need(resource, name, units, units * self.law.support.unit(resource).amount)

    def _points(self, flow: Flow, answer: Answer) -> tuple[PointPlan, ...]:
        """Spread what the groups do over their points: full ones first, in the order of their codes."""
        plans: list[PointPlan] = []
        taken = _sum_by(0, flow.sampled, answer)
        for number, group in enumerate(self.map_.groups):
            posts = ceil(answer.values[flow.posts[number]] - ROUNDING)
            people = taken.get(number, 0.0) * self.work.people_per_tube
            plans += _spread(group.points, posts, people)
        return tuple(sorted(plans, key=lambda one: one.code))

    def _laboratories(self, flow: Flow, answer: Answer) -> tuple[LaboratoryPlan, ...]:
        tubes = _sum_by(0, flow.resulted, answer)
        days = flow.slots * self.slot / timedelta(days=1)
        return tuple(
            LaboratoryPlan(
                one.code,
                round(tubes.get(number, 0.0)),
                _share(tubes.get(number, 0.0), min(one.extraction_per_day, one.pcr_per_day) * days),
            )
            for number, one in enumerate(self.work.laboratories)
        )

    def _curve(self, flow: Flow, answer: Answer) -> tuple[Step, ...]:
        sampled, resulted = _sum_by(1, flow.sampled, answer), _sum_by(1, flow.resulted, answer)
        steps: list[Step] = []
        sampled_so_far = resulted_so_far = 0.0
        for time in range(flow.slots):
            sampled_so_far += sampled.get(time, 0.0)
            resulted_so_far += resulted.get(time, 0.0)
            at = self.work.starts_at + (time + 1) * self.slot
            steps.append(Step(at, self._people(sampled_so_far), self._people(resulted_so_far)))
        return tuple(steps)


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole > 0 else 0.0


def _sum_by(position: int, variables: Mapping[tuple[int, int], int], answer: Answer) -> Mapping[int, float]:
    """Add up flows by the first or the second of their two marks: where, or in which slot."""
    found: dict[int, float] = defaultdict(float)
    for marks, variable in variables.items():
        found[marks[position]] += answer.values[variable]
    return found


def _spread(points: Sequence[Point], posts: int, people: float) -> list[PointPlan]:
    """Spread what a group does over its points: teams go to full ones first, in the order of their codes."""
    left = posts
    shares: list[int] = []
    for point in points:
        shares.append(min(point.posts, left))
        left -= shares[-1]
    shares[0] += left  # posts that are lent stand at the first point
    total = sum(shares) or 1
    return [
        PointPlan(point.code, share, round(people * share / total))
        for point, share in zip(points, shares, strict=True)
    ]
