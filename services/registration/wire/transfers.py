"""Transfers to central quarantine on the wire."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationInfo, field_validator

from services.registration.actions.quarantine.read_transfers import ShownTransfer
from services.registration.rules.quarantine.transfer import TransferState, TransferStatement
from services.registration.rules.returns.return_merge import return_id
from services.registration.rules.telling import whole_minutes
from services.registration.storage.transfers import TransferSaid
from services.registration.wire.references import Reference
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.reasons import sentence_in_chinese
from shared.strict_json import WireModel
from shared.verdicts import Verdict


class TransferRow(WireModel):
    """What a sender knows of a transfer 转运信息: the decision, and the arrival at the site once it is there.

    The person is named by the reference of the return in the same division, or by an id.
    """

    reference: Reference
    division: DivisionCode
    return_reference: Reference | None = None
    person_id: UUID | None = Field(default=None, validate_default=True)
    """The person's id; until people are on record, the id of the return."""
    decided_at: WireInstant
    arrived_at: WireInstant | None = None
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    @field_validator("person_id")
    @classmethod
    def _names_one_person(cls, person_id: UUID | None, info: ValidationInfo) -> UUID | None:
        known = "return_reference" in info.data
        if known and (person_id is None) == (info.data["return_reference"] is None):
            raise ValueError("either person_id or return_reference is needed, and not both")
        return person_id

    def statement(self, *, now: datetime, received_from: str) -> TransferStatement:
        """Return the row as the rules see it."""
        person_id = self.person_id
        if person_id is None:
            person_id = return_id(self.division, self.return_reference or "")
        return TransferStatement(
            reference=self.reference,
            division=self.division,
            person_id=person_id,
            decided_at=self.decided_at,
            arrived_at=self.arrived_at,
            recorded_at=self.recorded_at or now,
            received_from=received_from,
        )


class TransferView(BaseModel):
    """What holds of a transfer."""

    transfer_id: UUID
    reference: str
    division: str
    person_id: UUID
    state: TransferState
    decided_at: AwareDatetime
    requested_at: AwareDatetime | None
    """When a vehicle was asked for."""
    vehicle: str | None
    crew: str | None
    picked_up_at: AwareDatetime | None
    arrived_at: AwareDatetime | None
    """At the central site."""
    site: str | None
    room: str | None
    """Where the person stays, or stayed last, after the arrival."""
    withdrawn_at: AwareDatetime | None
    reason_code: str | None
    """Why it was withdrawn."""
    returned_at: AwareDatetime | None
    """When the person came home, shown beside; null when not known here."""
    minutes_since_decision: int | None
    """Until now; null once arrived or withdrawn."""

    @classmethod
    def of(cls, shown: ShownTransfer, now: datetime) -> "TransferView":
        """Return the wire's form of a transfer as it stands at `now`."""
        return cls.model_validate(_shown(shown, now))


def _shown(shown: ShownTransfer, now: datetime) -> dict[str, object]:
    held = shown.transfer
    return {
        "transfer_id": held.id,
        "reference": held.reference,
        "division": held.division,
        "person_id": held.person_id,
        "state": held.state,
        "decided_at": held.decided.at,
        "requested_at": held.requested and held.requested.at,
        "vehicle": held.dispatch and held.dispatch.vehicle,
        "crew": (held.dispatch and held.dispatch.crew) or None,
        "picked_up_at": held.picked_up and held.picked_up.at,
        "arrived_at": held.arrived and held.arrived.at,
        "site": shown.stay.site if shown.stay else held.destination and held.destination.site,
        "room": shown.stay and shown.stay.room,
        "withdrawn_at": held.withdrawn and held.withdrawn.at,
        "reason_code": held.withdrawn and held.withdrawn.reason_code,
        "returned_at": shown.returned_at,
        "minutes_since_decision": whole_minutes(now - held.decided.at)
        if held.state is TransferState.AWAITING
        else None,
    }


class TransferReceipt(TransferView):
    """What became of a statement, and what holds now."""

    verdict: Verdict

    @classmethod
    def after(cls, shown: ShownTransfer, verdict: Verdict, now: datetime) -> "TransferReceipt":
        """Return the answer to a statement."""
        return cls.model_validate({**_shown(shown, now), "verdict": verdict})


class ArrivalReceipt(TransferReceipt):
    """What became of an arrival."""

    no_room_because: str | None
    """Why no room was given; null when the person has one."""
    no_room_because_zh: str | None
    """The same in Chinese."""

    @classmethod
    def told(
        cls, shown: ShownTransfer, verdict: Verdict, lacking: str | None, now: datetime
    ) -> "ArrivalReceipt":
        """Return the answer to an arrival."""
        told = {"no_room_because": lacking, "no_room_because_zh": lacking and sentence_in_chinese(lacking)}
        return cls.model_validate({**_shown(shown, now), "verdict": verdict, **told})


class TransferStatementView(BaseModel):
    """One thing that was said of a transfer."""

    decided_at: AwareDatetime
    requested_at: AwareDatetime | None
    vehicle: str | None
    crew: str | None
    picked_up_at: AwareDatetime | None
    arrived_at: AwareDatetime | None
    site: str | None
    withdrawn_at: AwareDatetime | None
    reason_code: str | None
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class TransferHistory(TransferView):
    """A transfer and everything that was said of it, in the order of its receipt."""

    statements: list[TransferStatementView]

    @classmethod
    def with_statements(
        cls, shown: ShownTransfer, said: list[TransferSaid], now: datetime
    ) -> "TransferHistory":
        """Return the wire's form of a transfer with its history."""
        statements = [TransferStatementView.model_validate(asdict(one)) for one in said]
        return cls.model_validate({**_shown(shown, now), "statements": statements})
