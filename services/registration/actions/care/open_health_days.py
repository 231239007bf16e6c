"""Open a day for everybody under management: from then on a health report of that day is owed."""

from dataclasses import dataclass
from datetime import datetime

from services.registration.actions.care.record_health_reports import reported_event
from services.registration.rules.care.health_day import HealthDay, is_late, next_day_to_open
from services.registration.rules.day_count import begins_at
from services.registration.storage import health_days
from services.registration.storage.health_days import Round
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import HealthDayOpened, PlaceHealthDayOpened
from shared.policy.care import HealthReports
from shared.postgres import Connection, Database

MOST_PEOPLE = 1000


@dataclass(frozen=True, slots=True)
class Opened:
    """What one turn opened; `goes_on` tells that more is waiting."""

    people: int
    goes_on: bool


async def open_health_days(
    database: Database, law: HealthReports, *, now: datetime, most: int = MOST_PEOPLE
) -> Opened:
    """Open the oldest day that is not open for everybody yet for up to `most` people.

    Each day is opened once, in the order of people, by whichever process holds its row; what was missed
    while everything was down is opened late and says so. Whoever reported already is told with it
    (渡建胜肺炎组发〔2021〕2号 §8, §11).
    """
    async with database.transaction() as connection:
        round_ = await health_days.unfinished_round(connection) or await _begin(connection, now)
        if round_ is None:
            return Opened(0, goes_on=False)
        people = await health_days.under_management(
            connection, law, round_.day, begins_at(round_.day), round_.after_person, most
        )
        late = is_late(round_.day, now)
        opened = await health_days.open_days(connection, round_.day, people, opened_at=now, opened_late=late)
        is_over = len(people) < most
        after = people[-1].person_id if people else round_.after_person
        await health_days.move_round(
            connection, round_.day, after, len(opened), finished_at=now if is_over else None
        )
        events = [envelope for day in opened for envelope in opened_events(day, now)]
        await outbox.put(connection, events, now=now)
    return Opened(len(opened), goes_on=True)


async def _begin(connection: Connection, now: datetime) -> Round | None:
    day = next_day_to_open(await health_days.last_round(connection), now)
    if day is None or not await health_days.begin_round(connection, day, now):
        return None
    return Round(day)


def opened_events(day: HealthDay, now: datetime) -> list[Envelope]:
    """Return what tells that a day is owed, and, where its report came before, that it is there."""
    opened = _opened(day, now)
    return [opened] if day.reported_at is None else [opened, reported_event(day, now)]


def _opened(day: HealthDay, now: datetime) -> Envelope:
    if day.place is None:
        event = HealthDayOpened(
            division=day.division,
            occurred_at=begins_at(day.day),
            recorded_at=now,
            person_id=day.person_id,
            day=day.day,
            opened_late=day.opened_late,
        )
    else:
        event = PlaceHealthDayOpened(
            division=day.division,
            occurred_at=begins_at(day.day),
            recorded_at=now,
            person_id=day.person_id,
            day=day.day,
            place=day.place,
            opened_late=day.opened_late,
        )
    return envelop(event, id=derived_id(event.TYPE, day.person_id, day.day))
