"""Tries every way in which a very small campaign can go, hour by hour; shares nothing with the planner.

Tubes and teams are whole, an hour is one step, tubes leave a point at the earliest at the end of the hour in
which they were sampled, and have their result in the hour in which the laboratory works on them. Only one
thing is not tried: a laboratory that has work and time never idles, since that cannot help.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import ceil, floor

from services.testing.rules.campaigns.campaign_facts import Work

Support = Mapping[tuple[str, str | None], int]
"""Units that are lent: `("hands", None): 2`, `("pcr", "lab-1"): 1`. One unit is one of it, a tube an hour."""

Counts = tuple[int, ...]
UnderWay = tuple[tuple[int, int, int], ...]
"""Tubes on their way, or being worked on: hour of the result, laboratory, how many."""


def most_tubes(work: Work, hours: int, support: Support | None = None) -> int:
    """Return how many tubes can have a result within so many hours, at most."""
    lent = support or {}
    teams = work.teams + lent.get(("hands", None), 0)
    room = [point.posts + lent.get(("posts", point.code), 0) for point in work.points]
    everybody, best = work.people, 0
    for standing in product(*(range(most, -1, -1) for most in room)):
        if sum(standing) <= teams and best < everybody:
            best = max(best, _World.with_teams(work, hours, standing, lent).most())
    return best


@dataclass(frozen=True)
class _Part:
    """What a point can do with the teams that stand there."""

    origin: int
    pace: int
    serves: Counts


@dataclass(frozen=True)
class _Way:
    origin: int
    laboratory: int
    minutes_a_tube: float
    lag: int


@dataclass
class _World:
    hours: int
    people: Counts
    origins: int
    parts: Sequence[_Part]
    ways: Sequence[_Way]
    paces: Sequence[int]
    """Of the laboratories, in tubes an hour."""
    vehicle_minutes: float
    known: dict[object, int] = field(default_factory=dict[object, int])

    @classmethod
    def with_teams(cls, work: Work, hours: int, standing: Sequence[int], lent: Support) -> "_World":
        origins = sorted({point.division[:9] for point in work.points})
        parts = [
            _Part(
                origins.index(point.division[:9]),
                floor(point.people_per_hour) * teams,
                tuple(n for n, area in enumerate(work.areas) if area.division.startswith(point.serves)),
            )
            for point, teams in zip(work.points, standing, strict=True)
        ]
        paces = [
            min(
                floor(one.extraction_per_day / 24) + lent.get(("extraction", one.code), 0),
                floor(one.pcr_per_day / 24) + lent.get(("pcr", one.code), 0),
            )
            for one in work.laboratories
        ]
        ways: list[_Way] = []
        for origin, name in enumerate(origins):
            for number, laboratory in enumerate(work.laboratories):
                minutes = work.transport.round_trip(name, laboratory)
                a_tube = minutes / work.transport.tubes_per_trip
                ways.append(_Way(origin, number, a_tube, max(1, ceil(minutes / 2 / 60))))
        vehicles = work.transport.vehicles + lent.get(("transport", None), 0)
        people = tuple(area.people for area in work.areas)
        return cls(hours, people, len(origins), parts, ways, paces, 60.0 * vehicles)

    def most(self) -> int:
        return self._best(0, self.people, (0,) * self.origins, (), (0,) * len(self.paces))

    def _best(self, hour: int, people: Counts, waiting: Counts, under_way: UnderWay, queues: Counts) -> int:
        if hour == self.hours:
            return 0
        state = (hour, people, waiting, under_way, queues)
        if state not in self.known:
            self.known[state] = self._try(*state)
        return self.known[state]

    def _try(self, hour: int, people: Counts, waiting: Counts, under_way: UnderWay, queues: Counts) -> int:
        arrived = list(queues)
        for due, laboratory, tubes in under_way:
            arrived[laboratory] += tubes if due == hour else 0
        done = [min(queue, pace) for queue, pace in zip(arrived, self.paces, strict=True)]
        rest = tuple(queue - one for queue, one in zip(arrived, done, strict=True))
        later = [one for one in under_way if one[0] > hour]
        most = 0
        for left, sampled in self._samplings(people):
            there = tuple(before + more for before, more in zip(waiting, sampled, strict=True))
            for still, sent in self._loads(there, hour):
                most = max(most, self._best(hour + 1, left, still, tuple(sorted(later + sent)), rest))
        return sum(done) + most

    def _samplings(self, people: Counts) -> set[tuple[Counts, Counts]]:
        """Return every way in which an hour's sampling can go: who is left, and what is at each origin."""
        found = {(people, (0,) * self.origins)}
        for part in self.parts:
            found = {after for before in found for after in _sampled(part, *before)}
        return found

    def _loads(self, waiting: Counts, hour: int) -> Iterator[tuple[Counts, list[tuple[int, int, int]]]]:
        """Yield every way in which vehicles can leave: what still waits, and what is under way."""
        for load in product(*(range(waiting[way.origin] + 1) for way in self.ways)):
            left = list(waiting)
            for tubes, way in zip(load, self.ways, strict=True):
                left[way.origin] -= tubes
            busy = sum(tubes * way.minutes_a_tube for tubes, way in zip(load, self.ways, strict=True))
            if busy <= self.vehicle_minutes + 1e-9 and min(left) >= 0:
                pairs = zip(load, self.ways, strict=True)
                yield (
                    tuple(left),
                    [(hour + way.lag, way.laboratory, tubes) for tubes, way in pairs if tubes],
                )


def _sampled(part: _Part, people: Counts, sampled: Counts) -> Iterator[tuple[Counts, Counts]]:
    choices = [range(people[area] + 1) if area in part.serves else range(1) for area in range(len(people))]
    for taken in product(*choices):
        if sum(taken) <= part.pace:
            more = list(sampled)
            more[part.origin] += sum(taken)
            yield tuple(before - one for before, one in zip(people, taken, strict=True)), tuple(more)
