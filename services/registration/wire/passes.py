"""Passes on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from services.registration.actions.movement.check_passage import Checked
from services.registration.pass_words import words_of
from services.registration.rules.movement.passage import Refusal
from services.registration.wire.people import IdentityOnWire
from shared.policy import Pack, Text
from shared.policy.movement import Colour, Passes
from shared.strict_json import WireModel

Passage = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]{0,63}$",
        description="A way of moving that the policy names 通行方式.",
        examples=["inside-municipality"],
    ),
]


class PassRow(WireModel):
    """Who wants to move, and how 通行核验; nobody is named in an address."""

    identity: IdentityOnWire | None = None
    person_id: UUID | None = Field(default=None, validate_default=True)
    passage: Passage = "inside-municipality"
    for_work: bool = False
    """Whether the work asks for it, which listed occupations may move for."""

    @field_validator("person_id")
    @classmethod
    def _says_once_who(cls, person_id: UUID | None, info: ValidationInfo) -> UUID | None:
        if "identity" not in info.data:
            return person_id
        if (person_id is None) == (info.data["identity"] is None):
            raise ValueError("either identity or person_id is told")
        return person_id


class ReasonView(BaseModel):
    """One reason against, as an official reads it out."""

    refusal: Refusal
    rests_on: str
    text: Text
    clauses: list[Text]


class PassView(BaseModel):
    """Whether somebody may move 能否通行, the colour of their code, and every reason against."""

    person_id: UUID
    passage: str
    is_allowed: bool
    is_allowed_by_exception: bool
    """Whether it is refused by a rule alone that somebody may make an exception of."""
    colour: Colour
    stage: str | None
    stage_last_day: date | None
    reasons: list[ReasonView]

    @classmethod
    def of(cls, checked: Checked, passage: str, law: Passes, pack: Pack) -> "PassView":
        """Return the wire's form of a check."""
        found, judged = checked.found, checked.passage
        clauses = list(pack.cite(law.clause))
        return cls(
            person_id=found.person_id,
            passage=passage,
            is_allowed=judged.is_allowed,
            is_allowed_by_exception=judged.only_in_principle,
            colour=judged.colour,
            stage=found.mover.stage,
            stage_last_day=found.stage_last_day,
            reasons=[
                ReasonView(
                    refusal=one.refusal,
                    rests_on=one.rests_on,
                    text=words_of(one, pack.measures),
                    clauses=clauses,
                )
                for one in judged.reasons
            ],
        )
