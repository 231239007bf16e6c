"""What the others are told about a daily report; the id of each event follows from what it tells."""

from services.reporting.rules.daily_figures import DailyReport
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.reporting import DailyReportAbnormal, DailyReportFiled


def daily_events(report: DailyReport) -> list[Envelope]:
    """Return the events of a revision: the filing itself once, what is abnormal in each that says so.

    Both occurred at the receipt; what is abnormal comes first, so that it leaves first.
    """
    events: list[Envelope] = []
    if report.facts.abnormal:
        abnormal = DailyReportAbnormal(
            division=report.unit,
            occurred_at=report.received_at,
            recorded_at=report.recorded_at,
            report_id=report.report_id,
            unit=report.unit,
            day=report.day,
        )
        events.append(envelop(abnormal, id=derived_id(abnormal.TYPE, report.report_id, report.revision)))
    if report.revision == 1:
        filed = DailyReportFiled(
            division=report.unit,
            occurred_at=report.received_at,
            recorded_at=report.recorded_at,
            report_id=report.report_id,
            unit=report.unit,
            day=report.day,
            zero=report.facts.zero,
            abnormal=report.facts.abnormal,
        )
        events.append(envelop(filed, id=derived_id(filed.TYPE, report.report_id)))
    return events
