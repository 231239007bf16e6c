"""Days for which a health report is owed: which are opened when, and whether that was late.

People under management report every day (渡建胜肺炎组发〔2021〕2号 §8, §11), from the day after they came
under management; so do the people of key places (§13, §18), from the day after they were put on the list.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.registration.rules.day_count import begins_at, day_number, day_of
from shared.errors import FieldProblem
from shared.instants import problems_ahead

OPENING_GRACE = timedelta(seconds=30)
"""World time after midnight before a day is opened, so that plans decided before it are on record."""
LATE_AFTER = timedelta(minutes=30)
"""A day that is opened later than this was missed while the service was down."""


class MissedOutcome(StrEnum):
    """What somebody found who looked for a person without a report 漏报跟进结果."""

    WELL = "well"
    SYMPTOMS = "symptoms"
    NOT_FOUND = "not-found"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class HealthDay:
    """A day of a person, and what became of it."""

    person_id: UUID
    day: date
    division: str
    opened_at: datetime | None
    opened_late: bool
    reported_at: datetime | None
    followed_up_at: datetime | None
    outcome: MissedOutcome | None
    excused_at: datetime | None
    place: str | None = None
    """The code of the key place for whose people it is owed; None for who is under management."""

    @property
    def id(self) -> UUID:
        """The person's, for lists."""
        return self.person_id

    @property
    def is_missed(self) -> bool:
        """Whether a report is owed and nothing has come of it yet."""
        settled = self.reported_at or self.followed_up_at or self.excused_at
        return self.opened_at is not None and settled is None


@dataclass(frozen=True, slots=True)
class MissedDayFollowUp:
    """What was found out about somebody whose report did not come; times aware, in UTC."""

    person_id: UUID
    day: date
    outcome: MissedOutcome
    occurred_at: datetime
    recorded_at: datetime


def next_day_to_open(last: date | None, now: datetime) -> date | None:
    """Return the day that is to be opened next; None when all that have begun are.

    Days that passed while everything was down are among them, oldest first. Where no day was ever opened,
    it is the present one.
    """
    current = day_of(now - OPENING_GRACE)
    following = current if last is None else day_number(last, 1)
    return following if following <= current else None


def is_late(day: date, now: datetime) -> bool:
    """Tell whether a day that is opened at `now` is opened late."""
    return now - begins_at(day) > LATE_AFTER


def follow_up_problems(follow_up: MissedDayFollowUp, now: datetime) -> list[FieldProblem]:
    """Return why a follow-up cannot be stored, field by field."""
    problems = problems_ahead(
        {"occurred_at": follow_up.occurred_at, "recorded_at": follow_up.recorded_at}, now
    )
    if follow_up.occurred_at < begins_at(follow_up.day):
        problems.append(FieldProblem("occurred_at", "lies before the day began"))
    return problems
