"""Sentinels' reports on the wire."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationInfo, field_validator

from services.registration.actions.sentinels.read_symptom_reports import ShownReport
from services.registration.rules.sentinels.sentinel import Standing
from services.registration.rules.sentinels.symptom_report import (
    SymptomReportState,
    SymptomStatement,
    due_at,
    reference_of_sale,
)
from services.registration.rules.telling import whole_minutes
from services.registration.storage.symptom_reports import SymptomsSaid
from services.registration.wire.references import Reference
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.policy import Text
from shared.strict_json import WireModel
from shared.verdicts import Verdict
from shared.vocabulary import Symptom


class SymptomRow(WireModel):
    """What a sentinel saw 哨点发现, and when it was reported to the township health centre."""

    receipt: Reference | None = None
    """The number of the receipt or prescription, of a patient to whom a drug was sold: then it stands for the
    reference, and the report stops the clock that the sale started."""
    reference: Annotated[Reference | None, Field(validate_default=True)] = None
    """Needed unless `receipt` is given."""
    sentinel: Reference
    """The code of the clinic or pharmacy."""
    division: DivisionCode
    symptoms: Annotated[list[Symptom], Field(max_length=50)]
    seen_at: WireInstant
    reported_at: WireInstant | None = None
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    @field_validator("reference")
    @classmethod
    def _is_known_again(cls, reference: str | None, info: ValidationInfo) -> str | None:
        if "receipt" in info.data and (reference is None) == (info.data["receipt"] is None):
            raise ValueError("is needed, or else the receipt of a sale, and not both")
        return reference

    def statement(self, *, within: timedelta, now: datetime, received_from: str) -> SymptomStatement:
        """Return the row as the rules see it; `within` is the policy's time for a report."""
        return SymptomStatement(
            reference=self.reference or reference_of_sale(self.receipt or ""),
            sentinel=self.sentinel,
            division=self.division,
            symptoms=frozenset(self.symptoms),
            seen_at=self.seen_at,
            reported_at=self.reported_at,
            due_at=due_at(self.seen_at, within),
            recorded_at=self.recorded_at or now,
            received_from=received_from,
        )


class AddresseeView(BaseModel):
    """An office that a report goes to 报送与抄送单位."""

    role: Literal["report", "copy"]
    office: str
    title: Text
    division: str
    """The township whose office it is."""
    institution: str | None
    """Its code in the register of institutions, where it is one of it."""


class SymptomReportView(BaseModel):
    """What holds of a sentinel's report."""

    report_id: UUID
    reference: str
    sentinel: str
    division: str
    state: SymptomReportState
    symptoms: list[Symptom]
    seen_at: AwareDatetime
    due_at: AwareDatetime
    reported_at: AwareDatetime | None
    late_seconds: int | None
    """How far after the limit it was reported; null when in time or not reported yet."""
    minutes_since_seen: int | None
    """Until now; null once reported."""
    sentinel_standing: Standing
    """How the sentinel stands in the register; an unknown one's report is kept all the same."""
    addressees: list[AddresseeView]

    @classmethod
    def of(cls, shown: ShownReport, now: datetime) -> "SymptomReportView":
        """Return the wire's form of a report as it stands at `now`."""
        return cls.model_validate(_shown(shown, now))


def _shown(shown: ShownReport, now: datetime) -> dict[str, object]:
    held = shown.report
    return {
        "report_id": held.id,
        "reference": held.reference,
        "sentinel": held.sentinel,
        "division": held.division,
        "state": held.state,
        "symptoms": sorted(held.symptoms),
        "seen_at": held.seen.at,
        "due_at": held.due_at,
        "reported_at": held.reported and held.reported.at,
        "late_seconds": held.late_by and int(held.late_by.total_seconds()),
        "minutes_since_seen": None if held.reported else whole_minutes(now - held.seen.at),
        "sentinel_standing": shown.standing,
        "addressees": [
            {
                "role": one.role,
                "office": one.office,
                "title": one.title,
                "division": one.division,
                "institution": one.institution,
            }
            for one in shown.addressees
        ],
    }


class SymptomReportReceipt(SymptomReportView):
    """What became of a statement, and what holds now."""

    verdict: Verdict

    @classmethod
    def after(cls, shown: ShownReport, verdict: Verdict, now: datetime) -> "SymptomReportReceipt":
        """Return the answer to a statement."""
        return cls.model_validate({**_shown(shown, now), "verdict": verdict})


class SymptomStatementView(BaseModel):
    """One thing that was said of a patient with symptoms."""

    symptoms: list[Symptom]
    seen_at: AwareDatetime
    reported_at: AwareDatetime | None
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class SymptomReportHistory(SymptomReportView):
    """A report and everything that was said of it, in the order of its receipt."""

    statements: list[SymptomStatementView]

    @classmethod
    def with_statements(
        cls, shown: ShownReport, said: list[SymptomsSaid], now: datetime
    ) -> "SymptomReportHistory":
        """Return the wire's form of a report with its history."""
        statements = [
            SymptomStatementView(
                symptoms=sorted(one.symptoms),
                seen_at=one.seen_at,
                reported_at=one.reported_at,
                recorded_at=one.recorded_at,
                received_at=one.received_at,
            )
            for one in said
        ]
        return cls.model_validate({**_shown(shown, now), "statements": statements})
