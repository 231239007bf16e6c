"""Quarantine sites on the wire: what is stated of one."""

import re
from collections import Counter
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.rules.quarantine.site import (
    RoomStated,
    SiteKind,
    SiteStated,
    Vehicle,
    VehicleKind,
)
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput
from shared.instants import WireInstant
from shared.personal_numbers import NOBODYS_NUMBER, number_in
from shared.strict_json import WireModel

CODE_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
LONGEST_CODE = 64

SiteCode = Annotated[
    str, Field(pattern=CODE_PATTERN, max_length=LONGEST_CODE, examples=["jiansheng-health-centre"])
]
RoomName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,15}$", examples=["101"])]
Plate = Annotated[str, Field(pattern=r"^[一-鿿]?[A-Z0-9][A-Z0-9·-]{3,9}$", examples=["渝A12345"])]
"""A vehicle's number plate."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), NOBODYS_NUMBER]
_Item = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
_Count = Annotated[int, Field(ge=0, le=10_000)]
_Positive = Annotated[int, Field(ge=1, le=10_000)]


def code_in_path(code: str) -> str:
    """Return a code that stands in a path; raises InvalidInput when it cannot be one."""
    if len(code) > LONGEST_CODE or re.fullmatch(CODE_PATTERN, code, re.ASCII) is None:
        reason = f"must be 1 to {LONGEST_CODE} small letters and digits, in words joined with -"
        raise InvalidInput("The site's code is refused.", problems=[FieldProblem("code", reason)])
    return code


def code_to_state(code: str) -> str:
    """Return the code of a site that is stated: others are told it, so it may be nobody's number."""
    if (reason := number_in(code)) is not None:
        raise InvalidInput("The site's code is refused.", problems=[FieldProblem("code", reason)])
    return code_in_path(code)


class VehicleBody(WireModel):
    """A vehicle of a site."""

    kind: VehicleKind
    plate: Plate


class RoomBody(WireModel):
    """A room of a site; without a position it lies behind the ones before it of the same corridor."""

    room: RoomName
    corridor: Annotated[str, Field(min_length=1, max_length=32)] = "1"
    position: _Positive | None = None
    beds: Annotated[int, Field(ge=1, le=20)] = 1


class SiteBody(WireModel):
    """A site, whole: what is not stated is not there any more."""

    division: DivisionCode
    kind: SiteKind
    name: _Name
    address: _Name
    area_m2: Annotated[int, Field(ge=1, le=1_000_000)]
    zones: Annotated[tuple[_Item, ...], Field(max_length=20)] = ()
    """Of the policy's checklist: clean, buffer, contaminated."""
    passages: Annotated[tuple[_Item, ...], Field(max_length=20)] = ()
    """Of the policy's checklist: staff, quarantined."""
    staff: Annotated[dict[_Item, _Count], Field(default_factory=dict[str, int], max_length=20)]
    """How many there are of each kind of the policy: meals, waste, security, medicine and so on."""
    vehicles: Annotated[tuple[VehicleBody, ...], Field(max_length=100)] = ()
    rooms: Annotated[tuple[RoomBody, ...], Field(max_length=2_000)] = ()
    call_up_order: _Positive | None = None
    """For back-up sites: the lowest is called up first."""
    quarantine_only: bool = True
    """Whether it serves nothing but quarantine; it does not open otherwise."""
    environment_points: _Positive | None = None
    """How many points are swabbed in a round; without it, as the policy says."""

    def stated(self, code: str) -> SiteStated:
        """Return the site as the rules see it."""
        return SiteStated(
            code=code,
            division=self.division,
            kind=self.kind,
            name=self.name,
            address=self.address,
            area_m2=self.area_m2,
            zones=self.zones,
            passages=self.passages,
            staff=self.staff,
            vehicles=tuple(Vehicle(one.kind, one.plate) for one in self.vehicles),
            rooms=self._rooms(),
            call_up_order=self.call_up_order,
            quarantine_only=self.quarantine_only,
            environment_points=self.environment_points,
        )

    def _rooms(self) -> tuple[RoomStated, ...]:
        last: Counter[str] = Counter()
        stated: list[RoomStated] = []
        for one in self.rooms:
            position = one.position or last[one.corridor] + 1
            last[one.corridor] = position
            stated.append(RoomStated(one.room, one.corridor, position, one.beds))
        return tuple(sorted(stated, key=lambda room: (room.corridor, room.position, room.room)))


class OpeningBody(WireModel):
    """Why and when a site opens."""

    reason: _Name
    opened_at: WireInstant | None = None
    """Without it, now."""


class ClosingBody(WireModel):
    """Why and when a site closes."""

    reason: _Name
    closed_at: WireInstant | None = None
