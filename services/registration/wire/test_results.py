"""Results of tests done elsewhere, and how the tests of a plan stand, on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, StringConstraints

from services.registration.actions.plans.receive_test_result import ProofShown, ProofTaken
from services.registration.actions.plans.withdraw_test_result import ResultWithdrawal
from services.registration.rules.day_count import day_of, number_of
from services.registration.storage.settlements import PlanTest
from services.registration.wire.references import Reference
from services.registration.wire.tellings import Note
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import Verdict
from shared.vocabulary import Result

InstitutionNamed = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class ProofRow(WireModel):
    """The report of a nucleic-acid test that was done elsewhere 外地核酸检测报告."""

    reference: Reference
    institution: InstitutionNamed
    """What the institution is called on the report."""
    result: Result
    sampled_at: WireInstant
    resulted_at: WireInstant
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    def shown(self, now: datetime) -> ProofShown:
        """Return the row as the action takes it."""
        return ProofShown(
            reference=self.reference,
            institution=self.institution,
            result=self.result,
            sampled_at=self.sampled_at,
            resulted_at=self.resulted_at,
            recorded_at=self.recorded_at or now,
        )


class ResultWithdrawalRow(WireModel):
    """That the result of a test done elsewhere was false 外地检测结果作废, and why."""

    reason: Note
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    def withdrawal(self, *, now: datetime, received_from: str) -> ResultWithdrawal:
        """Return the withdrawal as the action takes it."""
        return ResultWithdrawal(self.reason, self.recorded_at or now, received_from)


class PlanTestView(BaseModel):
    """A test that a plan asks for."""

    test_id: UUID
    due_on: date
    """In Asia/Shanghai, like all days."""
    done: bool
    sampled_at: AwareDatetime | None
    days_late: int | None
    """How many days after the due day the sample was taken; null until it was."""

    @classmethod
    def of(cls, test: PlanTest) -> "PlanTestView":
        """Return the wire's form of a test."""
        late = None if test.sampled_at is None else max(0, number_of(test.due_on, day_of(test.sampled_at)))
        return cls(
            test_id=test.test_id,
            due_on=test.due_on,
            done=test.is_done,
            sampled_at=test.sampled_at,
            days_late=late,
        )


class ProofReceipt(BaseModel):
    """What became of a result, and how the tests of the plan stand now."""

    sample_id: UUID
    verdict: Verdict
    on_hold: bool
    """Whether a positive result keeps the plan from going on."""
    tests: list[PlanTestView]

    @classmethod
    def of(cls, taken: ProofTaken) -> "ProofReceipt":
        """Return the wire's form of what became of a proof."""
        return cls(
            sample_id=taken.sample_id,
            verdict=taken.verdict,
            on_hold=taken.is_held,
            tests=[PlanTestView.of(test) for test in taken.tests],
        )
