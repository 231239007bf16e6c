"""Inspections of places and their findings on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.registration.rules.places.finding import Finding, FindingState, FindingStep, FindingStepKind
from services.registration.rules.places.inspection import Answer, Answered, Inspection, finding_id
from services.registration.rules.telling import Telling, whole_minutes
from services.registration.storage.inspections import StepSaid
from services.registration.wire.places import KindName
from services.registration.wire.references import Reference
from services.registration.wire.tellings import Note, TellingFields
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import Verdict


class AnswerFields(WireModel):
    """What was seen of one item."""

    answer: Answer
    note: Note | None = None


class InspectionFields(WireModel):
    """An inspection 场所检查: one answer for each item of the checklist of the place's kind."""

    reference: Reference
    inspected_at: WireInstant
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""
    answers: Annotated[dict[KindName, AnswerFields], Field(min_length=1, max_length=200)]
    """By item of the checklist."""

    def answered(self) -> dict[str, Answered]:
        """Return the answers as the rules see them."""
        return {item: Answered(one.answer, one.note) for item, one in self.answers.items()}

    def telling(self, *, now: datetime, received_from: str) -> Telling:
        """Return when it was inspected and entered, and who told it."""
        return Telling(self.inspected_at, self.recorded_at or now, received_from)


class AnswerView(BaseModel):
    """What was seen of one item."""

    answer: Answer
    note: str | None
    finding_id: UUID | None
    """Under which it is followed up, where something was found."""


class InspectionView(BaseModel):
    """An inspection as it is on record."""

    inspection_id: UUID
    reference: str
    kind: str
    inspected_at: AwareDatetime
    recorded_at: AwareDatetime
    policy_version: int
    findings: int
    answers: dict[str, AnswerView]

    @classmethod
    def of(cls, inspection: Inspection) -> "InspectionView":
        """Return the wire's form of an inspection."""
        return cls.model_validate(_shown(inspection))


def _shown(inspection: Inspection) -> dict[str, object]:
    return {
        "inspection_id": inspection.id,
        "reference": inspection.reference,
        "kind": inspection.kind,
        "inspected_at": inspection.told.at,
        "recorded_at": inspection.told.recorded_at,
        "policy_version": inspection.policy_version,
        "findings": len(inspection.findings),
        "answers": {
            item: AnswerView(
                answer=one.answer,
                note=one.note,
                finding_id=finding_id(inspection.id, item) if one.answer is Answer.FINDING else None,
            )
            for item, one in inspection.answers.items()
        },
    }


class InspectionReceipt(InspectionView):
    """What became of an inspection that was sent."""

    verdict: Verdict

    @classmethod
    def after(cls, inspection: Inspection, verdict: Verdict) -> "InspectionReceipt":
        """Return the answer to an inspection."""
        return cls.model_validate({**_shown(inspection), "verdict": verdict})


class Inspections(BaseModel):
    """The newest inspections of a place, the newest first."""

    items: list[InspectionView]


class FindingStepFields(TellingFields):
    """What was done about a finding 整改."""

    step: FindingStepKind
    note: Note | None = None

    def taken(self, finding: UUID, *, now: datetime, received_from: str) -> FindingStep:
        """Return the step as the rules see it."""
        return FindingStep(finding, self.step, self.note, self.telling(now=now, received_from=received_from))


class FindingView(BaseModel):
    """What an inspection found, and how it stands."""

    finding_id: UUID
    inspection_id: UUID
    place_code: str
    division: str
    item: str
    state: FindingState
    found_at: AwareDatetime
    mended_at: AwareDatetime | None
    confirmed_at: AwareDatetime | None
    age_minutes: int
    """Since it was found, until now or its confirmation."""

    @classmethod
    def of(cls, finding: Finding, now: datetime) -> "FindingView":
        """Return the wire's form of a finding as it stands at `now`."""
        return cls.model_validate(_shown_finding(finding, now))


def _shown_finding(finding: Finding, now: datetime) -> dict[str, object]:
    return {
        "finding_id": finding.id,
        "inspection_id": finding.inspection_id,
        "place_code": finding.place_code,
        "division": finding.division,
        "item": finding.item,
        "state": finding.state,
        "found_at": finding.found_at,
        "mended_at": finding.mended_at,
        "confirmed_at": finding.confirmed_at,
        "age_minutes": whole_minutes((finding.confirmed_at or now) - finding.found_at),
    }


class FindingReceipt(FindingView):
    """What became of a step, and how the finding stands."""

    verdict: Verdict

    @classmethod
    def after(cls, finding: Finding, verdict: Verdict, now: datetime) -> "FindingReceipt":
        """Return the answer to a step."""
        return cls.model_validate({**_shown_finding(finding, now), "verdict": verdict})


class FindingStepView(BaseModel):
    """One step about a finding."""

    step: FindingStepKind
    note: str | None
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class FindingHistory(FindingView):
    """A finding with every step about it, in the order of their receipt."""

    steps: list[FindingStepView]

    @classmethod
    def with_steps(cls, finding: Finding, said: Sequence[StepSaid], now: datetime) -> "FindingHistory":
        """Return the wire's form of a finding with its history."""
        steps = [
            FindingStepView(
                step=FindingStepKind(one.step),
                note=one.note,
                occurred_at=one.occurred_at,
                recorded_at=one.recorded_at,
                received_at=one.received_at,
            )
            for one in said
        ]
        return cls.model_validate({**_shown_finding(finding, now), "steps": steps})
