"""Instants as they come over a wire: RFC 3339 with an offset, in UTC, of this century, not far ahead."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

from shared.clock import SHANGHAI
from shared.errors import FieldProblem, InvalidInput

FUTURE_TOLERANCE = timedelta(minutes=5)
"""How far a sender's clock may run ahead of ours."""

AHEAD = "lies more than 5 minutes ahead of this server's time"

EARLIEST = datetime(2000, 1, 1, tzinfo=SHANGHAI).astimezone(UTC)
"""The first instant that a body may tell: an earlier one is mistyped, and would breach its clock at once."""

TOO_EARLY = "lies before the year 2000; is the date mistyped?"

_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?(?P<offset>[Zz]|[+-]\d{2}:\d{2})?", re.ASCII
)


def parse_instant(text: str) -> datetime:
    """Return the instant in UTC; digits beyond the microsecond are dropped.

    Raises ValueError with a reason fit for the sender: no RFC 3339 time, no offset, no such day.
    """
    found = _RFC_3339.fullmatch(text)
    if found is None:
        raise ValueError("must be an RFC 3339 time such as 2021-11-05T08:30:00+08:00")
    if found["offset"] is None:
        raise ValueError("must carry an offset, such as +08:00 or Z; a time without one is refused")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no time that exists") from None


def told_instant(text: str) -> datetime:
    """Return the instant that a body tells; raises ValueError as `parse_instant`, and before EARLIEST."""
    instant = parse_instant(text)
    if instant < EARLIEST:
        raise ValueError(TOO_EARLY)
    return instant


def _read(value: Any, read_text: Callable[[str], datetime]) -> datetime:
    """An instant that is no text is one of our own, which is shown as it is on record."""
    try:
        if isinstance(value, str):
            return read_text(value)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError("instant", "{reason}", {"reason": str(error)}) from None
    raise PydanticCustomError("instant", "must be an RFC 3339 time with an offset, as text")


def _read_wire_instant(value: Any) -> datetime:
    return _read(value, told_instant)


def _read_any_instant(value: Any) -> datetime:
    return _read(value, parse_instant)


WireInstant = Annotated[AwareDatetime, BeforeValidator(_read_wire_instant)]
"""A field of a request body: RFC 3339 with an offset only, from EARLIEST on, held in UTC."""

AnyWireInstant = Annotated[AwareDatetime, BeforeValidator(_read_any_instant)]
"""The same without EARLIEST, for senders to whom the year 1 is "never"."""


def read_instant(field: str, text: str) -> datetime:
    """Return the instant that a query parameter names, in UTC; raises InvalidInput naming `field`.

    A question may look back as far as it wants. A `+` that was not percent-encoded arrives as a
    space and is taken as the plus that was meant.
    """
    try:
        return parse_instant(text.replace(" ", "+"))
    except ValueError as error:
        raise InvalidInput(f"{field} {error}.", problems=[FieldProblem(field, str(error))]) from None


def is_future(instant: datetime, now: datetime) -> bool:
    """Tell whether an instant lies further ahead of `now` than a sender's clock may be wrong."""
    return instant > now + FUTURE_TOLERANCE


def problems_ahead(instants: Mapping[str, datetime], now: datetime) -> list[FieldProblem]:
    """Return the fields whose instant lies further ahead of `now` than a sender's clock may be wrong."""
    return [FieldProblem(field, AHEAD) for field, instant in instants.items() if is_future(instant, now)]


def refuse_future(field: str, instant: datetime, now: datetime) -> None:
    """Raise InvalidInput naming `field` when the instant lies more than five minutes ahead of `now`."""
    if is_future(instant, now):
        reason = f"lies in the future: it is now {now.isoformat(timespec='seconds')}"
        raise InvalidInput(f"{field} {reason}.", problems=[FieldProblem(field, reason)])
