"""Join the days of people who turned out to be one: a day is owed once, by whoever they became."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from services.registration.actions.care.open_health_days import opened_events
from services.registration.actions.care.record_health_reports import reported_event
from services.registration.actions.care.settle_missed_days import PERSON_MERGED, excuse_days
from services.registration.rules.care.health_day import HealthDay
from services.registration.storage import charges, health_days, people
from services.registration.storage.health_days import Owing
from shared.contracts import Envelope
from shared.postgres import Connection


async def join_health_days(
    connection: Connection, merged: Sequence[UUID], *, now: datetime
) -> list[Envelope]:
    """Let whoever people were merged into owe what these owe, each day once, and return what is to be told.

    A day that one of the records reported is reported; twice without harm
    (渡建胜肺炎组发〔2021〕2号 §11).
    """
    if not merged:
        return []
    survivors = await people.resolve(connection, list(merged))
    owed = await health_days.lock_owed_days(connection, merged)
    opened = await _open(connection, owed, survivors, now)
    reported = await _report(connection, merged, survivors, now)
    if opened:  # whether they owe what was opened is for their own plan to say
        await charges.look_at(connection, {survivors[day.person_id] for day in owed})
    everything = dict.fromkeys({day.person_id for day in owed}, date.min)
    excused = await excuse_days(connection, everything, now=now, reason_code=PERSON_MERGED)
    return [*opened, *reported, *excused]


async def _open(
    connection: Connection, owed: Sequence[HealthDay], survivors: Mapping[UUID, UUID], now: datetime
) -> list[Envelope]:
    by_day: defaultdict[tuple[date, bool], dict[UUID, Owing]] = defaultdict(dict)
    for one in owed:
        survivor = survivors[one.person_id]
        by_day[one.day, one.opened_late][survivor] = Owing(survivor, one.division, one.place)
    events: list[Envelope] = []
    for (day, late), people_of_day in by_day.items():
        opened = await health_days.open_days(
            connection, day, list(people_of_day.values()), opened_at=now, opened_late=late
        )
        events += [event for one in opened for event in opened_events(one, now)]
    return events


async def _report(
    connection: Connection, merged: Sequence[UUID], survivors: Mapping[UUID, UUID], now: datetime
) -> list[Envelope]:
    """Settle what the survivors owe by what was reported under the other records."""
    owing = await health_days.lock_owed_days(connection, sorted(set(survivors.values())))
    twins = [(record, day.day) for day in owing for record in merged if survivors[record] == day.person_id]
    reported = await health_days.reported_days_of(connection, twins)
    first: dict[tuple[UUID, date], tuple[str, datetime]] = {}
    for one in reported:
        assert one.reported_at is not None, "only reported days were asked for"
        known = first.get((survivors[one.person_id], one.day))
        if known is None or one.reported_at < known[1]:
            first[survivors[one.person_id], one.day] = (one.division, one.reported_at)
    settled = await health_days.report_days(connection, first) if first else []
    return [reported_event(day, now) for day in settled]
