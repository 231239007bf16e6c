"""Announced returns on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, field_validator

from services.registration.actions.people.read_preregistrations import PreregistrationRead
from services.registration.actions.people.record_preregistrations import Announcement
from services.registration.rules.people.person import Contact
from services.registration.rules.people.preregistration import (
    Announced,
    HealthCondition,
    PreregistrationSource,
    PreregistrationState,
)
from services.registration.rules.returns.journey import Transport
from services.registration.sealed_person import mask, mask_contact
from services.registration.storage.preregistrations import AnnouncedSaid
from services.registration.wire.days import WireDay
from services.registration.wire.journeys import TransportRow, TransportView
from services.registration.wire.people import PersonRow
from services.registration.wire.person_views import ContactView
from services.registration.wire.references import Reference
from shared.areas import AreaCode
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict

MOST_PLACES = 60


class PreregistrationRow(WireModel):
    """An intended return 返乡预登记: who, from where, over which places, with what, when, in which health."""

    reference: Reference
    division: DivisionCode
    """Where the person is expected."""
    source: PreregistrationSource
    person: PersonRow
    """With a contact who has a telephone 联系人."""
    origin: AreaCode
    """The place of departure 出发地."""
    places: Annotated[tuple[AreaCode, ...], Field(max_length=MOST_PLACES)] = ()
    """The places passed 途经地."""
    transport: TransportRow
    intended_on: WireDay
    """The intended day of the return 拟返乡日期."""
    health: HealthCondition
    cancelled: bool = False
    """The person does not come after all 取消返乡."""
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    @field_validator("person")
    @classmethod
    def _names_a_contact(cls, person: PersonRow) -> PersonRow:
        if person.contact is None:
            raise ValueError("needs a contact with a telephone: whoever is announced names one")
        return person

    def announcement(self, *, now: datetime, received_from: str) -> Announcement:
        """Return the row as the rules see it."""
        contact = self.person.contact
        return Announcement(
            reference=self.reference,
            person=self.person.stated(self.division),
            announced=Announced(
                source=self.source,
                origin=self.origin,
                places=self.places,
                transport=self.transport.transport,
                intended_on=self.intended_on,
                health=self.health,
                contact=contact.contact if contact else Contact(""),
                cancelled=self.cancelled,
                recorded_at=self.recorded_at or now,
            ),
            received_from=received_from,
        )


class PreregistrationView(BaseModel):
    """What holds of an intended return: what was entered last."""

    preregistration_id: UUID
    reference: str
    division: str
    person_id: UUID
    name: str | None
    """Masked."""
    telephone: str | None
    """Masked."""
    state: PreregistrationState
    source: PreregistrationSource
    origin: str
    places: list[str]
    transport: TransportView
    intended_on: date
    health: HealthCondition
    contact: ContactView
    """Masked."""
    recorded_at: AwareDatetime
    return_id: UUID | None
    """The return by which the person came."""

    @classmethod
    def of(cls, read: PreregistrationRead, today: date) -> "PreregistrationView":
        """Return the wire's form of an announced return as it stands on a day."""
        return cls.model_validate(_shown(read, today))


def _shown(read: PreregistrationRead, today: date) -> dict[str, object]:
    held, said = read.held, read.held.announced
    person = read.person and mask(read.person.person)
    contact = mask_contact(said.contact)
    return {
        "preregistration_id": held.id,
        "reference": held.reference,
        "division": held.division,
        "person_id": read.person.id if read.person else held.person_id,
        "name": person and person.name,
        "telephone": person and person.telephone,
        "state": held.state(today),
        "source": said.source,
        "origin": said.origin,
        "places": list(said.places),
        "transport": _transport(said.transport),
        "intended_on": said.intended_on,
        "health": said.health,
        "contact": {"name": contact.name, "telephone": contact.telephone, "relation": contact.relation},
        "recorded_at": said.recorded_at,
        "return_id": held.return_id,
    }


def _transport(transport: Transport) -> TransportView:
    return TransportView(kind=transport.kind, number=transport.number, seat=transport.seat)


class PreregistrationReceipt(PreregistrationView):
    """What became of a statement, and what holds now."""

    verdict: Verdict

    @classmethod
    def after(cls, read: PreregistrationRead, verdict: Verdict, today: date) -> "PreregistrationReceipt":
        """Return the answer to a statement."""
        return cls.model_validate({**_shown(read, today), "verdict": verdict})


class PreregistrationStatementView(BaseModel):
    """One thing that was said of an intended return."""

    source: PreregistrationSource
    origin: str
    places: list[str]
    transport: TransportView
    intended_on: date
    health: HealthCondition
    cancelled: bool
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class PreregistrationHistory(PreregistrationView):
    """An intended return and everything that was said of it, in the order of its receipt."""

    statements: list[PreregistrationStatementView]

    @classmethod
    def with_statements(
        cls, read: PreregistrationRead, said: list[AnnouncedSaid], today: date
    ) -> "PreregistrationHistory":
        """Return the wire's form of an intended return with its history."""
        statements = [
            PreregistrationStatementView(
                source=one.source,
                origin=one.origin,
                places=list(one.places),
                transport=_transport(one.transport),
                intended_on=one.intended_on,
                health=one.health,
                cancelled=one.cancelled,
                recorded_at=one.recorded_at,
                received_at=one.received_at,
            )
            for one in said
        ]
        return cls.model_validate({**_shown(read, today), "statements": statements})


class PreregistrationRowReceipt(RowReceipt):
    """What became of one intended return of a batch."""

    reference: str | None = None
    preregistration_id: UUID | None = None
    person_id: UUID | None = None
