"""What was told about a moment, and which telling holds: the earliest, whoever told it, however late."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import FieldProblem
from shared.instants import problems_ahead


@dataclass(frozen=True, slots=True, order=True)
class Telling:
    """A moment in the world, when that was entered, and who told it; ordered by exactly that."""

    at: datetime
    recorded_at: datetime
    source: str = ""


def earliest(one: Telling | None, other: Telling | None) -> Telling | None:
    """Return the telling that holds; of two about the same instant the one entered first."""
    if one is None or other is None:
        return one or other
    return min(one, other)


def is_earlier(new: Telling | None, old: Telling | None) -> bool:
    """Tell whether `new` says of the world what was not known from `old`: a first or an earlier moment."""
    return new is not None and (old is None or new.at < old.at)


def order_problems(
    now: datetime, recorded_at: datetime, begin: tuple[str, datetime], end: tuple[str, datetime | None]
) -> list[FieldProblem]:
    """Return what is wrong with a statement's times, by field.

    The end may not lie before the beginning, and nothing further ahead of `now` than a sender's clock may
    be wrong. Because every statement carries its beginning, no order of statements can put the earliest end
    before the earliest beginning.
    """
    problems: list[FieldProblem] = []
    if end[1] is not None and end[1] < begin[1]:
        problems.append(FieldProblem(end[0], f"lies before {begin[0]}"))
    stated = {field: at for field, at in (begin, end) if at is not None}
    return problems + problems_ahead({**stated, "recorded_at": recorded_at}, now)


def whole_minutes(span: timedelta) -> int:
    """Return a span in minutes begun and ended, never below zero (a sender's clock may run ahead)."""
    return max(0, span // timedelta(minutes=1))
