"""Key places on the wire."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.registration.actions.places.register_places import PlaceToRegister
from services.registration.rules.places.closure import ClosureOrder
from services.registration.rules.places.entry_check import EntryCheck, EntryRole, Refusal
from services.registration.rules.places.law import PlacesLaw
from services.registration.rules.places.place import PlaceStated
from services.registration.sealed_contact import (
    NamedContact,
    in_charge_purpose,
    masked_contact,
    seal_contact,
)
from services.registration.storage.places import Abnormality, StoredPlace
from services.registration.wire.references import Reference
from services.registration.wire.tellings import ContactName, Note, Telephone, TellingFields, Title
from shared.divisions import DivisionCode
from shared.policy.key_places import ChecklistItem, PlaceKind
from shared.policy.values import Text
from shared.sealing import Sealer
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict
from shared.vocabulary import Symptom

KindName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64),
    Field(description="A kind of the policy, as `/v1/place-kinds` lists them.", examples=["nursing-home"]),
]


class ContactFields(WireModel):
    """Who can be reached 负责人; sealed at rest, masked in answers."""

    name: ContactName
    telephone: Telephone

    def contact(self) -> NamedContact:
        """Return who it is."""
        return NamedContact(self.name, self.telephone)


class ContactView(BaseModel):
    """Who can be reached, masked: enough to know whom one has before one."""

    name: str
    telephone: str

    @classmethod
    def of(cls, sealer: Sealer, sealed: bytes, purpose: str) -> "ContactView":
        """Return the wire's form of a sealed contact."""
        contact = masked_contact(sealer, sealed, purpose=purpose)
        return cls(name=contact.name, telephone=contact.telephone)


class PlaceFields(WireModel):
    """A place as it is registered 场所登记."""

    division: DivisionCode
    kind: KindName
    name: Title
    address: Title | None = None
    in_charge: ContactFields

    def registration(self, code: str, sealer: Sealer) -> PlaceToRegister:
        """Return the place as the register takes it."""
        stated = PlaceStated(code, self.division, self.kind, self.name, self.address)
        purpose = in_charge_purpose(code)
        return PlaceToRegister(stated, seal_contact(sealer, self.in_charge.contact(), purpose=purpose))


class PlaceRow(PlaceFields):
    """A place of a batch, with its code."""

    code: Reference

    def row(self, sealer: Sealer) -> PlaceToRegister:
        """Return the place as the register takes it."""
        return self.registration(self.code, sealer)


class PlaceView(BaseModel):
    """A place as it stands in the register."""

    place_id: UUID
    code: str
    division: str
    kind: str
    name: str
    address: str | None
    in_charge: ContactView
    closed_since: AwareDatetime | None
    """Since when closed management lasts; null while the place is open."""
    closed_reason: str | None

    @classmethod
    def of(cls, stored: StoredPlace, sealer: Sealer) -> "PlaceView":
        """Return the wire's form of a place."""
        return cls.model_validate(_shown(stored, sealer))


def _shown(stored: StoredPlace, sealer: Sealer) -> dict[str, object]:
    place = stored.place
    return {
        "place_id": place.id,
        "code": place.code,
        "division": place.division,
        "kind": place.kind,
        "name": place.stated.name,
        "address": place.stated.address,
        "in_charge": ContactView.of(sealer, stored.in_charge.sealed, in_charge_purpose(place.code)),
        "closed_since": place.closure and place.closure.since,
        "closed_reason": place.closure and place.closure.reason,
    }


class PlaceReceipt(BaseModel):
    """What became of a place that was sent."""

    place_id: UUID
    code: str
    verdict: Verdict


class PlaceRowReceipt(RowReceipt):
    """What became of one place of a batch."""

    code: str | None = None
    place_id: UUID | None = None


class ClosureOrderFields(TellingFields):
    """An order to close a place or to open it again 封闭管理."""

    closed: bool
    reason: Note


class ClosureView(BaseModel):
    """How a place stands after an order."""

    code: str
    verdict: Verdict
    closed_since: AwareDatetime | None
    closed_reason: str | None


class ClosureOrderView(BaseModel):
    """One order to close a place or to open it again."""

    closed: bool
    reason: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime

    @classmethod
    def of(cls, order: ClosureOrder) -> "ClosureOrderView":
        """Return the wire's form of an order."""
        return cls(
            closed=order.closed,
            reason=order.reason,
            occurred_at=order.told.at,
            recorded_at=order.told.recorded_at,
        )


class AbnormalityFields(TellingFields):
    """Something abnormal at a place 异常情况, told at once."""

    kind: KindName
    note: Note | None = None


class AbnormalityView(BaseModel):
    """Something abnormal that a place reported."""

    abnormality_id: UUID
    kind: str
    note: str | None
    occurred_at: AwareDatetime
    received_at: AwareDatetime

    @classmethod
    def of(cls, one: Abnormality) -> "AbnormalityView":
        """Return the wire's form of a report."""
        return cls(
            abnormality_id=one.id,
            kind=one.kind,
            note=one.note,
            occurred_at=one.occurred_at,
            received_at=one.received_at,
        )


class PlaceHistory(PlaceView):
    """A place with the orders to close it and the newest of what it reported."""

    closure_orders: list[ClosureOrderView]
    abnormalities: list[AbnormalityView]

    @classmethod
    def whole(
        cls,
        stored: StoredPlace,
        orders: Sequence[ClosureOrder],
        abnormalities: Sequence[Abnormality],
        sealer: Sealer,
    ) -> "PlaceHistory":
        """Return the wire's form of a place with its history."""
        return cls.model_validate(
            {
                **_shown(stored, sealer),
                "closure_orders": [ClosureOrderView.of(order) for order in orders],
                "abnormalities": [AbnormalityView.of(one) for one in abnormalities],
            }
        )


class EntryCheckFields(TellingFields):
    """What was seen of somebody at a place's door 入口核验; nothing that names them."""

    reference: Reference
    role: EntryRole
    temperature: Annotated[Decimal, Field(ge=30, le=45, max_digits=3, decimal_places=1)]
    """In °C."""
    symptoms: Annotated[list[Symptom], Field(max_length=len(Symptom))]

    def check(self, place_id: UUID, *, now: datetime, received_from: str) -> EntryCheck:
        """Return the check as the rules see it."""
        return EntryCheck(
            place_id,
            self.reference,
            self.role,
            self.temperature,
            frozenset(self.symptoms),
            self.telling(now=now, received_from=received_from),
        )


class RefusalView(BaseModel):
    """A rule that keeps somebody out, with its clause and what to tell them."""

    rule: str
    clause: str
    advice: Text

    @classmethod
    def of(cls, refusal: Refusal, law: PlacesLaw) -> "RefusalView":
        """Return the wire's form of a refusal."""
        return cls(rule=refusal.rule, clause=law.cite(refusal.clause), advice=refusal.advice)


class EntryView(BaseModel):
    """Whether somebody may enter, and if not, why."""

    check_id: UUID
    allowed: bool
    refusals: list[RefusalView]

    @classmethod
    def of(cls, check: EntryCheck, refusals: Sequence[Refusal], law: PlacesLaw) -> "EntryView":
        """Return the wire's form of a judgement."""
        views = [RefusalView.of(refusal, law) for refusal in refusals]
        return cls(check_id=check.id, allowed=not views, refusals=views)


class ChecklistItemView(BaseModel):
    """One thing that an inspection looks at."""

    item: str
    title: Text
    clause: str


class PlaceKindView(BaseModel):
    """A kind of key place, and what an inspection of one looks at."""

    kind: str
    title: Text
    clause: str
    checklist: list[ChecklistItemView]

    @classmethod
    def of(cls, kind: PlaceKind, law: PlacesLaw) -> "PlaceKindView":
        """Return the wire's form of a kind."""
        items: dict[str, ChecklistItem] = {item.id: item for item in law.places.items}
        return cls(
            kind=kind.id,
            title=kind.title,
            clause=law.cite(kind.clause),
            checklist=[
                ChecklistItemView(item=name, title=items[name].title, clause=law.cite(items[name].clause))
                for name in kind.checklist
            ],
        )


class PlaceKinds(BaseModel):
    """The kinds of key places that the policy lists."""

    items: list[PlaceKindView]
