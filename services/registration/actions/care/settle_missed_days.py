"""Settle days without a health report: by what somebody found out, or because management has ended."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from services.registration.rules.care.health_day import HealthDay, MissedDayFollowUp
from services.registration.storage import health_days, health_reports
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import HealthDayExcused, HealthDayFollowedUp
from shared.errors import Conflict, NotFound
from shared.postgres import Connection, Database
from shared.verdicts import Verdict

MANAGEMENT_ENDED = "management-ended"
PERSON_MERGED = "person-merged"
LEFT_THE_PLACE = "left-the-place"


async def follow_up_missed_day(
    database: Database, follow_up: MissedDayFollowUp, *, reaches: Callable[[str], bool], now: datetime
) -> Verdict:
    """Keep what was found out about somebody whose report did not come; it stops the day's clock.

    The same again is a duplicate. Raises NotFound for a person outside the subtree or a day that was never
    owed, Conflict for one that is reported, excused, or followed up with another outcome
    (渡建胜肺炎组发〔2021〕2号 §11).
    """
    async with database.transaction() as connection:
        found = await health_reports.reporters(connection, [follow_up.person_id])
        person = found.get(follow_up.person_id)
        if person is None or not (reaches(person.division) or reaches(person.whereabouts)):
            raise NotFound("There is no such person.")
        day = await health_days.lock_day(connection, person.person_id, follow_up.day)
        if day is None or day.opened_at is None:
            raise NotFound("No health report was owed for this day.")
        if day.outcome is follow_up.outcome:
            return Verdict.DUPLICATE
        if not day.is_missed:
            raise Conflict("The report of this day is there, excused, or followed up already.")
        kept = MissedDayFollowUp(
            person.person_id, follow_up.day, follow_up.outcome, follow_up.occurred_at, follow_up.recorded_at
        )
        await health_days.follow_up_day(connection, kept)
        await outbox.put(connection, [_followed_up(day, kept)], now=now)
    return Verdict.STORED


async def excuse_days(
    connection: Connection,
    ended: Mapping[UUID, date],
    *,
    now: datetime,
    reason_code: str = MANAGEMENT_ENDED,
    place: str | None = None,
) -> list[Envelope]:
    """Excuse people from the day on which their management ended, and return what is to be told.

    What was missed before that day stays missed until it is followed up. With `place` it is what they owe
    for that place; without, what they owe for their plan.
    """
    any_ = reason_code == PERSON_MERGED
    excused = await health_days.excuse_days(connection, ended, now, place, any_=any_)
    return [_excused(day, reason_code, now) for day in excused]


def _followed_up(day: HealthDay, follow_up: MissedDayFollowUp) -> Envelope:
    event = HealthDayFollowedUp(
        division=day.division,
        occurred_at=follow_up.occurred_at,
        recorded_at=follow_up.recorded_at,
        person_id=day.person_id,
        day=day.day,
        outcome=follow_up.outcome,
    )
    return envelop(event, id=derived_id(event.TYPE, day.person_id, day.day))


def _excused(day: HealthDay, reason_code: str, now: datetime) -> Envelope:
    event = HealthDayExcused(
        division=day.division,
        occurred_at=now,
        recorded_at=now,
        person_id=day.person_id,
        day=day.day,
        reason_code=reason_code,
    )
    return envelop(event, id=derived_id(event.TYPE, day.person_id, day.day))
