"""The register of laboratories on the wire."""

from datetime import date, time
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

from services.testing.actions.laboratories.read_laboratories import Standing
from services.testing.rules.laboratories.gap import GapKind
from services.testing.rules.laboratories.laboratory import (
    Accreditation,
    Instruments,
    LaboratoryFacts,
    Shift,
    Staff,
    Stock,
)
from services.testing.storage.laboratories import Revision
from services.testing.wire.results import Code
from shared.instants import WireInstant
from shared.policy.values import WALL_TIME_PATTERN, write_wall_time
from shared.strict_json import WireModel

MOST_OF_A_KIND = 50
Amount = Annotated[int, Field(ge=0, le=1_000_000)]
People = Annotated[int, Field(ge=0, le=10_000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]


def _read_wall_time(value: object) -> object:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and len(value) == 5:
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("wall_time", "must be a wall time such as 08:00, in Asia/Shanghai")


WallTime = Annotated[
    time,
    BeforeValidator(_read_wall_time, json_schema_input_type=Annotated[str, Field(pattern=WALL_TIME_PATTERN)]),
    PlainSerializer(write_wall_time, return_type=str),
]


class ShiftFields(WireModel):
    """A shift 班次; one that ends before it begins ends on the next day."""

    name: Code
    begins_at: WallTime
    ends_at: WallTime
    tubes: Amount
    """How many tubes it can test."""


class StaffFields(WireModel):
    """People of a role 人员: how many there are, and how many the shifts need."""

    role: Identifier
    present: People
    needed: People


class InstrumentFields(WireModel):
    """Instruments of a kind 设备: how many work, and how many the shifts need."""

    kind: Identifier
    working: People
    needed: People


class StockFields(WireModel):
    """A material 物资 and for how many tubes it lasts."""

    material: Identifier
    tubes: Annotated[int, Field(ge=0, le=100_000_000)]
    expires_on: Annotated[date, Field(strict=False)] | None = None


class AccreditationFields(WireModel):
    """By what a laboratory may test 资质, and through which day."""

    scheme: Name
    number: Name
    valid_until: Annotated[date, Field(strict=False)]


class LaboratoryFields(WireModel):
    """What a laboratory has 检测机构登记; its name, kind and division are those of the institution."""

    recorded_at: WireInstant | None = None
    """When it was entered where it was counted; without it, now."""
    shifts: Annotated[list[ShiftFields], Field(min_length=1, max_length=10)]
    staff: Annotated[list[StaffFields], Field(max_length=MOST_OF_A_KIND, default_factory=list)]
    instruments: Annotated[list[InstrumentFields], Field(max_length=MOST_OF_A_KIND, default_factory=list)]
    stocks: Annotated[list[StockFields], Field(max_length=MOST_OF_A_KIND, default_factory=list)]
    accreditation: AccreditationFields | None = None

    def facts(self) -> LaboratoryFacts:
        """Return what is said as the rules see it."""
        accreditation = self.accreditation
        return LaboratoryFacts(
            shifts=tuple(Shift(one.name, one.begins_at, one.ends_at, one.tubes) for one in self.shifts),
            staff=tuple(Staff(one.role, one.present, one.needed) for one in self.staff),
            instruments=tuple(Instruments(one.kind, one.working, one.needed) for one in self.instruments),
            stocks=tuple(Stock(one.material, one.tubes, one.expires_on) for one in self.stocks),
            accreditation=accreditation
            and Accreditation(accreditation.scheme, accreditation.number, accreditation.valid_until),
        )


class GapView(BaseModel):
    """Something that is missing 缺口."""

    kind: GapKind
    what: str
    missing: int
    """People, instruments, or tubes that the stock does not last for."""


class CapacityView(BaseModel):
    """What a laboratory can do 检测能力."""

    own_tubes_per_day: int
    borrowed_tubes_per_day: int
    lent_tubes_per_day: int
    tubes_per_day: int
    """With the teams that it borrowed and lent; 0 while it is suspended."""
    open_tubes: int
    """Handed to it and without a result."""
    short: bool
    """Whether its open work is more than it can do in a day."""


class LaboratoryView(BaseModel):
    """A laboratory as it stands in the register."""

    code: str
    name: str
    division: str
    kind: str
    shifts: list[ShiftFields]
    staff: list[StaffFields]
    instruments: list[InstrumentFields]
    stocks: list[StockFields]
    accreditation: AccreditationFields | None
    capacity: CapacityView
    gaps: list[GapView]
    suspended_at: AwareDatetime | None
    """Since when it must not test; null while it may."""
    revision: int
    registered_at: AwareDatetime
    changed_at: AwareDatetime

    @classmethod
    def of(cls, standing: Standing, name: str) -> "LaboratoryView":
        """Return the wire's form of a laboratory; `name` is the institution's."""
        stored, capacity = standing.stored, standing.capacity
        held, facts = stored.laboratory, stored.laboratory.facts
        return cls(
            code=held.code,
            name=name,
            division=held.division,
            kind=held.kind,
            **_said(facts),
            capacity=CapacityView(
                own_tubes_per_day=capacity.own,
                borrowed_tubes_per_day=capacity.borrowed,
                lent_tubes_per_day=capacity.lent,
                tubes_per_day=capacity.tubes_per_day,
                open_tubes=capacity.open_tubes,
                short=capacity.is_short,
            ),
            gaps=[GapView(kind=gap.kind, what=gap.what, missing=gap.missing) for gap in standing.gaps],
            suspended_at=stored.suspended_at,
            revision=stored.revision,
            registered_at=stored.registered_at,
            changed_at=stored.changed_at,
        )


def _said(facts: LaboratoryFacts) -> dict[str, Any]:
    accreditation = facts.accreditation
    fields = LaboratoryFields(
        shifts=[
            ShiftFields(name=one.name, begins_at=one.begins_at, ends_at=one.ends_at, tubes=one.tubes)
            for one in facts.shifts
        ],
        staff=[StaffFields(role=one.role, present=one.present, needed=one.needed) for one in facts.staff],
        instruments=[
            InstrumentFields(kind=one.kind, working=one.working, needed=one.needed)
            for one in facts.instruments
        ],
        stocks=[
            StockFields(material=one.material, tubes=one.tubes, expires_on=one.expires_on)
            for one in facts.stocks
        ],
        accreditation=accreditation
        and AccreditationFields(
            scheme=accreditation.scheme,
            number=accreditation.number,
            valid_until=accreditation.valid_until,
        ),
    )
    return {name: value for name, value in fields if name != "recorded_at"}


class LaboratoryRevisionView(LaboratoryFields):
    """What was once said of a laboratory."""

    revision: int
    received_at: AwareDatetime

    @classmethod
    def of(cls, revision: Revision) -> "LaboratoryRevisionView":
        """Return the wire's form of a revision."""
        return cls(
            revision=revision.number,
            recorded_at=revision.recorded_at,
            received_at=revision.received_at,
            **_said(revision.facts),
        )


class LaboratoryHistory(BaseModel):
    """What was said of a laboratory, the last first; at most the last 50."""

    code: str
    revisions: list[LaboratoryRevisionView]


class KindCapacityView(BaseModel):
    """What the laboratories of a kind can do together."""

    kind: str
    laboratories: int
    suspended: int
    tubes_per_day: int
    open_tubes: int
    short: int
    """How many have more open work than they can do in a day."""
    with_gaps: int


class DivisionCapacityView(BaseModel):
    """What all laboratories of a subtree can do 检测能力汇总, and what they lack together."""

    division: str
    tubes_per_day: int
    open_tubes: int
    kinds: list[KindCapacityView]
    gaps: list[GapView]

    @classmethod
    def of(cls, division: str, standings: list[Standing]) -> "DivisionCapacityView":
        """Return the sums of a subtree."""
        kinds = sorted({one.stored.laboratory.kind for one in standings})
        missing: dict[tuple[GapKind, str], int] = {}
        for gap in (gap for one in standings for gap in one.gaps):
            missing[gap.kind, gap.what] = missing.get((gap.kind, gap.what), 0) + gap.missing
        return cls(
            division=division,
            tubes_per_day=sum(one.capacity.tubes_per_day for one in standings),
            open_tubes=sum(one.capacity.open_tubes for one in standings),
            kinds=[
                _kind_view(kind, [one for one in standings if one.stored.laboratory.kind == kind])
                for kind in kinds
            ],
            gaps=[
                GapView(kind=kind, what=what, missing=number)
                for (kind, what), number in sorted(missing.items())
            ],
        )


def _kind_view(kind: str, standings: list[Standing]) -> KindCapacityView:
    return KindCapacityView(
        kind=kind,
        laboratories=len(standings),
        suspended=sum(one.capacity.suspended for one in standings),
        tubes_per_day=sum(one.capacity.tubes_per_day for one in standings),
        open_tubes=sum(one.capacity.open_tubes for one in standings),
        short=sum(one.capacity.is_short for one in standings),
        with_gaps=sum(bool(one.gaps) for one in standings),
    )
