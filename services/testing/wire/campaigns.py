"""Campaigns on the wire: what is stated of one, and how it shows."""

import re
from collections.abc import Sequence
from datetime import time, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.testing.rules.campaigns.campaign import Campaign, CampaignState, CampaignStated
from services.testing.rules.campaigns.campaign_facts import Area, Laboratory, Leg, Point, Transport
from services.testing.wire.laboratories import WallTime
from services.testing.wire.results import Code
from services.testing.wire.sampling_points import Name, PointCode
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput, NotFound
from shared.instants import WireInstant
from shared.personal_numbers import number_in
from shared.policy.values import Identifier
from shared.strict_json import WireModel

CODE_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LONGEST_CODE = 64
MOST_PLACES = 20_000
PER_100K = 100_000

CampaignCode = Annotated[
    str, Field(pattern=CODE_PATTERN, max_length=LONGEST_CODE, examples=["jiansheng-2021-02"])
]
PoolSize = Literal[1, 5, 10, 20]
Count = Annotated[int, Field(ge=0, le=100_000_000)]
Few = Annotated[int, Field(ge=0, le=1_000_000)]
Minutes = Annotated[float, Field(ge=1, le=2_880, allow_inf_nan=False)]
PerDay = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
Pace = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]


def code_in_path(code: str) -> str:
    """Return a code that stands in a path; raises InvalidInput when it cannot be one."""
    if len(code) > LONGEST_CODE or re.fullmatch(CODE_PATTERN, code, re.ASCII) is None:
        reason = f"must be 1 to {LONGEST_CODE} small letters and digits, in words joined with -"
        raise InvalidInput("The campaign's code is refused.", problems=[FieldProblem("code", reason)])
    if (reason := number_in(code)) is not None:  # it stands in URLs and metrics
        raise InvalidInput("The campaign's code is refused.", problems=[FieldProblem("code", reason)])
    return code


def known_code(code: str) -> str:
    """Return a code that may be known; raises NotFound for one that cannot be."""
    if len(code) > LONGEST_CODE or re.fullmatch(CODE_PATTERN, code, re.ASCII) is None:
        raise NotFound("There is no such campaign.")
    return code


class AreaBody(WireModel):
    """How many people a division has, as counted."""

    division: DivisionCode
    people: Count


class CampaignPointBody(WireModel):
    """A sampling point of a campaign 采样点."""

    code: PointCode
    division: DivisionCode
    """Where it stands."""
    serves: Annotated[tuple[DivisionCode, ...], Field(max_length=1_000)] = ()
    """The divisions whose people go there, all below them included; without any, its own."""
    posts: Annotated[int, Field(ge=0, le=1_000)] = 1
    """How many teams can stand there at once 采样台."""
    people_per_hour: Pace = 60
    """How many one team samples."""
    opens: WallTime = time(8)
    closes: WallTime = time(20)
    """Equal to `opens` for one that is open around the clock."""

    def point(self) -> Point:
        """Return the point as the rules see it."""
        return Point(
            code=self.code,
            division=self.division,
            serves=tuple(sorted(set(self.serves))) or (self.division,),
            posts=self.posts,
            people_per_hour=self.people_per_hour,
            opens=self.opens,
            closes=self.closes,
        )


class CampaignLaboratoryBody(WireModel):
    """What a laboratory does for a campaign in 24 hours, in tubes."""

    code: Code
    division: DivisionCode
    extraction_per_day: PerDay
    pcr_per_day: PerDay


class LegBody(WireModel):
    """How long a vehicle takes from the points of a division to a laboratory and back."""

    origin: DivisionCode
    laboratory: Code
    minutes: Minutes


class TransportBody(WireModel):
    """Vehicles that collect tubes 样本转运."""

    vehicles: Few = 1
    tubes_per_trip: Annotated[int, Field(ge=1, le=100_000)] = 400
    minutes_within_district: Minutes = 60
    minutes_elsewhere: Minutes = 150
    """Of a round trip, where no leg says otherwise."""
    legs: Annotated[tuple[LegBody, ...], Field(max_length=MOST_PLACES)] = ()

    def transport(self) -> Transport:
        """Return the vehicles as the rules see them."""
        return Transport(
            vehicles=self.vehicles,
            tubes_per_trip=self.tubes_per_trip,
            legs=tuple(Leg(one.origin, one.laboratory, one.minutes) for one in self.legs),
            minutes_within_district=self.minutes_within_district,
            minutes_elsewhere=self.minutes_elsewhere,
        )


class CampaignBody(WireModel):
    """A campaign that tests a whole population 全员检测; what is left out is of the registers."""

    division: DivisionCode
    """Who runs it; everything that it picks lies below."""
    name: Name
    divisions: Annotated[tuple[DivisionCode, ...], Field(min_length=1, max_length=MOST_PLACES)]
    target: Identifier
    """The policy's name: town-supported, town-alone, district-urban-alone and so on."""
    starts_at: WireInstant
    """When it is planned to begin; its limit runs from its real beginning."""
    people: Annotated[tuple[AreaBody, ...], Field(min_length=1, max_length=MOST_PLACES)] | None = None
    """By count; without it the register of households is counted."""
    pool_size: PoolSize = 10
    filled: Annotated[float, Field(ge=0.1, le=1, allow_inf_nan=False)] = 1.0
    """How full tubes are on the average."""
    points: Annotated[tuple[CampaignPointBody, ...], Field(max_length=MOST_PLACES)] | None = None
    """Without them the open points of the register below the division."""
    people_per_hour: Pace = 60
    """What one sampler of a point of the register does."""
    teams: Few
    team_hours: Annotated[float, Field(ge=1, le=24, allow_inf_nan=False)] = 8
    """How many hours a day a team samples."""
    laboratories: Annotated[tuple[CampaignLaboratoryBody, ...], Field(max_length=1_000)] | None = None
    """Without them those of the district in the register, as they are when it is planned."""
    transport: TransportBody = TransportBody()
    collected_every_minutes: Minutes = 120
    """How long a tube waits at most until a vehicle comes."""
    turnaround_minutes: Minutes = 300
    """From receipt at the laboratory to the result, when nothing waits."""
    positives_per_100k: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    """How many positives are expected among 100,000 people; with it a plan says what each pool size costs."""
    recorded_at: WireInstant | None = None

    def stated(self, code: str) -> CampaignStated:
        """Return the campaign as the rules see it."""
        return CampaignStated(
            code=code,
            division=self.division,
            name=self.name,
            divisions=tuple(sorted(self.divisions)),
            target=self.target,
            starts_at=self.starts_at,
            people=None if self.people is None else _areas(self.people),
            points=None if self.points is None else tuple(one.point() for one in self.points),
            people_per_hour=self.people_per_hour,
            laboratories=None
            if self.laboratories is None
            else tuple(
                Laboratory(one.code, one.division, one.extraction_per_day, one.pcr_per_day)
                for one in self.laboratories
            ),
            transport=self.transport.transport(),
            teams=self.teams,
            team_hours=self.team_hours,
            pool_size=self.pool_size,
            filled=self.filled,
            collected_every=timedelta(minutes=self.collected_every_minutes),
            turnaround=timedelta(minutes=self.turnaround_minutes),
            prevalence=None if self.positives_per_100k is None else self.positives_per_100k / PER_100K,
        )


def _areas(counted: Sequence[AreaBody]) -> tuple[Area, ...]:
    ordered = sorted(counted, key=lambda one: one.division)
    return tuple(Area(one.division, one.people) for one in ordered)


class StartBody(WireModel):
    """When a campaign begins; without it, now."""

    started_at: WireInstant | None = None
    recorded_at: WireInstant | None = None


class EndBody(WireModel):
    """When and why a campaign ends."""

    reason: Name
    ended_at: WireInstant | None = None
    recorded_at: WireInstant | None = None


class CampaignView(BaseModel):
    """A campaign 全员检测行动."""

    campaign_id: UUID
    """What tubes name that are sampled for it."""
    code: str
    division: str
    name: str
    divisions: list[str]
    target: str
    state: CampaignState
    starts_at: WireInstant
    started_at: WireInstant | None
    due_at: WireInstant
    aim_at: WireInstant | None
    ended_at: WireInstant | None
    ended_because: str | None
    people: int | None
    """How many are to be tested; fixed at the beginning."""
    counted_by: Literal["register", "count"]
    pool_size: int
    positives_per_100k: float | None
    """How many positives are expected."""
    teams: int
    points: int | None
    """How many were stated; null takes those of the register."""
    laboratories: int | None
    is_behind: bool
    crossings: int
    """How often its forecast has crossed the limit."""

    @classmethod
    def of(cls, campaign: Campaign) -> "CampaignView":
        """Return the wire's form of a campaign."""
        stated = campaign.stated
        return cls(
            campaign_id=campaign.id,
            code=stated.code,
            division=stated.division,
            name=stated.name,
            divisions=list(stated.divisions),
            target=stated.target,
            state=campaign.state,
            starts_at=stated.starts_at,
            started_at=campaign.started_at,
            due_at=campaign.due_at,
            aim_at=campaign.aim_at,
            ended_at=campaign.ended_at,
            ended_because=campaign.ended_because,
            people=campaign.people,
            counted_by="register" if stated.people is None else "count",
            pool_size=stated.pool_size,
            positives_per_100k=None if stated.prevalence is None else stated.prevalence * PER_100K,
            teams=stated.teams,
            points=None if stated.points is None else len(stated.points),
            laboratories=None if stated.laboratories is None else len(stated.laboratories),
            is_behind=campaign.is_behind,
            crossings=campaign.crossings,
        )
