"""What a roster document says: people and shifts, as YAML, CSV, JSON or JSON lines, judged row by row."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from shared import row_documents
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.policy.values import Identifier
from shared.row_documents import MEDIA, DocumentForm

__all__ = ["MEDIA", "PersonEntry", "PersonFields", "ReadEntry", "ShiftEntry", "read_document"]

LONGEST_SHIFT = timedelta(days=366)

PersonKey = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$"),
    Field(description="What the office calls the person in its documents: a code, no name and no number"),
]
Channel = Annotated[str, StringConstraints(min_length=4, max_length=1000, pattern=r"^[\x21-\x7e]+$")]


class Entry(BaseModel):
    """A row of the document; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)


class PersonFields(Entry):
    """A person who can be on duty, without the key; `channels` in the order in which they are tried."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
    division: DivisionCode
    language: Literal["zh", "en"] = "zh"
    channels: Annotated[tuple[Channel, ...], Field(max_length=8)] = ()
    working: bool = True
    """False while the contact is known to reach nobody; then nobody waits for an answer from there."""


class PersonEntry(PersonFields):
    """A person who can be on duty 值守人员."""

    id: PersonKey


class ShiftEntry(Entry):
    """A person holds a post of a division from one instant until just before another 值班班次."""

    post: Identifier
    division: DivisionCode
    person: PersonKey
    from_at: WireInstant = Field(alias="from")
    until_at: WireInstant = Field(alias="until")

    @model_validator(mode="after")
    def _ends_after_start(self) -> "ShiftEntry":
        if self.until_at <= self.from_at:
            raise PydanticCustomError("shift_order", "until must be later than from")
        if self.until_at - self.from_at > LONGEST_SHIFT:
            raise PydanticCustomError("shift_too_long", "a shift has 366 days at most")
        return self


ReadEntry: TypeAlias = row_documents.ReadEntry[PersonEntry | ShiftEntry]


def _kind_of(fields: Mapping[str, Any]) -> type[PersonEntry | ShiftEntry]:
    return ShiftEntry if "post" in fields else PersonEntry


FORM: DocumentForm[PersonEntry | ShiftEntry] = DocumentForm(("people", "shifts"), _kind_of, ("channels",))


def read_document(body: bytes, media: str) -> list[ReadEntry]:
    """Return every row of a roster, people and shifts as they stand; a row with a `post` is a shift.

    Raises what `row_documents.read_document` raises.
    """
    return row_documents.read_document(body, media, FORM)
