"""What `requirements.yaml` says: what the notices demand, one entry each, in our own words."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.json_schema import WithJsonSchema

from shared.policy.notices import Citation
from shared.policy.values import Duration, Identifier, PolicyModel, Text, WallTime

Service = Literal["registration", "testing", "alerts", "reporting"]

FigureName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_FIGURE_SCHEMA: dict[str, Any] = {"type": ["string", "number", "array", "object"]}

Figure = Annotated[
    str | tuple[str, ...] | Mapping[FigureName, str | tuple[str, ...]], WithJsonSchema(_FIGURE_SCHEMA)
]
"""A figure of a clause that no clock keeps, as written: a count, an age, a list, or several by name."""


class Limit(PolicyModel):
    """The time limit that a clause gives: a span, or a wall time of every day."""

    within: Duration | None = None
    due_local_time: WallTime | None = None


class Requirement(PolicyModel):
    """One thing that the notices demand."""

    id: Identifier
    """The stable name that rules, tests and pages of the documents cite."""
    title: Text
    clauses: Annotated[tuple[Citation, ...], Field(min_length=1)]
    service: Service
    """The service that answers for it."""
    demand: Text
    """What is demanded, in our own words."""
    decided: Text | None = None
    """Where the texts leave something open: what this project does."""
    limit: Limit | None = None
    """The time limit; a clock must keep it, to the second."""
    figures: Mapping[FigureName, Figure] = Field(default_factory=dict[FigureName, Figure])
    """Every other figure that the clause gives: durations in ISO 8601, counts, stages."""


class RequirementsFile(PolicyModel):
    """The file requirements.yaml: what the notices demand, one entry each."""

    requirements: Annotated[tuple[Requirement, ...], Field(min_length=1)]
