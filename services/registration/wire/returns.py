"""Returns on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationInfo, field_validator

from services.registration.actions.returns.withdraw_paper import SaidOfPaper
from services.registration.rules.returns.journey import PaperWord
from services.registration.rules.returns.return_merge import (
    Return,
    ReturnSource,
    ReturnState,
    ReturnStatement,
)
from services.registration.rules.returns.withdrawal import Withdrawal, WithdrawalReason
from services.registration.rules.telling import whole_minutes
from services.registration.storage.returns import ReturnSaid
from services.registration.wire.journeys import MOST_PROOFS, JourneyRow, JourneyView, ProofRow
from services.registration.wire.people import PersonRow
from services.registration.wire.references import Reference
from services.registration.wire.tellings import Note, TellingFields
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict


class ReturnRow(JourneyRow):
    """What a sender knows of a return 返乡信息: the arrival, and the registration once it is made.

    Who returned is told with `person` or by `person_id`; the same person's arrival, told under several
    references within three days, is one return.
    """

    reference: Reference
    division: DivisionCode
    source: ReturnSource
    arrived_at: WireInstant
    registered_at: WireInstant | None = None
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""
    person: PersonRow | None = None
    person_id: UUID | None = Field(default=None, validate_default=True)
    """Who returned, where they are on record."""

    @field_validator("person_id")
    @classmethod
    def _says_once_who(cls, person_id: UUID | None, info: ValidationInfo) -> UUID | None:
        if person_id is not None and info.data.get("person") is not None:
            raise ValueError("either person or person_id is told, not both")
        return person_id

    def statement(self, *, now: datetime, received_from: str) -> ReturnStatement:
        """Return the row as the rules see it."""
        recorded_at = self.recorded_at or now
        return ReturnStatement(
            reference=self.reference,
            division=self.division,
            source=self.source,
            arrived_at=self.arrived_at,
            registered_at=self.registered_at,
            recorded_at=recorded_at,
            received_from=received_from,
            person=self.person and self.person.stated(self.division),
            person_id=self.person_id,
            journey=self.journey(self.source, recorded_at),
            papers=self.papers(),
        )


class ProofsRow(WireModel):
    """Papers that were shown after the return was told of 补交证明."""

    proofs: Annotated[tuple[ProofRow, ...], Field(min_length=1, max_length=MOST_PROOFS)]
    source: ReturnSource = ReturnSource.VILLAGE
    """Who checked them; the village committee does (渡建胜肺炎组发〔2021〕2号 §16)."""
    recorded_at: WireInstant | None = None


class PaperWordRow(WireModel):
    """That a paper was false 证明作废, or that it holds after all."""

    kind: Literal["withdrawn", "restored"] = "withdrawn"
    reason: Note
    source: ReturnSource = ReturnSource.VILLAGE
    """Who found it out; the village committee checks papers (渡建胜肺炎组发〔2021〕2号 §16)."""
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt, unless it repeats what holds."""

    def said(self, paper_id: UUID, *, now: datetime, received_from: str) -> SaidOfPaper:
        """Return what is said of the paper, as the action takes it."""
        word = PaperWord(paper_id, self.recorded_at or now, self.kind == "withdrawn", self.reason)
        return SaidOfPaper(word, self.source, received_from, is_dated=self.recorded_at is not None)


class ReturnWithdrawalRow(TellingFields):
    """That there was no such return 返乡信息撤销, and why."""

    reason: WithdrawalReason
    note: Note | None = None

    def withdrawal(self, *, now: datetime, received_from: str) -> Withdrawal:
        """Return the withdrawal as the rules see it."""
        told = self.telling(now=now, received_from=received_from)
        return Withdrawal(self.reason, self.note, told.at, told.recorded_at, received_from)


class WithdrawalView(BaseModel):
    """Why a return was withdrawn by hand."""

    reason: WithdrawalReason
    note: str | None
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    received_from: str
    """The key that it came with."""


class ReturnView(BaseModel):
    """What holds of a return: the earliest arrival and the earliest registration that anybody told of."""

    return_id: UUID
    reference: str
    division: str
    state: ReturnState
    arrived_at: AwareDatetime
    arrival_recorded_at: AwareDatetime
    arrival_source: ReturnSource
    registered_at: AwareDatetime | None
    minutes_since_arrival: int | None
    """Until now; null once registered."""
    minutes_to_registration: int | None
    """From arrival to registration; null until then."""
    person_id: UUID | None = None
    """Who returned; null while nobody told."""
    withdrawn_into: UUID | None = None
    """The return that it turned out to be, told again under another reference."""
    withdrawn_at: AwareDatetime | None = None
    """When somebody withdrew it, because there was no such return; null unless that happened."""

    @classmethod
    def of(cls, held: Return, now: datetime) -> "ReturnView":
        """Return the wire's form of a return as it stands at `now`."""
        return cls.model_validate(_shown(held, now))


def _shown(held: Return, now: datetime) -> dict[str, object]:
    registered = held.registered
    return {
        "return_id": held.id,
        "reference": held.reference,
        "division": held.division,
        "state": held.state,
        "arrived_at": held.arrived.at,
        "arrival_recorded_at": held.arrived.recorded_at,
        "arrival_source": held.arrived.source,
        "registered_at": registered and registered.at,
        "minutes_since_arrival": None if registered else whole_minutes(now - held.arrived.at),
        "minutes_to_registration": registered and whole_minutes(registered.at - held.arrived.at),
        "person_id": held.person_id,
        "withdrawn_into": held.withdrawn_into,
        "withdrawn_at": held.withdrawn and held.withdrawn.at,
    }


class ReturnReceipt(ReturnView):
    """What became of a statement, and what holds now."""

    verdict: Verdict

    @classmethod
    def after(cls, held: Return, verdict: Verdict, now: datetime) -> "ReturnReceipt":
        """Return the answer to a statement."""
        return cls.model_validate({**_shown(held, now), "verdict": verdict})


class ReturnStatementView(BaseModel):
    """One thing that was said of a return, under its reference or another."""

    reference: str
    source: ReturnSource
    arrived_at: AwareDatetime
    registered_at: AwareDatetime | None
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class ReturnHistory(ReturnView):
    """A return, the way home, and everything that was said of it, in the order of its receipt."""

    journey: JourneyView
    statements: list[ReturnStatementView]
    withdrawal: WithdrawalView | None
    """Why somebody withdrew it; null unless that happened."""

    @classmethod
    def with_statements(
        cls, held: Return, said: list[ReturnSaid], withdrawal: Withdrawal | None, now: datetime
    ) -> "ReturnHistory":
        """Return the wire's form of a return with its history."""
        statements = [
            ReturnStatementView(
                reference=one.reference,
                source=one.source,
                arrived_at=one.arrived_at,
                registered_at=one.registered_at,
                recorded_at=one.recorded_at,
                received_at=one.received_at,
            )
            for one in said
        ]
        journey = JourneyView.of(held.journey)
        shown = withdrawal and WithdrawalView(
            reason=withdrawal.reason,
            note=withdrawal.note,
            occurred_at=withdrawal.occurred_at,
            recorded_at=withdrawal.recorded_at,
            received_from=withdrawal.received_from,
        )
        told = {"journey": journey, "statements": statements, "withdrawal": shown}
        return cls.model_validate({**_shown(held, now), **told})


class ReturnRowReceipt(RowReceipt):
    """What became of one return of a batch."""

    reference: str | None = None
    return_id: UUID | None = None
    """The return that it is about; several references may name one."""
