"""What `movement.yaml` says: what is asked before a departure, and who may move how inside."""

from typing import Annotated, Literal

from pydantic import Field

from shared.policy.notices import Citation
from shared.policy.values import Identifier, PolicyModel, Text

Clauses = Annotated[tuple[Citation, ...], Field(min_length=1)]

Colour = Literal["green", "yellow", "red"]


class Departures(PolicyModel):
    """What is asked of residents before they leave."""

    clause: Clauses
    test_ready_days_before: Annotated[int, Field(ge=0, le=30)]
    """How many days before the departure a test falls at the latest, so that its result is there."""
    decided: Text | None = None


class CodeOfStage(PolicyModel):
    """The colour of the code of whoever is in a stage of a kind."""

    kind: Identifier
    """A kind of stage of measures.yaml."""
    colour: Colour


class PassageKind(PolicyModel):
    """A way of moving that may be asked about."""

    id: Identifier
    title: Text
    barred_by: Identifier | None = None
    """The restriction of measures.yaml that bars it, whatever the code."""


class Passes(PolicyModel):
    """Who may move how inside the municipality."""

    clause: Clauses
    stages: Annotated[tuple[CodeOfStage, ...], Field(min_length=1)]
    otherwise: Colour
    """The colour of whoever has no plan."""
    lets_pass: Annotated[tuple[Colour, ...], Field(min_length=1)]
    passages: Annotated[tuple[PassageKind, ...], Field(min_length=1)]
    stay_at_work: Identifier
    """The list of occupations of measures.yaml whose people, as a rule, stay where they work."""
    decided: Text | None = None

    def passage(self, id: str) -> PassageKind | None:
        """Return a way of moving; None when there is none of that name."""
        return next((one for one in self.passages if one.id == id), None)


class MovementFile(PolicyModel):
    """The file movement.yaml: departures and passes."""

    departures: Departures
    passes: Passes
