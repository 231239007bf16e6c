"""Notice, once a day, the sentinels that usually report and are silent."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from services.registration.actions.sentinels.end_silences import end_silences
from services.registration.rules.day_count import day_of
from services.registration.storage import drugs, sentinels
from services.registration.storage.sentinels import LookedAt
from shared import outbox
from shared.clock import SHANGHAI
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import SentinelSilent
from shared.policy.surveillance import SilenceLaw
from shared.postgres import Database
from shared.silence import Silence, silence_on

AT_ONCE = 500
"""Sentinels that one transaction looks at."""


async def notice_silence(database: Database, law: SilenceLaw, *, now: datetime) -> bool:
    """Look at sentinels whose silence has not been judged today; True when there may be more.

    Each is looked at once a day, from the policy's hour on; after an outage that is as soon as possible. A
    silence is told once, on the day on which it is noticed.
    """
    if now.astimezone(SHANGHAI).time() < law.check_at:
        return False
    today = day_of(now)
    async with database.transaction() as connection:
        claimed = await sentinels.claim_to_look_at(connection, today, AT_ONCE)
        if not claimed:
            return False
        codes = [one.code for one in claimed]
        days = await sentinels.report_days(connection, codes, timedelta(days=law.look_back_days))
        heard = [(one.code, one.township, max(days[one.code])) for one in claimed if days[one.code]]
        await end_silences(connection, heard, now=now)
        silences = {
            one.code: silence
            for one in claimed
            if (silence := _silence(today, one, days[one.code], law)) is not None
        }
        new = await sentinels.insert_silences(connection, silences, now)
        events = [_event(one, silences[one.code], now) for one in claimed if one.code in new]
        await outbox.put(connection, events, now=now)
        await sentinels.mark_looked_at(connection, codes, today)
    return len(claimed) == AT_ONCE


def _silence(today: date, one: LookedAt, days: frozenset[date], law: SilenceLaw) -> Silence | None:
    return silence_on(
        today,
        days,
        open_since=day_of(one.open_since),
        declared_days_per_week=one.usual_days_per_week,
        law=law,
    )


def _event(one: LookedAt, silence: Silence, now: datetime) -> Envelope:
    event = SentinelSilent(
        division=one.division,
        occurred_at=now,
        recorded_at=now,
        sentinel=one.code,
        quiet_since=silence.quiet_since,
        quiet_days=silence.quiet_days,
    )
    return envelop(event, id=derived_id(event.TYPE, one.code, silence.quiet_since))


async def take_figures(database: Database, *, now: datetime) -> Mapping[str, int]:
    """Return how many sentinels are open and silent, reports late and missing, buyers to be followed."""
    async with database.connection() as connection:
        figures = dict(await sentinels.figures(connection, now))
        return figures | {"to_be_followed": await drugs.count_to_be_followed(connection)}
