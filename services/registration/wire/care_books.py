"""Rows of the ledgers of care as they come in workbooks: health reports, and who answers for what."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from services.registration.actions.care.receive_grid_rows import GridRow
from services.registration.actions.care.receive_health_rows import SaidOf
from services.registration.rules.care.grid_document import (
    PartName,
    PersonName,
    ResponsibilityEntry,
    StaffEntry,
    StaffKey,
    Telephone,
)
from services.registration.rules.care.health_report import HealthStatement, Period, Reporter
from services.registration.rules.day_count import day_of
from services.registration.wire.health_reports import Celsius
from services.registration.wire.people import IdentityOnWire
from shared.clock import SHANGHAI
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.policy.values import Identifier
from shared.strict_json import WireModel
from shared.vocabulary import Symptom

NOBODY_YET = UUID(int=0)
NOON = 12


class HealthBookRow(WireModel):
    """A row of a ledger of health reports 健康日报台账; it names somebody by id or by document."""

    person_id: UUID | None = None
    identity: Annotated[IdentityOnWire | None, Field(validate_default=True)] = None
    measured_at: WireInstant
    temperature_celsius: Celsius
    symptoms: Annotated[tuple[Symptom, ...], Field(max_length=50)] = ()
    reporter: Reporter = Reporter.GRID_WORKER
    day: date | None = None
    """Without it, the day of the measurement in Asia/Shanghai."""
    period: Period | None = None
    """Without it, morning before noon and evening after it."""

    @field_validator("identity")
    @classmethod
    def _names_somebody(cls, identity: IdentityOnWire | None, info: ValidationInfo) -> IdentityOnWire | None:
        if identity is None and info.data.get("person_id") is None:
            raise ValueError("needs the number of a document, or the id of a person on record")
        return identity

    def said(self, *, now: datetime, received_from: str) -> SaidOf:
        """Return the row as the action takes it; who the person is and where is looked up."""
        hour = self.measured_at.astimezone(SHANGHAI).hour
        statement = HealthStatement(
            person_id=self.person_id or NOBODY_YET,
            division="",
            day=self.day or day_of(self.measured_at),
            period=self.period or (Period.MORNING if hour < NOON else Period.EVENING),
            temperature_celsius=self.temperature_celsius,
            symptoms=frozenset(self.symptoms),
            reporter=self.reporter,
            measured_at=self.measured_at,
            recorded_at=now,
            received_from=received_from,
        )
        identity = None if self.person_id is not None else self.identity
        return SaidOf(statement, identity and identity.identity)


class GridBookRow(WireModel):
    """A row of the responsibility grid 责任网格台账: somebody, a role, and for what they hold it."""

    id: StaffKey
    name: PersonName
    telephone: Telephone | None = None
    division: DivisionCode
    """The division whose office keeps the entry."""
    role: Identifier
    responsible_for: DivisionCode | None = None
    """The village, township or district; without it, the division of the office."""
    block: PartName | None = None
    building: PartName | None = None
    working: bool = True
    """False once they have left."""

    def row(self) -> GridRow:
        """Return the row as the action takes it."""
        staff = StaffEntry(
            id=self.id,
            name=self.name,
            telephone=self.telephone,
            division=self.division,
            roles=(self.role,),
            working=self.working,
        )
        held = ResponsibilityEntry(
            role=self.role,
            person=self.id,
            division=self.responsible_for or self.division,
            block=self.block,
            building=self.building,
        )
        return GridRow(staff, held)
