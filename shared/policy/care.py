"""What `care.yaml` says: who answers for villages and people, and the daily round of health reports."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.divisions import Level
from shared.policy.notices import Citation
from shared.policy.values import Identifier, PolicyModel, Text
from shared.vocabulary import Symptom

Clauses = Annotated[tuple[Citation, ...], Field(min_length=1)]


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise PydanticCustomError("name_twice", "a name stands twice")
    return names


Names = Annotated[tuple[Identifier, ...], Field(min_length=1), AfterValidator(_once)]


class Role(PolicyModel):
    """One kind of responsible people, and where in the tree of divisions they answer for somebody."""

    id: Identifier
    title: Text
    named_for: Annotated[tuple[Level, ...], Field(min_length=1)]
    """The levels of divisions for which somebody is named; who is named higher up answers for all below."""
    parts: bool = False
    """Whether somebody may answer for a block or a building alone."""


class Responsible(PolicyModel):
    """The roles that must be held for something."""

    clause: Clauses
    roles: Names
    decided: Text | None = None


class Parts(PolicyModel):
    """The role that must be held for every building that the grid names."""

    clause: Clauses
    role: Identifier
    decided: Text | None = None


class PlacesReporting(PolicyModel):
    """Whose staff and whose members report every day, by the kind of key place."""

    clause: Clauses
    staff: Names
    """The kinds of key places whose staff report."""
    members: Names
    """The kinds whose residents, inmates, pupils or children do."""
    decided: Text | None = None


class HealthReports(PolicyModel):
    """Who reports temperature and symptoms every day, and what is followed up at once."""

    clause: Clauses
    stages: Names
    """The kinds of a plan's stages in which a report is owed for every day."""
    fever_from_celsius: Annotated[float, Field(ge=35, le=42)]
    """From this temperature on, itself included, it is a fever."""
    symptoms: Annotated[tuple[Symptom, ...], Field(min_length=1)]
    """What is flagged at once beside a fever by the thermometer."""
    places: PlacesReporting
    """Who beside people under management."""
    decided: Text | None = None


class CareFile(PolicyModel):
    """The file care.yaml: the responsibility grid, five for one, daily health reports."""

    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    levels: Responsible
    """The roles that answer for every village."""
    buildings: Parts
    five: Responsible
    """The roles that answer for every returned person."""
    health_reports: HealthReports

    @model_validator(mode="after")
    def _roles_known(self) -> "CareFile":
        known = {role.id for role in self.roles}
        named = {*self.levels.roles, *self.five.roles, self.buildings.role}
        if not named <= known:
            raise PydanticCustomError(
                "unknown_role",
                "names roles that are not listed: {names}",
                {"names": ", ".join(sorted(named - known))},
            )
        return self
