"""An inspection of a place 场所检查: one answer for each item of its kind's checklist."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.registration.rules.telling import Telling
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.policy.key_places import PlaceKind


class Answer(StrEnum):
    """What was seen of an item 检查结果."""

    OK = "ok"
    FINDING = "finding"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one item, with a few words where there is more to say."""

    answer: Answer
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """One inspection; `reference` is the inspector's own mark, one for each inspection of a place."""

    place_id: UUID
    reference: str
    kind: str
    answers: Mapping[str, Answered]
    policy_version: int
    told: Telling

    @property
    def id(self) -> UUID:
        """The inspection's id: one reference of one place is one inspection."""
        return derived_id("place-inspection", self.place_id, self.reference)

    @property
    def findings(self) -> list[str]:
        """The items that something was found about, in the order of their names."""
        return sorted(item for item, one in self.answers.items() if one.answer is Answer.FINDING)


def finding_id(inspection_id: UUID, item: str) -> UUID:
    """Return the id of what an inspection found about an item."""
    return derived_id("place-finding", inspection_id, item)


def problems_of(answers: Mapping[str, Answered], kind: PlaceKind) -> list[FieldProblem]:
    """Return which answers are missing and which nobody asked for, field by field."""
    missing = [item for item in kind.checklist if item not in answers]
    unknown = [item for item in answers if item not in kind.checklist]
    return [
        *(FieldProblem(f"answers.{item}", f"is on the checklist of {kind.id}") for item in missing),
        *(FieldProblem(f"answers.{item}", f"is not on the checklist of {kind.id}") for item in unknown),
    ]
