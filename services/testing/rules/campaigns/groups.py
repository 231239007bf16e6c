"""Puts together what is alike: points of one place and pace, areas of the same points, ways to laboratories.

A municipality has 11,270 villages and as many points; most are alike, and the planner needs to know of each
kind only how many there are. Nothing is lost: the plan is spread over the single points again afterwards.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil

from services.testing.rules.campaigns.campaign_facts import Area, Laboratory, Point, Work
from shared.clock import SHANGHAI
from shared.divisions import contains

LABORATORIES_IN_REACH = 8
"""From each township, or district, the nearest ones are looked at."""
TOWNSHIPS_APART = 100
"""With more townships than that, tubes are collected by district: a plan for millions needs no finer map."""


@dataclass(frozen=True, slots=True)
class Group:
    """Points from which tubes are collected together, that serve the same division and are open alike."""

    points: tuple[Point, ...]
    origin: str
    tubes_per_hour: float
    """Of one post."""
    teams_per_post: float

    @property
    def posts(self) -> int:
        """How many posts there are in all."""
        return sum(point.posts for point in self.points)

    def open_share(self, begins_at: datetime, slot: timedelta) -> float:
        """Return what share of a slot the points are open."""
        first = self.points[0]
        if first.opens == first.closes:
            return 1.0
        open_for = timedelta()
        day = begins_at.astimezone(SHANGHAI).date() - timedelta(days=1)
        while datetime.combine(day, time(), SHANGHAI) < begins_at + slot:
            opens = datetime.combine(day, first.opens, SHANGHAI)
            closes = opens + timedelta(hours=first.open_hours)
            open_for += max(timedelta(), min(closes, begins_at + slot) - max(opens, begins_at))
            day += timedelta(days=1)
        return open_for / slot


@dataclass(frozen=True, slots=True)
class People:
    """Areas whose people may go to the same groups of points."""

    areas: tuple[Area, ...]
    tubes: int
    groups: tuple[int, ...]
    """Positions in the list of groups."""


@dataclass(frozen=True, slots=True)
class Way:
    """From the points of a township, or a district, to a laboratory."""

    origin: str
    laboratory: int
    round_trip_minutes: float
    minutes_to_result: float
    """From the end of sampling to the result when nothing waits."""


@dataclass(frozen=True, slots=True)
class Map:
    """A campaign's work with like things put together."""

    people: tuple[People, ...]
    groups: tuple[Group, ...]
    origins: tuple[str, ...]
    ways: tuple[Way, ...]
    unserved: tuple[str, ...]

    @property
    def tubes(self) -> int:
        """How many tubes can be taken at all."""
        return sum(one.tubes for one in self.people)


def tubes_of(people: int, people_per_tube: float) -> int:
    """Return how many tubes people fill."""
    return ceil(people / people_per_tube - 1e-9)


def put_together(work: Work) -> Map:
    """Return the work with like things put together, in the order of their codes."""
    apart = len({point.division[:9] for point in work.points}) <= TOWNSHIPS_APART
    groups = _groups(work, 9 if apart else 6)
    people, unserved = _people(work, groups)
    origins = tuple(sorted({group.origin for group in groups}))
    return Map(people, groups, origins, tuple(_ways(work, origins)), unserved)


def _groups(work: Work, digits: int) -> tuple[Group, ...]:
    alike: dict[tuple[object, ...], list[Point]] = defaultdict(list)
    for point in sorted(work.points, key=lambda one: one.code):
        origin = point.division[:digits]
        alike[origin, point.serves, point.people_per_hour, point.opens, point.closes].append(point)
    return tuple(
        Group(
            points=tuple(points),
            origin=points[0].division[:digits],
            tubes_per_hour=points[0].people_per_hour / work.people_per_tube,
            teams_per_post=max(1.0, points[0].open_hours / work.team_hours),
        )
        for points in alike.values()
    )


def _people(work: Work, groups: Sequence[Group]) -> tuple[tuple[People, ...], tuple[str, ...]]:
    serving: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        for served in group.points[0].serves:
            serving[served].append(number)
    alike: dict[tuple[int, ...], list[Area]] = defaultdict(list)
    unserved: list[str] = []
    for area in sorted(work.areas, key=lambda one: one.division):
        lineage = {area.division[:length] for length in (6, 9, 12)} | {area.division[:2] + "0000"}
        found = tuple(
            sorted(
                {
                    number
                    for served in lineage
                    for number in serving.get(served, ())
                    if contains(served, area.division)
                }
            )
        )
        if found:
            alike[found].append(area)
        elif area.people:
            unserved.append(area.division)
    return (
        tuple(
            People(tuple(areas), sum(tubes_of(area.people, work.people_per_tube) for area in areas), numbers)
            for numbers, areas in alike.items()
        ),
        tuple(unserved),
    )


def _ways(work: Work, origins: Sequence[str]) -> list[Way]:
    ways: list[Way] = []
    wait = work.collected_every.total_seconds() / 60 + work.turnaround.total_seconds() / 60
    for origin in origins:
        found = [(_minutes(work, origin, one), number) for number, one in enumerate(work.laboratories)]
        for minutes, number in sorted(found)[:LABORATORIES_IN_REACH]:
            ways.append(Way(origin, number, minutes, wait + minutes / 2))
    return ways


def _minutes(work: Work, origin: str, laboratory: Laboratory) -> float:
    return work.transport.round_trip(origin, laboratory)
