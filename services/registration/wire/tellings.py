"""What tells of a deed on the wire: when it was done, when that was entered, and words about it."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from services.registration.rules.reference import number_in
from services.registration.rules.telling import Telling
from shared.errors import InvalidInput
from shared.instants import WireInstant, problems_ahead
from shared.strict_json import WireModel


def _check(text: str) -> str:
    if (reason := number_in(text)) is not None:
        raise ValueError(reason)
    return text


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_check),
    Field(description="What people call it; no person's name or number.", examples=["建胜镇敬老院"]),
]

Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_check),
    Field(description="A few words; no person's name or number."),
]

ContactName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Telephone = Annotated[
    str,
    StringConstraints(pattern=r"^\+?[0-9][0-9 -]{4,20}[0-9]$"),
    Field(examples=["023-65800000"]),
]


class TellingFields(WireModel):
    """When something was done, and when that was entered in the sender's system."""

    occurred_at: WireInstant | None = None
    """When it was done; without it, its receipt here."""
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    def telling(self, *, now: datetime, received_from: str) -> Telling:
        """Return when it was done and entered, and who told it."""
        return Telling(self.occurred_at or now, self.recorded_at or now, received_from)


def refuse_ahead(told: TellingFields, now: datetime) -> None:
    """Raise InvalidInput naming each field that lies further ahead of `now` than a sender's clock may err."""
    stated = {"occurred_at": told.occurred_at or now, "recorded_at": told.recorded_at or now}
    if problems := problems_ahead(stated, now):
        raise InvalidInput("The body has fields that are refused.", problems=problems)
