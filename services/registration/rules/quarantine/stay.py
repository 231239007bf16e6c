"""A stay in a room of a quarantine site 入住: who has which bed, with whom, from when until when."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead


class LeaveReason(StrEnum):
    """Why somebody left a site 离开原因."""

    RELEASED = "released"
    HANDED_OVER = "handed-over"
    """To the community, which goes on with the quarantine at home."""
    HOSPITAL = "hospital"
    MISTAKE = "mistake"
    """The person was never there."""


MOVED = "moved"
POSITIVE = "positive"
"""Why a stay ended, beside the reasons of leaving."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay as it is kept."""

    id: UUID
    site: str
    room: str
    bed: int
    person_id: UUID
    party_id: UUID
    division: str
    """Where the person belongs."""
    began_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    site_division: str


@dataclass(frozen=True, slots=True)
class RoomsWanted:
    """Rooms asked for: for one person, or for the people of one family, who stay together."""

    person_ids: tuple[UUID, ...]
    division: str
    """Where they belong."""
    began_at: datetime
    site: str | None = None
    """The site, where it is not left to the rule."""
    room: str | None = None

    @property
    def party_id(self) -> UUID:
        """Stands for the family in whatever rooms it has."""
        return derived_id("quarantine-party", *sorted(self.person_ids))


def problems_of(wanted: RoomsWanted, now: datetime, divisions: Container[str]) -> list[FieldProblem]:
    """Return why rooms cannot be asked for like this, field by field."""
    problems = problems_ahead({"began_at": wanted.began_at}, now)
    if wanted.division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {wanted.division!r}"))
    return problems + repeated("person_ids", wanted.person_ids)


def repeated(field: str, ids: Sequence[UUID]) -> list[FieldProblem]:
    """Return what is wrong with a list in which somebody stands twice."""
    return [] if len(set(ids)) == len(ids) else [FieldProblem(field, "names somebody twice")]


def stay_id_of(person_id: UUID, number: int) -> UUID:
    """Return the id of somebody's stay; `number` counts the stays before it."""
    return derived_id("room-stay", person_id, number)
