"""The register of sentinels on the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.registration.actions.sentinels.read_sentinels import Period, SentinelRecord
from services.registration.rules.sentinels.sentinel import Sentinel, SentinelKind, SentinelState
from services.registration.sealed_in_charge import PersonInCharge, masked_in_charge
from services.registration.storage.sentinels import OpenSilence, Reported, StoredSentinel, UnregisteredCode
from services.registration.wire.people import PersonName, Telephone
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.personal_numbers import NOBODYS_NUMBER
from shared.sealing import Sealer
from shared.strict_json import WireModel

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), NOBODYS_NUMBER]


class InCharge(WireModel):
    """Who is in charge of a sentinel 负责人; sealed at rest."""

    name: PersonName
    telephone: Telephone


class SentinelFields(WireModel):
    """A sentinel as it is registered 哨点登记."""

    division: DivisionCode
    """The township or village that it stands in."""
    kind: SentinelKind
    name: Name
    in_charge: InCharge
    usual_days_per_week: Annotated[int, Field(ge=1, le=7)] | None = None
    """On how many days a week it usually has something to report; stands for its habit until it has one."""

    def sentinel(self, code: str, now: datetime) -> Sentinel:
        """Return the sentinel as the rules see it, opened now unless it is open already."""
        return Sentinel(code, self.division, self.kind, self.name, self.usual_days_per_week, now)

    def person_in_charge(self) -> PersonInCharge:
        """Return who is in charge."""
        return PersonInCharge(self.in_charge.name, self.in_charge.telephone)


class SentinelClosing(WireModel):
    """From when on a sentinel is closed 停业; without a moment, from now on."""

    closed_at: WireInstant | None = None


class InChargeView(BaseModel):
    """Who is in charge, masked: enough to know whom one has before one."""

    name: str
    telephone: str


class SentinelView(BaseModel):
    """A sentinel as it stands in the register."""

    code: str
    division: str
    kind: SentinelKind
    name: str
    state: SentinelState
    in_charge: InChargeView
    usual_days_per_week: int | None
    open_since: AwareDatetime
    closed_at: AwareDatetime | None

    @classmethod
    def of(cls, stored: StoredSentinel, sealer: Sealer) -> "SentinelView":
        """Return the wire's form of a sentinel."""
        held = stored.sentinel
        in_charge = masked_in_charge(sealer, held.code, stored.in_charge_sealed)
        return cls(
            code=held.code,
            division=held.division,
            kind=held.kind,
            name=held.name,
            state=held.state,
            in_charge=InChargeView(name=in_charge.name, telephone=in_charge.telephone),
            usual_days_per_week=held.usual_days_per_week,
            open_since=held.open_since,
            closed_at=held.closed_at,
        )


class ReportedView(BaseModel):
    """How a sentinel reported the patients that it saw in a period."""

    reports: int
    in_time: int
    late: int
    missing: int
    """Not reported although the time is up."""
    longest_late_seconds: int | None


def _counted(reported: Reported) -> dict[str, object]:
    return {
        "reports": reported.reports,
        "in_time": reported.in_time,
        "late": reported.late,
        "missing": reported.missing,
        "longest_late_seconds": reported.latest_by and int(reported.latest_by.total_seconds()),
    }


class SentinelRecordView(ReportedView):
    """What counts for and against a sentinel 哨点履职记录 in a period."""

    code: str
    division: str
    since: AwareDatetime
    until: AwareDatetime
    silences: int
    """How often its silence was noticed."""
    is_silent: bool

    @classmethod
    def of(cls, record: SentinelRecord, period: Period) -> "SentinelRecordView":
        """Return the wire's form of a record."""
        held, (since, until) = record.stored.sentinel, period
        return cls.model_validate(
            {
                **_counted(record.reported),
                "code": held.code,
                "division": held.division,
                "since": since,
                "until": until,
                "silences": record.silences,
                "is_silent": record.is_silent,
            }
        )


class FaultyView(ReportedView):
    """A sentinel that was late or owes reports of a period 迟报、漏报哨点."""

    code: str
    division: str
    kind: SentinelKind
    name: str

    @classmethod
    def of(cls, row: tuple[StoredSentinel, Reported]) -> "FaultyView":
        """Return the wire's form of a sentinel with its faults."""
        stored, reported = row
        held = stored.sentinel
        return cls.model_validate(
            {
                **_counted(reported),
                "code": held.code,
                "division": held.division,
                "kind": held.kind,
                "name": held.name,
            }
        )


class UnregisteredView(BaseModel):
    """A code that reports or sales name and no sentinel of their township carries 未登记哨点."""

    code: str
    division: str
    """Where the reports and sales come from."""
    reports: int
    sales: int
    """Lines of receipts for drugs under real names."""
    first_seen_at: AwareDatetime
    last_seen_at: AwareDatetime

    @classmethod
    def of(cls, row: UnregisteredCode) -> "UnregisteredView":
        """Return the wire's form of a code."""
        return cls(
            code=row.code,
            division=row.division,
            reports=row.reports,
            sales=row.sales,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
        )


class SilenceView(BaseModel):
    """A sentinel that usually reports and is silent 静默哨点."""

    code: str
    division: str
    kind: SentinelKind
    name: str
    quiet_since: date
    """The first day without a report, in Asia/Shanghai."""
    quiet_days_when_noticed: int
    habit_days_with_report: int
    """On how many days it reported, of `habit_days`, before it fell silent."""
    habit_days: int
    noticed_at: AwareDatetime

    @classmethod
    def of(cls, row: OpenSilence) -> "SilenceView":
        """Return the wire's form of a silence."""
        return cls(
            code=row.code,
            division=row.division,
            kind=row.kind,
            name=row.name,
            quiet_since=row.silence.quiet_since,
            quiet_days_when_noticed=row.silence.quiet_days,
            habit_days_with_report=row.silence.habit.reports,
            habit_days=row.silence.habit.days,
            noticed_at=row.noticed_at,
        )
