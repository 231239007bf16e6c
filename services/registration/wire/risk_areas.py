"""Risk areas on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.registration.actions.plans.read_risk_areas import RiskAreaFile
from services.registration.rules.plans.risk_area import RiskArea, RiskAreaStatement
from services.registration.rules.plans.risk_level import RiskFound, RiskLevel, RiskPeriod
from services.registration.storage.risk_areas import Touched
from services.registration.wire.days import WireDay
from shared.areas import AreaCode, canonical_area
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict

Said = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class RiskAreaRow(WireModel):
    """The level of an area from a day on 风险地区; said again with `until`, it ends with that day."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    area: AreaCode
    name: Said
    level: RiskLevel
    since: Annotated[WireDay, Field(alias="from")]
    until: WireDay | None = None
    """The last day; without it the level stands until further notice."""
    source: Said
    """Where it was made known 来源."""
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; its receipt here otherwise. The last word holds."""

    def statement(self, *, division: str, now: datetime, received_from: str) -> RiskAreaStatement:
        """Return the row as the rules see it."""
        return RiskAreaStatement(
            division=division,
            area=self.area,
            name=self.name,
            level=self.level,
            since=self.since,
            until=self.until,
            source=self.source,
            recorded_at=self.recorded_at or now,
            received_from=received_from,
        )


class WithdrawalRow(WireModel):
    """Why an entry was wrong from the start 撤销原因."""

    reason: Said
    recorded_at: WireInstant | None = None


class RiskAreaView(BaseModel):
    """What holds of an entry of the register."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    risk_area_id: UUID
    division: str
    area: str
    name: str
    level: RiskLevel
    since: date = Field(alias="from")
    until: date | None
    source: str
    withdrawn_for: str | None
    """Why it was withdrawn; null while it stands."""
    recorded_at: AwareDatetime

    @classmethod
    def of(cls, held: RiskArea) -> "RiskAreaView":
        """Return the wire's form of an entry."""
        return cls.model_validate(_shown(held))


def _shown(held: RiskArea) -> dict[str, object]:
    return {
        "risk_area_id": held.id,
        "division": held.division,
        "area": held.area,
        "name": held.name,
        "level": held.level,
        "since": held.since,
        "until": held.until,
        "source": held.source,
        "withdrawn_for": held.withdrawn_for,
        "recorded_at": held.recorded_at,
    }


class RiskAreaReceipt(RiskAreaView):
    """What became of a statement, and what holds now."""

    verdict: Verdict

    @classmethod
    def after(cls, held: RiskArea, verdict: Verdict) -> "RiskAreaReceipt":
        """Return the answer to a statement."""
        return cls.model_validate({**_shown(held), "verdict": verdict})


class RiskAreaStatementView(BaseModel):
    """One thing that was said of an entry."""

    name: str
    until: date | None
    source: str
    withdrawn_for: str | None
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class RiskAreaChangeView(BaseModel):
    """A change of an entry, and how far judging again whom it touches has come."""

    change_id: UUID
    first_day: date
    last_day: date | None
    """The days on which the change matters."""
    changed_at: AwareDatetime
    returns: int
    """How many returns it touched until now."""
    plans: int
    """How many plans it changed until now."""
    finished_at: AwareDatetime | None
    """When everybody it touches had been judged again; null until then."""


class RiskAreaHistory(RiskAreaView):
    """An entry, what was said of it, and its changes."""

    statements: list[RiskAreaStatementView]
    changes: list[RiskAreaChangeView]

    @classmethod
    def of_file(cls, file: RiskAreaFile) -> "RiskAreaHistory":
        """Return the wire's form of an entry with its history."""
        statements = [
            RiskAreaStatementView(
                name=one.name,
                until=one.until,
                source=one.source,
                withdrawn_for=one.withdrawn_for,
                recorded_at=one.recorded_at,
                received_at=one.received_at,
            )
            for one in file.said
        ]
        changes = [
            RiskAreaChangeView(
                change_id=one.id,
                first_day=one.first_day,
                last_day=one.last_day,
                changed_at=one.changed_at,
                returns=one.returns,
                plans=one.plans,
                finished_at=one.finished_at,
            )
            for one in file.changes
        ]
        return cls.model_validate({**_shown(file.held), "statements": statements, "changes": changes})


class RiskPeriodView(BaseModel):
    """An entry that gives a place its level."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    area: str
    since: date = Field(alias="from")
    until: date | None
    source: str

    @classmethod
    def of(cls, period: RiskPeriod) -> "RiskPeriodView":
        """Return the wire's form of a period."""
        fields = {"area": period.area, "since": period.since, "until": period.until, "source": period.source}
        return cls.model_validate(fields)


class LevelView(BaseModel):
    """The level that a place had on a day; low when the register names neither it nor what it lies in."""

    area: str
    day: date
    level: RiskLevel
    possible: bool
    """Only a part of the place has this level: whoever was in the place may have been there."""
    given_by: list[RiskPeriodView]

    @classmethod
    def of(cls, area: str, day: date, found: RiskFound) -> "LevelView":
        """Return the wire's form of a level."""
        return cls(
            area=canonical_area(area),
            day=day,
            level=found.level,
            possible=found.possible,
            given_by=[RiskPeriodView.of(period) for period in found.periods],
        )


class TouchedView(BaseModel):
    """A return whose route a change of the entry touched."""

    change_id: UUID
    return_id: UUID
    person_id: UUID | None
    division: str
    plan_id: UUID | None
    plan_version: int | None
    """The version of the plan that followed from it; null when the plan stayed as it was."""
    judged_at: AwareDatetime

    @classmethod
    def of(cls, touched: Touched) -> "TouchedView":
        """Return the wire's form of one who was touched."""
        return cls(
            change_id=touched.change_id,
            return_id=touched.return_id,
            person_id=touched.person_id,
            division=touched.division,
            plan_id=touched.plan_id,
            plan_version=touched.plan_version,
            judged_at=touched.judged_at,
        )


class RiskAreaRowReceipt(RowReceipt):
    """What became of one entry of a batch."""

    area: str | None = None
    risk_area_id: UUID | None = None
