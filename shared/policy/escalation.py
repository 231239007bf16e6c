"""What `escalation.yaml` says: the duty posts, and who is paged after whom."""

from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from shared.policy.values import Duration, Identifier, PolicyModel, Text
from shared.vocabulary import Occasion

SearchLevel = Literal["own", "township", "district", "municipality"]


class Post(PolicyModel):
    """A duty post; the roster says which person holds it in which division at which time."""

    id: Identifier
    title: Text


class Rung(PolicyModel):
    """One step of a ladder: a post, where the search for its holder begins, and how long to wait."""

    post: Identifier
    search_from: SearchLevel = Field(alias="from")
    """The level where the search begins, going up through the parents until somebody is found: `own` is the
    clock's own division; a division that stands higher than the level named is searched from itself."""
    wait: Duration
    """How long nobody may answer before the next rung is paged; on the last rung `repeat_every` again."""


class OccasionStep(PolicyModel):
    """Where on the ladder an occasion begins, and whether it goes on climbing while nobody answers."""

    rung: Annotated[int, Field(ge=1)]
    """Counted from 1."""
    climb: bool


class Occasions(PolicyModel):
    """What is paged when: at the start, at each warning share, at the breach; left out, it pages nobody."""

    inform: OccasionStep | None = None
    warn: OccasionStep | None = None
    breach: OccasionStep
    """Always paged, always climbing."""

    @field_validator("breach")
    @classmethod
    def _climbs(cls, breach: OccasionStep) -> OccasionStep:
        if not breach.climb:
            raise PydanticCustomError("breach_must_climb", "must climb until somebody answers")
        return breach

    def step(self, occasion: Occasion) -> OccasionStep | None:
        """Return what an occasion pages, or None when it pages nobody."""
        return {Occasion.INFORM: self.inform, Occasion.WARN: self.warn, Occasion.BREACH: self.breach}[
            occasion
        ]


class Ladder(PolicyModel):
    """Who is paged after whom; it has no end but an answer, for the last rung repeats."""

    id: Identifier
    title: Text
    decided: Text
    """Why it is drawn so; the notices give no ladder."""
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1)]
    occasions: Occasions
    acknowledgement_holds: Duration
    """How long an acknowledgement stops the climbing while the clock is still open."""
    repeat_every: Duration
    """How often the last rung is paged until somebody answers."""


class EscalationFile(PolicyModel):
    """The file escalation.yaml: duty posts and ladders."""

    posts: Annotated[tuple[Post, ...], Field(min_length=1)]
    ladders: Annotated[tuple[Ladder, ...], Field(min_length=1)]
