"""What laboratories result, and what was noticed of them, on the wire."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.testing.actions.laboratories.read_figures import Figures
from services.testing.rules.laboratories.tally import HourTally
from services.testing.rules.laboratories.turnaround import Stage, StageOfDay
from services.testing.storage.laboratory_figures import DayFigures, FlaggedResult, StoredNotice
from shared.vocabulary import Result

NoticeKind = Literal["positives-drift", "invalid-drift", "slow", "silence"]


class CountsView(BaseModel):
    """What was resulted, by first results; the shares are null where there was nothing."""

    results: int
    positives: int
    inconclusives: int
    corrected: int
    """First results that were corrected later."""
    positive_share: float | None
    invalid_share: float | None


def _counts(held: DayFigures | HourTally) -> dict[str, Any]:
    return {
        "results": held.results,
        "positives": held.positives,
        "inconclusives": held.inconclusives,
        "corrected": held.corrected,
        "positive_share": held.positives / held.results if held.results else None,
        "invalid_share": held.inconclusives / held.results if held.results else None,
    }


class StageView(BaseModel):
    """How long a stage took 环节用时, exact to 5 in 100."""

    stage: Stage
    count: int
    p50_seconds: int | None
    p95_seconds: int | None

    @classmethod
    def of(cls, held: StageOfDay) -> "StageView":
        """Return the wire's form of a stage."""
        half, most = held.durations.percentile(0.5), held.durations.percentile(0.95)
        return cls(
            stage=held.stage,
            count=held.durations.total,
            p50_seconds=None if half is None else round(half),
            p95_seconds=None if most is None else round(most),
        )


class DayView(CountsView):
    """A day of a laboratory (Asia/Shanghai), by when its results were obtained."""

    day: date
    stages: list[StageView]


class FiguresView(BaseModel):
    """What a laboratory resulted 检测量、阳性率、无效率与时效, day by day."""

    code: str
    days: list[DayView]

    @classmethod
    def of(cls, code: str, figures: Figures) -> "FiguresView":
        """Return the wire's form of a period."""
        return cls(code=code, days=[_day(one, figures) for one in figures.days])


def _day(held: DayFigures, figures: Figures) -> DayView:
    stages = [StageView.of(one) for one in figures.stages if one.day == held.day]
    return DayView.model_validate({**_counts(held), "day": held.day, "stages": stages})


class HourView(CountsView):
    """An hour of a laboratory."""

    hour: AwareDatetime


class HoursView(BaseModel):
    """What a laboratory resulted on a day, hour by hour."""

    code: str
    day: date
    hours: list[HourView]

    @classmethod
    def of(cls, code: str, day: date, hours: list[HourTally]) -> "HoursView":
        """Return the wire's form of a day."""
        views = [HourView.model_validate({**_counts(one), "hour": one.hour}) for one in hours]
        return cls(code=code, day=day, hours=views)


class LaboratoryDayView(BaseModel):
    """A laboratory's day; null where it resulted nothing."""

    code: str
    name: str
    figures: DayView | None


class DayOfLaboratoriesView(BaseModel):
    """The day of all laboratories of a subtree 各机构当日时效."""

    division: str
    day: date
    laboratories: list[LaboratoryDayView]

    @classmethod
    def of(
        cls, division: str, day: date, figures: dict[str, Figures], names: dict[str, str]
    ) -> "DayOfLaboratoriesView":
        """Return the wire's form of a day."""
        return cls(
            division=division,
            day=day,
            laboratories=[
                LaboratoryDayView(
                    code=code, name=names[code], figures=_day(held.days[0], held) if held.days else None
                )
                for code, held in figures.items()
            ],
        )


class FlaggedResultView(BaseModel):
    """A result that was obtained while its laboratory was suspended 存疑结果."""

    sample_id: UUID
    suspension_id: UUID
    laboratory: str
    division: str
    result: Result
    resulted_at: AwareDatetime
    received_at: AwareDatetime

    @classmethod
    def of(cls, held: FlaggedResult) -> "FlaggedResultView":
        """Return the wire's form of a result in doubt."""
        return cls(
            sample_id=held.sample_id,
            suspension_id=held.suspension_id,
            laboratory=held.laboratory,
            division=held.division,
            result=held.result,
            resulted_at=held.resulted_at,
            received_at=held.received_at,
        )


class NoticeView(BaseModel):
    """What somebody should ask a laboratory about 异常提示."""

    notice_id: UUID
    laboratory: str
    division: str
    kind: NoticeKind
    day: date
    """The day that departed from the habit; of a silence its first."""
    detail: dict[str, float | int]
    noticed_at: AwareDatetime
    ended_at: AwareDatetime | None

    @classmethod
    def of(cls, held: StoredNotice) -> "NoticeView":
        """Return the wire's form of a notice."""
        notice = held.notice
        return cls.model_validate(
            {
                "notice_id": notice.id,
                "laboratory": notice.laboratory,
                "division": held.division,
                "kind": notice.kind,
                "day": notice.day,
                "detail": notice.detail,
                "noticed_at": held.noticed_at,
                "ended_at": held.ended_at,
            }
        )


class UnregisteredView(BaseModel):
    """Institutions that send results and are not in the register of laboratories 未登记机构."""

    codes: list[str]
