"""What `quarantine.yaml` says: how many rooms are held, what a site has, and what happens inside one."""

from typing import Annotated, Literal

from pydantic import Field

from shared.policy.notices import Citation
from shared.policy.values import Duration, Identifier, PolicyModel, Text

Clauses = Annotated[tuple[Citation, ...], Field(min_length=1)]

Nearness = Literal["same-room", "same-family", "adjacent-room", "same-corridor"]


class Listed(PolicyModel):
    """One thing of a checklist."""

    id: Identifier
    title: Text


Checklist = Annotated[tuple[Listed, ...], Field(min_length=1)]


class Reserve(PolicyModel):
    """How many rooms are held in reserve."""

    clause: Clauses
    rooms_per_case: Annotated[int, Field(ge=1, le=100_000)]
    decided: Text | None = None


class Layout(PolicyModel):
    """What a site must have before it opens."""

    clause: Clauses
    zones: Checklist
    passages: Checklist
    binds: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    """The kinds of sites that do not open without; the others only show what they lack."""
    decided: Text | None = None


class Staff(PolicyModel):
    """The kinds of staff that a site needs; what is missing is shown and stops nothing."""

    clause: Clauses
    kinds: Checklist


class Rounds(PolicyModel):
    """How often the people and the environment of an open site are tested."""

    clause: Clauses
    every: Duration
    environment_points: Annotated[int, Field(ge=1, le=10_000)]
    """How many points of a site are swabbed where the site itself names no number."""
    decided: Text | None = None


class Neighbours(PolicyModel):
    """Who becomes a contact when somebody inside is found positive."""

    clause: Clauses
    who: Annotated[tuple[Nearness, ...], Field(min_length=1)]
    positions: Annotated[int, Field(ge=1, le=1000)]
    """How far away along its corridor a room is still adjacent: 1 is the room next door."""
    within: Duration
    """How long before the finding a stay still counts."""
    ground: Identifier
    """The ground of measures.yaml on which they come under management."""
    decided: Text | None = None


class QuarantineFile(PolicyModel):
    """The file quarantine.yaml: the reserve of rooms, what a site has, and what happens inside one."""

    reserve: Reserve
    layout: Layout
    staff: Staff
    rounds: Rounds
    neighbours: Neighbours
