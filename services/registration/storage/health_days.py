"""The rows of days for which a health report is owed, and how far each day has been opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.care.health_day import HealthDay, MissedDayFollowUp, MissedOutcome
from services.registration.storage.listing import Window
from shared.policy.care import HealthReports
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "health_days.sql")


NOBODY = UUID(int=0)
"""Before all people."""


@dataclass(frozen=True, slots=True)
class Owing:
    """Somebody who owes a report of a day, and where they are; `place` is the code of a key place."""

    person_id: UUID
    division: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A day that is being opened, and up to whom that has been done."""

    day: date
    after_person: UUID = NOBODY


def _day(row: Record) -> HealthDay:
    return HealthDay(
        person_id=row["person_id"],
        day=row["day"],
        division=row["division"],
        opened_at=row["opened_at"],
        opened_late=row["opened_late"],
        reported_at=row["reported_at"],
        followed_up_at=row["followed_up_at"],
        outcome=row["outcome"] and MissedOutcome(row["outcome"]),
        excused_at=row["excused_at"],
        place=row["place"],
    )


async def unfinished_round(connection: Connection) -> Round | None:
    """Take the oldest day that is being opened until the transaction ends; None when nothing waits."""
    row = await QUERIES.fetchrow(connection, "unfinished_round")
    return None if row is None else Round(row["day"], row["after_person"])


async def last_round(connection: Connection) -> date | None:
    """Return the last day whose opening has begun."""
    return await QUERIES.fetchval(connection, "last_round")


async def begin_round(connection: Connection, day: date, begun_at: datetime) -> bool:
    """Note that a day's opening begins; False when another process was first."""
    return await QUERIES.fetchval(connection, "begin_round", day=day, begun_at=begun_at) is not None


async def move_round(
    connection: Connection, day: date, after_person: UUID, people: int, finished_at: datetime | None
) -> None:
    """Note up to whom a day has been opened, and that everybody has been, when it is so."""
    await QUERIES.execute(
        connection,
        "move_round",
        day=day,
        after_person=after_person,
        people=people,
        finished_at=finished_at,
    )


async def under_management(
    connection: Connection,
    law: HealthReports,
    day: date,
    before: datetime,
    after_person: UUID,
    most: int,
) -> list[Owing]:
    """Return who owes a report of a day and where they are, in the order of ids.

    They came under management, or onto the list of a key place, before an instant.
    """
    rows = await QUERIES.fetch(
        connection,
        "under_management",
        stages=list(law.stages),
        staff_kinds=list(law.places.staff),
        member_kinds=list(law.places.members),
        day=day,
        before=before,
        after_person=after_person,
        most=most,
    )
    return [Owing(row["person_id"], row["division"], row["place"]) for row in rows]


async def open_days(
    connection: Connection,
    day: date,
    people: Sequence[Owing],
    *,
    opened_at: datetime,
    opened_late: bool,
) -> list[HealthDay]:
    """Open a day for people and return those days that were not open before."""
    rows = await QUERIES.fetch(
        connection,
        "open_days",
        day=day,
        person_ids=[one.person_id for one in people],
        divisions=[one.division for one in people],
        places=[one.place for one in people],
        opened_at=opened_at,
        opened_late=opened_late,
    )
    return [_day(row) for row in rows]


async def report_days(
    connection: Connection, reported: Mapping[tuple[UUID, date], tuple[str, datetime]]
) -> list[HealthDay]:
    """Note measurements by person and day, and return the days whose first or an earlier one it is."""
    rows = await QUERIES.fetch(
        connection,
        "report_days",
        person_ids=[person_id for person_id, _ in reported],
        days=[day for _, day in reported],
        divisions=[division for division, _ in reported.values()],
        reported_ats=[reported_at for _, reported_at in reported.values()],
    )
    return [_day(row) for row in rows]


async def excuse_days(
    connection: Connection, ended: Mapping[UUID, date], excused_at: datetime, place: str | None, *, any_: bool
) -> list[HealthDay]:
    """Excuse people from the day on which their management ended, and return the days concerned.

    With `place` it is what they owe for that place, without what they owe for their plan; `any_` is both.
    """
    rows = await QUERIES.fetch(
        connection,
        "excuse_days",
        person_ids=list(ended),
        from_days=list(ended.values()),
        excused_at=excused_at,
        place=place,
        any=any_,
    )
    return [_day(row) for row in rows]


async def lock_owed_days(connection: Connection, person_ids: Sequence[UUID]) -> list[HealthDay]:
    """Return the days that people owe, and let nobody else change them until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_owed_days", person_ids=list(person_ids))
    return [_day(row) for row in rows]


async def reported_days_of(
    connection: Connection, person_days: Sequence[tuple[UUID, date]]
) -> list[HealthDay]:
    """Return those of the days that the people reported."""
    rows = await QUERIES.fetch(
        connection,
        "reported_days_of",
        person_ids=[person_id for person_id, _ in person_days],
        days=[day for _, day in person_days],
    )
    return [_day(row) for row in rows]


async def lock_day(connection: Connection, person_id: UUID, day: date) -> HealthDay | None:
    """Return a day and let nobody else change it until the transaction ends; None for an unknown one."""
    row = await QUERIES.fetchrow(connection, "lock_day", person_id=person_id, day=day)
    return None if row is None else _day(row)


async def follow_up_day(connection: Connection, follow_up: MissedDayFollowUp) -> None:
    """Note what was found out about a day without a report."""
    await QUERIES.execute(
        connection,
        "follow_up_day",
        person_id=follow_up.person_id,
        day=follow_up.day,
        followed_up_at=follow_up.occurred_at,
        outcome=follow_up.outcome,
    )


async def list_missed(
    connection: Connection, window: Window, day: date, staff_id: UUID | None, place: str | None = None
) -> list[HealthDay]:
    """Return the people without a report of a day, all or those of one responsible person or key place."""
    rows = await QUERIES.fetch(
        connection, "list_missed", day=day, staff_id=staff_id, place=place, **window.values()
    )
    return [_day(row) for row in rows]


async def count_missed(connection: Connection, day: date) -> int:
    """Return how many people owe a report of a day for which nothing has come."""
    return await QUERIES.fetchval(connection, "count_missed", day=day)
