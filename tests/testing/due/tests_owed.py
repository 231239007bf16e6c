"""Due tests and samples for tests, made short: change what a test is about, leave the rest."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.testing.rules.due.settlement import Owed, Swab, Taken
from shared.clock import SHANGHAI
from tests.builders import A_VILLAGE

ZERO = date(2021, 2, 8)
"""A Monday."""


def day(number: int) -> date:
    return ZERO + timedelta(days=number)


def at(number: int, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of day `number` in Shanghai."""
    return datetime(ZERO.year, ZERO.month, ZERO.day, hour, minute, tzinfo=SHANGHAI) + timedelta(days=number)


def owed(number: int, series: int = 1, until: int | None = None, begins: int | None = None) -> Owed:
    """A test that is due on day `number`; late samples count unless `until` is given."""
    return Owed(
        UUID(int=series * 1000 + number),
        UUID(int=series),
        day(number if begins is None else begins),
        day(number),
        None if until is None else day(until),
    )


def swab(number: int, hour: int = 9, due: Owed | None = None) -> Swab:
    """A sample of day `number`."""
    return Swab(at(number, hour), UUID(int=10_000 + number * 24 + hour), due and due.due_id)


def taken(sampled_at: datetime, subject: UUID | None = None, **changes: Any) -> Taken:
    """A sample that was taken."""
    values: dict[str, Any] = {"sample_id": uuid4(), "division": A_VILLAGE, **changes}
    return Taken(sampled_at=sampled_at, subject_id=subject, **values)
