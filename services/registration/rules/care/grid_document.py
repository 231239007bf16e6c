"""What a document of the grid says: people and what they answer for, judged row by row."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.registration.rules.care.grid import GridPlace
from services.registration.rules.reference import refusal_of
from shared import row_documents
from shared.divisions import DivisionCode
from shared.policy.values import Identifier
from shared.row_documents import DocumentForm


def _check_key(key: str) -> str:
    if (reason := refusal_of(key)) is not None:
        raise ValueError(reason)
    return key


StaffKey = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$"),
    AfterValidator(_check_key),
    Field(
        description="The office's own mark for the person, with a digit; never a name or a telephone number",
        examples=["jw-017"],
    ),
]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
Telephone = Annotated[
    str,
    StringConstraints(min_length=5, max_length=24, pattern=r"^\+?[0-9](?:[0-9 -]*[0-9])?$"),
    Field(examples=["023-68000000"]),
]
PartName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=r"^[^\s\x00-\x1f]+$"),
    Field(description="What the village calls the block or building; no spaces", examples=["3-2"]),
]


class Entry(BaseModel):
    """A row of the document; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class StaffFields(Entry):
    """Somebody who can be responsible 责任人, without the mark; name and telephone are sealed at rest."""

    name: PersonName
    telephone: Telephone | None = None
    division: DivisionCode
    """The division whose office keeps the entry."""
    roles: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=10)]
    working: bool = True
    """False once they have left; then whatever they answered for goes to others."""


class StaffEntry(StaffFields):
    """Somebody who can be responsible 责任人."""

    id: StaffKey


class ResponsibilityEntry(Entry):
    """Somebody holds a role for a division, or for a block or building of it 责任分工."""

    role: Identifier
    person: StaffKey
    division: DivisionCode
    block: PartName | None = None
    building: PartName | None = None

    @property
    def place(self) -> GridPlace:
        """What is answered for."""
        return GridPlace(self.division, self.block, self.building)


GridEntry: TypeAlias = StaffEntry | ResponsibilityEntry
ReadEntry: TypeAlias = row_documents.ReadEntry[GridEntry]


def _kind_of(fields: Mapping[str, Any]) -> type[GridEntry]:
    return ResponsibilityEntry if "role" in fields else StaffEntry


FORM: DocumentForm[GridEntry] = DocumentForm(("people", "responsibilities"), _kind_of, ("roles",))


def read_document(body: bytes, media: str) -> list[ReadEntry]:
    """Return every row of a grid's document as it stands; a row with a `role` is a responsibility.

    Raises what `row_documents.read_document` raises.
    """
    return row_documents.read_document(body, media, FORM)
