"""A campaign as a program: people to points, tubes to laboratories, slot by slot until an instant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import ceil, inf

from services.testing.rules.campaigns.campaign_facts import Work
from services.testing.rules.campaigns.groups import Map
from services.testing.rules.campaigns.program import FREE, Answer, NotSolved, Program
from shared.policy.campaigns import Resource, Support

WHOLE_UP_TO = 150
"""With no more flows than that teams and tubes are whole; beyond, a team may divide its day."""
ROUNDING = 1e-6
NEARLY = 0.5
"""Less than half a tube is a matter of rounding."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard the solver works on one question."""

    seconds: float = 30.0
    gap: float = 1e-4
    support_seconds: float = 10.0
    support_gap: float = 0.01
    """The least support of a large campaign is looked for until it is known to a hundredth."""


@dataclass(slots=True)
class Flow:
    """The program of a campaign until one instant, with its variables by what they mean."""

    program: Program
    slots: int
    posts: list[int] = field(default_factory=list[int])
    """By group: how many teams stand there."""
    sampled: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    """By group and slot, in tubes."""
    resulted: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    """By laboratory and slot, in tubes."""
    lent: dict[tuple[Resource, int | None], int] = field(
        default_factory=dict[tuple[Resource, int | None], int]
    )
    """Units of support, by resource and group or laboratory."""
    everybody: int = 0
    """The constraint that counts all results."""
    is_whole: bool = False
    """Whether teams and tubes are whole."""

    def most(self, unlimited: Iterable[Resource] = (), *, limits: Limits) -> Answer:
        """Return how many tubes can have a result at most; `unlimited` resources are there without end."""
        free = frozenset(unlimited)
        for (resource, _), variable in self.lent.items():
            self.program.bound([variable], FREE if resource in free else 0.0)
        self.program.whole(self.lent.values(), False)
        self.program.at_least(self.everybody, 0.0)
        goal = [(variable, 1.0) for variable in self.resulted.values()]
        answer = self.program.maximise(goal, seconds=limits.seconds, gap=limits.gap)
        assert answer is not None, "doing nothing is always possible"
        return answer

    def can(self, tubes: int, *, limits: Limits) -> Answer | None:
        """Return some way to bring so many tubes to a result with what there is; None when there is none."""
        self.program.bound(self.lent.values(), 0.0)
        self.program.whole(self.lent.values(), False)
        self.program.at_least(self.everybody, tubes - ROUNDING)
        return self.program.minimise((), seconds=limits.seconds, gap=limits.gap)

    def least_support(self, tubes: int, support: Support, *, limits: Limits) -> Answer | None:
        """Return what closes the gap with the least weight, in whole units; None when nothing does.

        When the solver finds no whole units in its time, the fractions of units are rounded up: more support
        never hurts.
        """
        self.program.bound(self.lent.values(), FREE)
        self.program.at_least(self.everybody, tubes - ROUNDING)
        weights = {unit.kind: unit.weight for unit in support.units}
        goal = [(variable, weights[resource]) for (resource, _), variable in self.lent.items()]
        self.program.whole(self.lent.values(), True)
        gap = 0.0 if self.is_whole else limits.support_gap
        try:
            return self.program.minimise(goal, seconds=limits.support_seconds, gap=gap)
        except NotSolved:
            self.program.whole(self.lent.values(), False)
            answer = self.program.minimise(goal, seconds=limits.seconds, gap=gap)
            return None if answer is None else replace(answer, proven=False)


def build_flow(work: Work, map_: Map, support: Support, *, slot: timedelta, slots: int) -> Flow:
    """Return the program of a campaign that must have its results within so many slots.

    What is sampled in a slot can leave at its end; from there to the result it takes the way's time, rounded
    up to whole slots, so that a plan never promises what ways and waits do not allow.
    """
    program = Program()
    flow = Flow(program, slots)
    lags = {
        (way.origin, way.laboratory): max(1, ceil(way.minutes_to_result * MINUTE / slot)) for way in map_.ways
    }
    flows = slots * (len(map_.groups) + len(map_.ways) + len(work.laboratories))
    whole = flow.is_whole = flows <= WHOLE_UP_TO
    _sampling(flow, work, map_, support, slot, whole=whole)
    arriving = _transport(flow, work, map_, support, slot, lags, whole=whole)
    _laboratories(flow, work, support, slot, arriving, whole=whole)
    flow.everybody = program.constraint([(one, 1.0) for one in flow.resulted.values()], lower=0.0)
    return flow


def _lend(flow: Flow, resource: Resource, where: int | None = None) -> int:
    variable = flow.program.variable(upper=0.0, whole=True)
    flow.lent[resource, where] = variable
    return variable


def _sampling(flow: Flow, work: Work, map_: Map, support: Support, slot: timedelta, *, whole: bool) -> None:
    program = flow.program
    going: dict[int, list[int]] = defaultdict(list)
    for people in map_.people:
        variables = [program.variable(upper=people.tubes, whole=whole) for _ in people.groups]
        program.constraint([(one, 1.0) for one in variables], upper=people.tubes)
        for number, variable in zip(people.groups, variables, strict=True):
            going[number].append(variable)
    for number, group in enumerate(map_.groups):
        posts = program.variable(whole=whole)
        flow.posts.append(posts)
        lent = _lend(flow, Resource.POSTS, number)
        amount = support.unit(Resource.POSTS).amount
        program.constraint([(posts, 1.0), (lent, -amount)], upper=group.posts)
        taken: list[int] = []
        for time in range(flow.slots):
            share = group.open_share(work.starts_at + time * slot, slot)
            if share <= 0.0:
                continue
            pace = group.tubes_per_hour * share * slot.total_seconds() / 3600
            variable = program.variable(whole=whole)
            program.constraint([(variable, 1.0), (posts, -pace)], upper=0.0)
            flow.sampled[number, time] = variable
            taken.append(variable)
        come = [(one, 1.0) for one in going[number]]
        program.constraint([*come, *((one, -1.0) for one in taken)], lower=0.0, upper=0.0)
    lent = _lend(flow, Resource.HANDS)
    standing = [(posts, map_.groups[number].teams_per_post) for number, posts in enumerate(flow.posts)]
    amount = support.unit(Resource.HANDS).amount
    program.constraint([*standing, (lent, -amount)], upper=work.teams)


def _transport(
    flow: Flow,
    work: Work,
    map_: Map,
    support: Support,
    slot: timedelta,
    lags: Mapping[tuple[str, int], int],
    *,
    whole: bool,
) -> Mapping[tuple[int, int], Sequence[int]]:
    """Add what leaves where and when; returns what can have its result where and when."""
    program = flow.program
    arriving: dict[tuple[int, int], list[int]] = defaultdict(list)
    leaving: dict[tuple[str, int], list[int]] = defaultdict(list)
    busy: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for way in map_.ways:
        lag = lags[way.origin, way.laboratory]
        for time in range(flow.slots - lag):
            variable = program.variable(whole=whole)
            leaving[way.origin, time].append(variable)
            arriving[way.laboratory, time + lag].append(variable)
            busy[time].append((variable, way.round_trip_minutes / work.transport.tubes_per_trip))
    _waiting_at_points(flow, map_, leaving)
    lent = _lend(flow, Resource.TRANSPORT)
    amount = support.unit(Resource.TRANSPORT).amount
    minutes = slot / MINUTE
    for terms in busy.values():
        program.constraint([*terms, (lent, -amount * minutes)], upper=work.transport.vehicles * minutes)
    return arriving


def _waiting_at_points(flow: Flow, map_: Map, leaving: Mapping[tuple[str, int], Sequence[int]]) -> None:
    groups_of: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(map_.groups):
        groups_of[group.origin].append(number)
    for origin in map_.origins:
        sampled = [
            [flow.sampled[number, time] for number in groups_of[origin] if (number, time) in flow.sampled]
            for time in range(flow.slots)
        ]
        _store(flow, sampled, [leaving.get((origin, time), ()) for time in range(flow.slots)])


def _laboratories(
    flow: Flow,
    work: Work,
    support: Support,
    slot: timedelta,
    arriving: Mapping[tuple[int, int], Sequence[int]],
    *,
    whole: bool,
) -> None:
    program, share = flow.program, slot / timedelta(days=1)
    for number, laboratory in enumerate(work.laboratories):
        lent = [
            (_lend(flow, resource, number), support.unit(resource).amount, own)
            for resource, own in (
                (Resource.EXTRACTION, laboratory.extraction_per_day),
                (Resource.PCR, laboratory.pcr_per_day),
            )
        ]
        done: list[int] = []
        for time in range(flow.slots):
            variable = program.variable(whole=whole)
            for units, amount, own in lent:
                program.constraint([(variable, 1.0), (units, -amount * share)], upper=own * share)
            flow.resulted[number, time] = variable
            done.append(variable)
        came = [arriving.get((number, time), ()) for time in range(flow.slots)]
        _store(flow, came, [[one] for one in done])


def _store(flow: Flow, came: Sequence[Iterable[int]], went: Sequence[Iterable[int]]) -> None:
    """Hold that nothing goes before it came: what waits from slot to slot is never less than nothing."""
    before: int | None = None
    for arrivals, departures in zip(came, went, strict=True):
        waits = flow.program.variable(upper=inf)
        terms = [(one, 1.0) for one in arrivals] + [(one, -1.0) for one in departures] + [(waits, -1.0)]
        if before is not None:
            terms.append((before, 1.0))
        flow.program.constraint(terms, lower=0.0, upper=0.0)
        before = waits
