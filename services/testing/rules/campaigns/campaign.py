"""A campaign as it is stated, what makes it unfit, and what the planner is given of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.testing.rules.campaigns.campaign_facts import (
    Area,
    Laboratory,
    PlanningLaw,
    Point,
    Transport,
    Work,
)
from services.testing.rules.campaigns.forecast import Opening
from shared.contracts import derived_id
from shared.divisions import LEVELS, DivisionRegister, contains
from shared.errors import FieldProblem
from shared.policy.campaigns import CampaignsFile, Target

FARTHEST_AHEAD = timedelta(days=366)
RURAL_FROM = "200"
"""The last three digits of villages' committees; below are residents' committees, which are urban."""


class CampaignState(StrEnum):
    """How far a campaign is."""

    PLANNED = "planned"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CampaignStated:
    """A campaign, whole, as it is stated: what must be done, and with what."""

    code: str
    division: str
    """Who runs it; everything else lies below."""
    name: str
    divisions: tuple[str, ...]
    target: str
    starts_at: datetime
    people: tuple[Area, ...] | None
    """By count; None takes the register of households."""
    points: tuple[Point, ...] | None
    """None takes the register of sampling points."""
    people_per_hour: float
    """What one sampler of a point of the register does."""
    laboratories: tuple[Laboratory, ...] | None
    """None takes the register of laboratories."""
    transport: Transport
    teams: int
    team_hours: float
    pool_size: int
    filled: float
    collected_every: timedelta
    turnaround: timedelta
    prevalence: float | None = None
    """The share of positives that is expected, 0 to 1; for advice on the pool size."""

    @property
    def id(self) -> UUID:
        """The id follows from the code, so that tubes can name it before anybody has asked for it."""
        return derived_id("campaign", self.code)

    @property
    def way(self) -> timedelta:
        """How long a tube takes to its result within the district when nothing waits."""
        drive = timedelta(minutes=self.transport.minutes_within_district / 2)
        return self.collected_every + drive + self.turnaround


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it is on record."""

    stated: CampaignStated
    state: CampaignState
    due_at: datetime
    aim_at: datetime | None
    people: int | None
    started_at: datetime | None
    ended_at: datetime | None
    ended_because: str | None
    crossings: int
    is_behind: bool

    @property
    def id(self) -> UUID:
        """The campaign's id."""
        return self.stated.id

    @property
    def division(self) -> str:
        """Who runs it."""
        return self.stated.division


def problems_of(
    stated: CampaignStated, law: CampaignsFile, divisions: DivisionRegister, now: datetime
) -> list[FieldProblem]:
    """Return why a campaign cannot be stated so, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    target = law.target(stated.target)
    if target is None:
        problems.append(FieldProblem("target", f"is none of {', '.join(law.names())}"))
    if abs(stated.starts_at - now) > FARTHEST_AHEAD:
        problems.append(FieldProblem("starts_at", "lies more than a year away"))
    if stated.division not in divisions:
        return [*problems, FieldProblem("division", f"unknown division {stated.division!r}")]
    problems += _places(stated, divisions)
    if target is not None and not any(problem.field == "divisions" for problem in problems):
        problems += _of_target(stated, target, divisions)
    return problems + _twice(stated)


def _places(stated: CampaignStated, divisions: DivisionRegister) -> list[FieldProblem]:
    named = [("divisions", code) for code in stated.divisions]
    named += [("people", area.division) for area in stated.people or ()]
    for point in stated.points or ():
        named += [("points", code) for code in (point.division, *point.serves)]
    unknown = [
        FieldProblem(field, f"unknown division {code!r}") for field, code in named if code not in divisions
    ]
    outside = [
        FieldProblem(field, f"{code} lies outside {stated.division}")
        for field, code in named
        if code in divisions and field != "points" and not contains(stated.division, code)
    ]
    not_picked = [
        FieldProblem("people", f"{area.division} lies in none of the divisions picked")
        for area in stated.people or ()
        if not any(contains(picked, area.division) for picked in stated.divisions)
    ]
    return list(dict.fromkeys([*unknown, *outside, *([] if unknown or outside else not_picked)]))


def _of_target(stated: CampaignStated, target: Target, divisions: DivisionRegister) -> list[FieldProblem]:
    highest = LEVELS.index(target.level)
    above = [code for code in stated.divisions if LEVELS.index(divisions.get(code).level) < highest]
    problems = [
        FieldProblem("divisions", f"{code} is larger than the {target.level} that the target is about")
        for code in above
    ]
    if target.population == "urban":
        problems += [
            FieldProblem("people", f"{area.division} is no village or community; urban people are counted so")
            for area in stated.people or ()
            if divisions.get(area.division).level != "village"
        ]
    return problems


def _twice(stated: CampaignStated) -> list[FieldProblem]:
    lists: Mapping[str, Sequence[str]] = {
        "divisions": stated.divisions,
        "people": [area.division for area in stated.people or ()],
        "points": [point.code for point in stated.points or ()],
        "laboratories": [laboratory.code for laboratory in stated.laboratories or ()],
    }
    problems: list[FieldProblem] = []
    for name, codes in lists.items():
        if len(set(codes)) < len(codes):
            problems.append(FieldProblem(name, "names one of them twice"))
    for name in ("divisions", "people"):
        ordered = sorted(set(lists[name]), key=lambda code: (len(code.rstrip("0")), code))
        if any(contains(wider, code) for i, wider in enumerate(ordered) for code in ordered[i + 1 :]):
            problems.append(FieldProblem(name, "names a division and one that lies in it"))
    return problems


def counted(areas: Sequence[Area], stated: CampaignStated, target: Target) -> tuple[Area, ...]:
    """Return the people of the divisions picked whom the target is about, in the order of divisions."""
    return tuple(
        area
        for area in sorted(areas, key=lambda one: one.division)
        if any(contains(picked, area.division) for picked in stated.divisions)
        and (target.population == "all" or area.division[9:] < RURAL_FROM)
    )


def work_of(
    stated: CampaignStated,
    areas: Sequence[Area],
    points: Sequence[Point],
    laboratories: Sequence[Laboratory],
    starts_at: datetime,
) -> Work:
    """Return what the planner is asked."""
    return Work(
        areas=tuple(areas),
        points=tuple(points),
        laboratories=tuple(laboratories),
        transport=stated.transport,
        teams=stated.teams,
        team_hours=stated.team_hours,
        pool_size=stated.pool_size,
        filled=stated.filled,
        starts_at=starts_at,
        collected_every=stated.collected_every,
        turnaround=stated.turnaround,
        prevalence=stated.prevalence,
    )


def planning_law(law: CampaignsFile, target: Target) -> PlanningLaw:
    """Return what the policy says to the planner of a campaign with this target."""
    return PlanningLaw(target.within, target.aim, law.support)


def openings_of(points: Sequence[Point]) -> list[Opening]:
    """Return when points are open, each opening once."""
    return sorted({(point.opens, point.closes) for point in points})
