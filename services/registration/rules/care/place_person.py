"""Somebody of a key place: its staff, or who lives or learns there; both report their health every day.

Which kinds of places the policy says (渡建胜肺炎组发〔2021〕2号 §13, §18).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.day_count import day_of
from shared.errors import FieldProblem
from shared.instants import problems_ahead


class PlaceRole(StrEnum):
    """What somebody is at a place 场所身份."""

    STAFF = "staff"
    MEMBER = "member"
    """A resident, an inmate, a pupil or a child."""


@dataclass(frozen=True, slots=True)
class PlacePerson:
    """Somebody on the list of a place as it was entered last."""

    person_id: UUID
    role: PlaceRole
    since: date
    left_on: date | None
    """The first day on which they are not there any more."""
    recorded_at: datetime

    @property
    def said(self) -> tuple[object, ...]:
        """What a repetition repeats."""
        return (self.person_id, self.role, self.since, self.left_on)


def problems_of(one: PlacePerson, now: datetime) -> Sequence[FieldProblem]:
    """Return why somebody cannot be put on a list, field by field; an empty list when they can."""
    problems = problems_ahead({"recorded_at": one.recorded_at}, now)
    if one.since > day_of(now):
        problems.append(FieldProblem("since", "lies ahead"))
    if one.left_on is not None and one.left_on < one.since:
        problems.append(FieldProblem("left_on", "lies before since"))
    return problems
