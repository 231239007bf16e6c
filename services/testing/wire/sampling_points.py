"""Sampling points on the wire."""

import re
from datetime import date, time
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from services.testing.rules.due.sampling_point import OpeningHours, PointKind, PointStated, Team
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput
from shared.personal_numbers import NOBODYS_NUMBER, number_in
from shared.policy.values import WALL_TIME_PATTERN, write_wall_time
from shared.strict_json import WireModel

CODE_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LONGEST_CODE = 64

PointCode = Annotated[
    str,
    Field(pattern=CODE_PATTERN, max_length=LONGEST_CODE, examples=["jiansheng-square"]),
    NOBODYS_NUMBER,
]
WallTimeText = Annotated[
    str, Field(pattern=WALL_TIME_PATTERN, description="Wall time in Asia/Shanghai.", examples=["08:30"])
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), NOBODYS_NUMBER]
Day = Annotated[date, Field(ge=date(2019, 1, 1), le=date(2200, 1, 1), examples=["2021-02-01"])]
Weekday = Annotated[int, Field(ge=1, le=7, description="From 1, Monday, to 7, Sunday.")]


def code_in_path(code: str) -> str:
    """Return a code that stands in a path; raises InvalidInput when it cannot be one."""
    if len(code) > LONGEST_CODE or re.fullmatch(CODE_PATTERN, code, re.ASCII) is None:
        reason = f"must be 1 to {LONGEST_CODE} small letters and digits, in words joined with -"
        raise InvalidInput("The sampling point's code is refused.", problems=[FieldProblem("code", reason)])
    return code


def code_to_state(code: str) -> str:
    """Return the code of a point that is stated: it stands in URLs, so it may be nobody's number."""
    if (reason := number_in(code)) is not None:
        raise InvalidInput("The sampling point's code is refused.", problems=[FieldProblem("code", reason)])
    return code_in_path(code)


class HoursBody(WireModel):
    """When a point is open."""

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)] = (1, 2, 3, 4, 5, 6, 7)
    opens: WallTimeText
    closes: WallTimeText


class TeamBody(WireModel):
    """A team of a point; `hands` is how many of it take samples at the same time."""

    code: PointCode
    hands: Annotated[int, Field(ge=1, le=1000)]
    trained_on: Day | None = None
    """When it was trained; without it, it was not."""


class PointBody(WireModel):
    """A sampling point, whole: what is not stated is not there any more."""

    division: DivisionCode
    """Where it stands."""
    kind: PointKind = PointKind.FIXED
    name: Name
    address: Name
    serves: Annotated[tuple[DivisionCode, ...], Field(min_length=1, max_length=1000)]
    """The units whose people come here, all below them included; the nearest point takes a village."""
    hours: Annotated[tuple[HoursBody, ...], Field(min_length=1, max_length=14)]
    teams: Annotated[tuple[TeamBody, ...], Field(max_length=200)] = ()
    open: bool = True
    """False: it is on record and serves nobody for now."""

    def stated(self, code: str) -> PointStated:
        """Return the point as the rules see it."""
        return PointStated(
            code=code,
            division=self.division,
            kind=self.kind,
            name=self.name,
            address=self.address,
            serves=tuple(sorted(self.serves)),
            hours=tuple(
                OpeningHours(
                    tuple(sorted(set(one.weekdays))),
                    time.fromisoformat(one.opens),
                    time.fromisoformat(one.closes),
                )
                for one in self.hours
            ),
            teams=tuple(Team(one.code, one.hands, one.trained_on) for one in self.teams),
            is_open=self.open,
        )


class HoursView(BaseModel):
    """When a point is open."""

    weekdays: list[int]
    opens: str
    closes: str


class TeamView(BaseModel):
    """A team of a point."""

    code: str
    hands: int
    trained_on: date | None


class PointView(BaseModel):
    """A sampling point 采样点."""

    code: str
    division: str
    kind: PointKind
    name: str
    address: str
    serves: list[str]
    hours: list[HoursView]
    teams: list[TeamView]
    open: bool
    hands: int
    """How many take samples at the same time."""
    untrained_hands: int
    """How many of them belong to a team that was not trained."""

    @classmethod
    def of(cls, point: PointStated) -> "PointView":
        """Return the wire's form of a point."""
        return cls(
            code=point.code,
            division=point.division,
            kind=point.kind,
            name=point.name,
            address=point.address,
            serves=list(point.serves),
            hours=[
                HoursView(
                    weekdays=list(one.weekdays),
                    opens=write_wall_time(one.opens),
                    closes=write_wall_time(one.closes),
                )
                for one in point.hours
            ],
            teams=[
                TeamView(code=team.code, hands=team.hands, trained_on=team.trained_on) for team in point.teams
            ],
            open=point.is_open,
            hands=point.hands,
            untrained_hands=point.hands - point.trained_hands,
        )


class UnservedVillages(BaseModel):
    """Villages that no open sampling point serves."""

    count: int
    divisions: list[str]
