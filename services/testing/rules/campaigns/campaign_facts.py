"""What a campaign has and what it must do: areas, points, teams, vehicles, laboratories; frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property

from services.testing.rules.campaigns.pool_size import PoolAdvice
from shared.policy.campaigns import Resource, Support


@dataclass(frozen=True, slots=True)
class Area:
    """People of one division who are to be tested."""

    division: str
    people: int


@dataclass(frozen=True, slots=True)
class Point:
    """A sampling point outside hospitals (town §6, city §7)."""

    code: str
    division: str
    """Where it stands."""
    serves: tuple[str, ...]
    """The divisions whose people go there, with all below them."""
    posts: int
    """How many teams can stand there at once."""
    people_per_hour: float
    """How many one team samples."""
    opens: time
    closes: time
    """Equal to `opens` for one open around the clock; earlier for one open over midnight."""

    @property
    def open_hours(self) -> float:
        """How many hours a day it is open."""
        seconds = (_seconds(self.closes) - _seconds(self.opens)) % 86_400
        return seconds / 3600 or 24.0


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


@dataclass(frozen=True, slots=True)
class Laboratory:
    """A laboratory with what it does in 24 hours, in tubes."""

    code: str
    division: str
    extraction_per_day: float
    pcr_per_day: float


@dataclass(frozen=True, slots=True)
class Leg:
    """How long a vehicle takes from the points of a division to a laboratory and back."""

    origin: str
    laboratory: str
    minutes: float


@dataclass(frozen=True)
class Transport:
    """Vehicles that collect boxes of tubes and take them to laboratories."""

    vehicles: int
    tubes_per_trip: int
    legs: tuple[Leg, ...] = ()
    """Round trips that are known."""
    minutes_within_district: float = 60.0
    minutes_elsewhere: float = 150.0

    def round_trip(self, origin: str, laboratory: Laboratory) -> float:
        """Return the minutes from a division to a laboratory and back; the nearest word holds."""
        for length in (12, 9, 6):
            known = self._known.get((origin[:length], laboratory.code))
            if known is not None:
                return known
        near = origin[:6] == laboratory.division[:6]
        return self.minutes_within_district if near else self.minutes_elsewhere

    @cached_property
    def _known(self) -> Mapping[tuple[str, str], float]:
        return {(leg.origin, leg.laboratory): leg.minutes for leg in self.legs}


@dataclass(frozen=True, slots=True)
class Work:
    """A campaign as the planner sees it."""

    areas: tuple[Area, ...]
    points: tuple[Point, ...]
    laboratories: tuple[Laboratory, ...]
    transport: Transport
    teams: int
    team_hours: float
    """How many hours a day a team samples; a post that is open longer takes more than one team."""
    pool_size: int
    filled: float
    """How full tubes are on the average: 1 when every pool has all its members."""
    starts_at: datetime
    collected_every: timedelta
    """How long a tube waits at most until a vehicle comes."""
    turnaround: timedelta
    """From receipt at the laboratory to the result, when nothing waits."""
    prevalence: float | None = None
    """The share of positives that is expected, 0 to 1; None where nobody said."""

    @property
    def people(self) -> int:
        """How many are to be tested."""
        return sum(area.people for area in self.areas)

    @property
    def people_per_tube(self) -> float:
        """How many people a tube stands for, on the average."""
        return max(1.0, self.pool_size * self.filled)


@dataclass(frozen=True, slots=True)
class Need:
    """Units of support for one resource at one place: a point, a laboratory, or the campaign as a whole."""

    resource: Resource
    where: str | None
    units: int
    amount: float
    """Units times what a unit is: teams, posts, vehicles, tubes a day."""


@dataclass(frozen=True, slots=True)
class Carried:
    """How many people one resource could carry until the limit if all others were without limit."""

    resource: Resource
    people: int


@dataclass(frozen=True, slots=True)
class PointPlan:
    """What a point does by the plan."""

    code: str
    posts: int
    """How many teams stand there at once."""
    people: int


@dataclass(frozen=True, slots=True)
class LaboratoryPlan:
    """What a laboratory does by the plan, in tubes, and how much of its time that takes until the limit."""

    code: str
    tubes: int
    load: float


@dataclass(frozen=True, slots=True)
class Step:
    """How far the plan is at an instant: people sampled, and people with a result."""

    at: datetime
    sampled: int
    resulted: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner found (town §6, city §5)."""

    feasible: bool
    people: int
    covered: int
    """How many have a result by the limit with what there is."""
    due_at: datetime
    finish_at: datetime | None
    """When everybody has a result with what there is; None when never, or later than was looked."""
    aim_met: bool | None
    """Whether the aim is met, for targets that have one."""
    limits: tuple[Resource, ...]
    """What limits, the tightest first; empty when the target is met."""
    too_short: bool
    """Whether the time is shorter than the way of a single tube."""
    carried: tuple[Carried, ...]
    support: tuple[Need, ...] | None
    """What closes the gap with the least weight; empty when there is none, None when nothing does."""
    unserved: tuple[str, ...]
    """Divisions that no point serves; their people are not covered by anything."""
    points: tuple[PointPlan, ...]
    laboratories: tuple[LaboratoryPlan, ...]
    curve: tuple[Step, ...]
    slot: timedelta
    """In what steps time was cut: every way and wait is rounded up to whole ones."""
    proven: bool
    """Whether every figure was proven to be the best; False when the solver ran out of time."""
    pools: PoolAdvice | None = None
    """What each pool size is expected to cost; None where nobody said how many positives are expected."""


@dataclass(frozen=True, slots=True)
class PlanningLaw:
    """What the policy says to the planner: the limit, the aim, the units of support."""

    within: timedelta
    aim: timedelta | None
    support: Support
