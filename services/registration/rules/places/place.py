"""A key place 重点场所: a shop, a school, a nursing home …, in a division, with a person in charge.

Which kinds there are stands in the policy (渡建胜肺炎组发〔2021〕2号 §12, §13, §18; 渝肺炎组发〔2021〕1号
§17).
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.rules.reference import refusal_of
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.policy.key_places import KeyPlaces


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed management 封闭管理 that lasts: since when, and why."""

    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PlaceStated:
    """What a sender says of a place; who is in charge of it lies sealed beside it."""

    code: str
    division: str
    kind: str
    name: str
    address: str | None

    @property
    def id(self) -> UUID:
        """The place's id: one code is one place."""
        return place_id(self.code)


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it stands in the register."""

    stated: PlaceStated
    closure: Closure | None

    @property
    def id(self) -> UUID:
        """The place's id."""
        return self.stated.id

    @property
    def code(self) -> str:
        """The place's code."""
        return self.stated.code

    @property
    def division(self) -> str:
        """The place's division."""
        return self.stated.division

    @property
    def kind(self) -> str:
        """The place's kind, by the policy's name."""
        return self.stated.kind


def place_id(code: str) -> UUID:
    """Return the id of the place that carries a code."""
    return derived_id("place", code)


def problems_of(place: PlaceStated, law: KeyPlaces, divisions: Container[str]) -> list[FieldProblem]:
    """Return why a place cannot be registered, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    if (reason := refusal_of(place.code)) is not None:
        problems.append(FieldProblem("code", reason))
    if place.division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {place.division!r}"))
    if law.kind(place.kind) is None:
        known = ", ".join(kind.id for kind in law.kinds)
        problems.append(FieldProblem("kind", f"no kind of the policy; known are {known}"))
    return problems
