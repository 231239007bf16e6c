"""Notice, once a day, laboratories whose rates departed from their habit, that were slow, or are silent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from services.testing.rules.laboratories.drift import DayCount, Drift, drift_on
from services.testing.rules.laboratories.slowness import seconds_too_slow
from services.testing.rules.laboratories.turnaround import Durations, Stage
from services.testing.storage import laboratory_figures as storage
from services.testing.storage.laboratory_figures import DayFigures, LookedAt, Notice
from shared import outbox
from shared.clock import SHANGHAI
from shared.contracts import Envelope, Event, derived_id, envelop
from shared.contracts.testing import LaboratoryDrifted, LaboratorySilent, LaboratorySlow
from shared.day_count import begins_at, day_number, day_of
from shared.policy.laboratories import LaboratoriesFile
from shared.postgres import Connection, Database
from shared.silence import Silence, silence_on

AT_ONCE = 100
"""Laboratories that one transaction looks at."""
POSITIVES, INVALID, SLOW, SILENCE = "positives-drift", "invalid-drift", "slow", "silence"


async def notice_rates(database: Database, law: LaboratoriesFile, *, now: datetime) -> bool:
    """Look at the day before of laboratories that nobody has looked at today; True when there may be more.

    What is noticed is told once, and stays open until a day is as usual again (city §7).
    """
    if now.astimezone(SHANGHAI).time() < law.drift.check_at:
        return False
    today = day_of(now)
    yesterday = day_number(today, -1)
    async with database.transaction() as connection:
        claimed = await storage.claim_for_rates(connection, today, AT_ONCE)
        if not claimed:
            return False
        codes = [one.code for one in claimed]
        first = day_number(yesterday, -law.drift.history_days)
        figures = await storage.days_of(connection, codes, begins_at(first), begins_at(today))
        stages = await storage.stages_of(connection, codes, yesterday, yesterday)
        slow = {one.laboratory: one.durations for one in stages if one.stage is Stage.WHOLE}
        departed = await storage.days_of_open_notices(connection, codes)
        notices: list[tuple[Notice, Event]] = []
        for one in claimed:
            days = [day for day in figures if day.laboratory == one.code]
            notices += _rates_of(one, days, slow.get(one.code, Durations({})), yesterday, departed, law, now)
        await _keep(connection, notices, now)
        lasting = {(notice.laboratory, notice.kind) for notice, _ in notices}
        judged = [(code, kind) for code in codes for kind in (POSITIVES, INVALID, SLOW)]
        await storage.end_notices(connection, [one for one in judged if one not in lasting], now)
        await storage.mark_rates(connection, codes, today)
    return len(claimed) == AT_ONCE


def _rates_of(
    one: LookedAt,
    days: Sequence[DayFigures],
    whole: Durations,
    yesterday: date,
    departed: Mapping[tuple[str, str], date],
    law: LaboratoriesFile,
    now: datetime,
) -> Iterator[tuple[Notice, Event]]:
    for kind, figure, counts in (
        (POSITIVES, "positives", [DayCount(day.day, day.results, day.positives) for day in days]),
        (INVALID, "invalid", [DayCount(day.day, day.results, day.inconclusives) for day in days]),
    ):
        # what departs goes on departing until it is as usual again, or until the usual days are too far back
        usual_until = departed.get((one.code, kind), yesterday)
        before = [count for count in counts if count.day < usual_until]
        last = next((count for count in counts if count.day == yesterday), None)
        drift = None if last is None else drift_on(last, before, law.drift)
        if drift is not None:
            yield _notice(one, kind, yesterday, _drift_detail(drift)), _drifted(one, figure, drift, now)
    seconds = seconds_too_slow(whole, law.drift.least_results, law.turnaround)
    if seconds is not None:
        limit = int(law.turnaround.within.total_seconds())
        event = LaboratorySlow(
            division=one.division,
            occurred_at=now,
            recorded_at=now,
            laboratory=one.code,
            day=yesterday,
            seconds=int(seconds),
            limit_seconds=limit,
        )
        yield _notice(one, SLOW, yesterday, {"seconds": int(seconds), "limit_seconds": limit}), event


async def notice_silence(database: Database, law: LaboratoriesFile, *, now: datetime) -> bool:
    """Look at laboratories whose silence nobody has judged today; True when there may be more.

    One that is suspended is looked at too: its silence is expected, and shows as such beside the suspension.
    """
    if now.astimezone(SHANGHAI).time() < law.silence.check_at:
        return False
    today = day_of(now)
    async with database.transaction() as connection:
        claimed = await storage.claim_for_silence(connection, today, AT_ONCE)
        if not claimed:
            return False
        codes = [one.code for one in claimed]
        days = await storage.report_days(connection, codes, timedelta(days=law.silence.look_back_days))
        notices: list[tuple[Notice, Event]] = []
        for one in claimed:
            assert one.registered_at is not None
            silence = silence_on(
                today,
                days[one.code],
                open_since=day_of(one.registered_at),
                declared_days_per_week=None,
                law=law.silence,
            )
            if silence is not None:
                detail = {"quiet_days": silence.quiet_days, "habit_days": silence.habit.days}
                detail["habit_days_with_result"] = silence.habit.reports
                notices.append(
                    (_notice(one, SILENCE, silence.quiet_since, detail), _silent(one, silence, now))
                )
        await _keep(connection, notices, now)
        quiet = {notice.laboratory for notice, _ in notices}
        await storage.end_notices(connection, [(code, SILENCE) for code in codes if code not in quiet], now)
        await storage.mark_silence(connection, codes, today)
    return len(claimed) == AT_ONCE


async def _keep(connection: Connection, notices: Sequence[tuple[Notice, Event]], now: datetime) -> None:
    new = await storage.insert_notices(connection, [notice for notice, _ in notices], now)
    await outbox.put(
        connection, [_told(notice, event) for notice, event in notices if notice.id in new], now=now
    )


def _notice(one: LookedAt, kind: str, day: date, detail: Mapping[str, Any]) -> Notice:
    return Notice(derived_id("laboratory-notice", one.code, kind, day), one.code, kind, day, detail)


def _told(notice: Notice, event: Event) -> Envelope:
    return envelop(event, id=derived_id(event.TYPE, notice.id))


def _drift_detail(drift: Drift) -> Mapping[str, Any]:
    return {
        "results": drift.day.results,
        "found": drift.day.found,
        "usual_share": round(drift.usual_share, 6),
        "scatter": round(drift.scatter, 2),
        "chance": drift.chance,
    }


def _drifted(one: LookedAt, figure: str, drift: Drift, now: datetime) -> Event:
    return LaboratoryDrifted(
        division=one.division,
        occurred_at=now,
        recorded_at=now,
        laboratory=one.code,
        figure=figure,
        day=drift.day.day,
        results=drift.day.results,
        found=drift.day.found,
        usual_share=round(drift.usual_share, 6),
    )


def _silent(one: LookedAt, silence: Silence, now: datetime) -> Event:
    return LaboratorySilent(
        division=one.division,
        occurred_at=now,
        recorded_at=now,
        laboratory=one.code,
        quiet_since=silence.quiet_since,
        quiet_days=silence.quiet_days,
    )
