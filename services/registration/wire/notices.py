"""Notices from other provinces on the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.registration.rules.movement.assistance_notice import (
    EntryKind,
    NamedEntry,
    NoticeStatement,
)
from services.registration.rules.movement.match_progress import MatchState, MatchStep, MatchStepKind
from services.registration.rules.people.identity import IdentityKind
from services.registration.rules.returns.journey import normal_vehicle
from services.registration.rules.telling import Telling, whole_minutes
from services.registration.sealed_entry import mask_entry, open_entry
from services.registration.storage.notice_matches import StepSaid, StoredMatch
from services.registration.storage.notices import StoredNotice
from services.registration.wire.days import WireDay
from services.registration.wire.people import IdentityOnWire, PersonName, Telephone
from services.registration.wire.references import Reference
from services.registration.wire.tellings import Note, TellingFields, Title
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.sealing import Sealer
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict

LARGEST_NOTICE = 1_000
"""How many entries come with the notice itself; more are added in batches."""

VehicleNumber = Annotated[
    str,
    Field(
        min_length=1,
        max_length=32,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="Number of a train, flight, coach or car 车次、航班、车牌.",
        examples=["G8591"],
    ),
]


class EntryFields(WireModel):
    """One thing that a notice names 协查对象: a person by document or telephone, a vehicle, or a lot."""

    kind: EntryKind
    name: PersonName | None = None
    identity: IdentityOnWire | None = None
    telephone: Telephone | None = None
    vehicle: VehicleNumber | None = None
    lot: Reference | None = None
    on: WireDay | None = None
    """The day of the visit or journey that the notice names."""

    def entry(self) -> NamedEntry:
        """Return the entry as the rules see it."""
        return NamedEntry(
            self.kind,
            self.name,
            self.identity and self.identity.identity,
            self.telephone,
            self.vehicle and normal_vehicle(self.vehicle),
            self.lot,
            self.on,
        )


class NoticeFields(WireModel):
    """A notice from another province 外省市协查函 with what it names; it may come again and name more."""

    division: DivisionCode
    """Who received it."""
    issuer: Title
    number: Reference
    received_at: WireInstant
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""
    entries: Annotated[list[EntryFields], Field(min_length=1, max_length=LARGEST_NOTICE)]

    def statement(self, *, now: datetime, received_from: str) -> NoticeStatement:
        """Return the notice as the rules see it."""
        told = Telling(self.received_at, self.recorded_at or now, received_from)
        entries = tuple(entry.entry() for entry in self.entries)
        return NoticeStatement(self.division, self.issuer, self.number, told, entries)


class NoticeView(BaseModel):
    """A notice as it is on record; whom it names is shown with what was found only."""

    notice_id: UUID
    division: str
    issuer: str
    number: str
    received_at: AwareDatetime
    recorded_at: AwareDatetime
    people: int
    vehicles: int
    goods: int

    @classmethod
    def of(cls, stored: StoredNotice) -> "NoticeView":
        """Return the wire's form of a notice."""
        return cls(
            notice_id=stored.id,
            division=stored.division,
            issuer=stored.issuer,
            number=stored.number,
            received_at=stored.received_at,
            recorded_at=stored.recorded_at,
            people=stored.people,
            vehicles=stored.vehicles,
            goods=stored.goods,
        )


class NoticeReceipt(BaseModel):
    """What became of a notice; what was found is told to the divisions that it was found in."""

    notice_id: UUID
    verdict: Verdict
    new_entries: int


class EntryRowReceipt(RowReceipt):
    """What became of one entry of a batch."""

    entry_id: UUID | None = None


class NamedPerson(BaseModel):
    """A person whom a notice names, masked."""

    name: str | None
    identity_kind: IdentityKind | None
    identity_number: str | None
    telephone: str | None


class NamedView(BaseModel):
    """What a notice names."""

    kind: EntryKind
    person: NamedPerson | None
    vehicle: str | None
    lot: str | None
    on: date | None


class MatchView(BaseModel):
    """Something that a notice names and that stands in a ledger here, and how far it is followed."""

    match_id: UUID
    notice_id: UUID
    issuer: str
    number: str
    division: str
    ledger: str
    matched_id: UUID
    """Id of the person, return, transfer or lot."""
    via: str
    named: NamedView
    state: MatchState
    reason: str | None
    matched_at: AwareDatetime
    found_at: AwareDatetime | None
    contacted_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    age_minutes: int
    """Since it was matched, until now or its end."""

    @classmethod
    def of(cls, match: StoredMatch, sealer: Sealer, now: datetime) -> "MatchView":
        """Return the wire's form of a match as it stands at `now`."""
        return cls.model_validate(_shown(match, sealer, now))


def _shown(match: StoredMatch, sealer: Sealer, now: datetime) -> dict[str, object]:
    progress = match.progress
    return {
        "match_id": match.id,
        "notice_id": match.notice_id,
        "issuer": match.issuer,
        "number": match.number,
        "division": match.division,
        "ledger": match.ledger,
        "matched_id": match.subject_id,
        "via": match.via,
        "named": _named(match, sealer),
        "state": progress.state,
        "reason": progress.reason,
        "matched_at": match.matched_at,
        "found_at": progress.found_at,
        "contacted_at": progress.contacted_at,
        "ended_at": progress.ended_at,
        "age_minutes": whole_minutes((progress.ended_at or now) - match.matched_at),
    }


def _named(match: StoredMatch, sealer: Sealer) -> NamedView:
    person: NamedPerson | None = None
    if match.details_sealed is not None:
        masked = mask_entry(open_entry(sealer, match.entry_id, match.details_sealed))
        person = NamedPerson(
            name=masked.name,
            identity_kind=masked.identity and masked.identity.kind,
            identity_number=masked.identity and masked.identity.number,
            telephone=masked.telephone,
        )
    kind = EntryKind.PERSON if person else EntryKind.VEHICLE if match.vehicle else EntryKind.GOODS
    return NamedView(kind=kind, person=person, vehicle=match.vehicle, lot=match.lot_key, on=match.named_on)


class MatchStepFields(TellingFields):
    """What was done about a match 协查步骤."""

    step: MatchStepKind
    reason: Note | None = None
    """Needed where it is another, and where that was wrong."""

    def taken(self, match_id: UUID, *, now: datetime, received_from: str) -> MatchStep:
        """Return the step as the rules see it."""
        told = self.telling(now=now, received_from=received_from)
        return MatchStep(match_id, self.step, self.reason, told)


class MatchReceipt(MatchView):
    """What became of a step, and how the match stands."""

    verdict: Verdict

    @classmethod
    def after(cls, match: StoredMatch, verdict: Verdict, sealer: Sealer, now: datetime) -> "MatchReceipt":
        """Return the answer to a step."""
        return cls.model_validate({**_shown(match, sealer, now), "verdict": verdict})


class MatchStepView(BaseModel):
    """One step about a match."""

    step: MatchStepKind
    reason: str | None
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class MatchHistory(MatchView):
    """A match with every step about it, in the order of their receipt."""

    steps: list[MatchStepView]

    @classmethod
    def with_steps(
        cls, match: StoredMatch, said: Sequence[StepSaid], sealer: Sealer, now: datetime
    ) -> "MatchHistory":
        """Return the wire's form of a match with its history."""
        steps = [
            MatchStepView(
                step=MatchStepKind(one.step),
                reason=one.reason,
                occurred_at=one.occurred_at,
                recorded_at=one.recorded_at,
                received_at=one.received_at,
            )
            for one in said
        ]
        return cls.model_validate({**_shown(match, sealer, now), "steps": steps})
