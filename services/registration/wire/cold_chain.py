"""Cold-chain lots on the wire."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationInfo, field_validator

from services.registration.actions.places.move_lot import MovementSent
from services.registration.actions.places.read_lots import Traced, WholeLot
from services.registration.actions.places.record_lots import LotSent, ProofSent
from services.registration.rules.places.four_proofs import Lack, Lacking, LotState, Proof, counts
from services.registration.rules.places.law import PlacesLaw
from services.registration.rules.places.lot import Lot, Movement
from services.registration.storage.cold_chain import Whereabouts
from services.registration.wire.places import KindName
from services.registration.wire.references import Reference
from services.registration.wire.tellings import Note, TellingFields, Title
from shared.divisions import contains
from shared.instants import WireInstant
from shared.policy.values import Text
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict

Amount = Annotated[Decimal, Field(gt=0, lt=1_000_000_000, max_digits=12, decimal_places=3)]


class ProofFields(WireModel):
    """A proof of a lot, by its kind and the document's own number."""

    kind: KindName
    document: Reference
    valid_until: WireInstant | None = None
    """The last moment at which it counts."""

    def sent(self) -> ProofSent:
        """Return the proof as the action takes it."""
        return ProofSent(self.kind, self.document, self.valid_until)


class LotFields(TellingFields):
    """A lot of imported cold-chain food that came to a place 冷链食品入库."""

    place: Reference
    """The code of the place that it came to."""
    number: Reference
    goods: Title
    origin: Title
    amount: Amount
    unit: KindName
    proofs: Annotated[list[ProofFields], Field(max_length=50, default_factory=list)]

    def sent(self, *, now: datetime, received_from: str) -> LotSent:
        """Return the lot as the action takes it."""
        told = self.telling(now=now, received_from=received_from)
        proofs = tuple(one.sent() for one in self.proofs)
        return LotSent(self.place, self.number, self.goods, self.origin, self.amount, self.unit, proofs, told)


class ProofStatement(TellingFields):
    """What is said of a proof later: that it is there, until when, or that it was withdrawn."""

    kind: KindName
    document: Reference
    valid_until: WireInstant | None = None
    withdrawn_at: WireInstant | None = None
    reason: Note | None = Field(default=None, validate_default=True)
    """Why it was withdrawn."""

    @field_validator("reason")
    @classmethod
    def _given_with_a_withdrawal(cls, reason: str | None, info: ValidationInfo) -> str | None:
        known = "withdrawn_at" in info.data
        if known and (info.data["withdrawn_at"] is None) != (reason is None):
            raise ValueError("is needed with withdrawn_at, and only with it")
        return reason

    def proof(self, lot_id: UUID) -> Proof:
        """Return the proof as the rules see it."""
        return Proof(lot_id, self.kind, self.document, self.valid_until, self.withdrawn_at, self.reason)


class MovementFields(TellingFields):
    """A part of a lot that goes from one place to another 冷链食品流转."""

    reference: Reference
    from_place: Reference
    to_place: Reference
    amount: Amount

    def sent(self, lot_id: UUID, *, now: datetime, received_from: str) -> MovementSent:
        """Return the movement as the action takes it."""
        told = self.telling(now=now, received_from=received_from)
        return MovementSent(lot_id, self.reference, self.from_place, self.to_place, self.amount, told)


class SaleFields(TellingFields):
    """A part of a lot that is sold 冷链食品销售."""

    reference: Reference
    place: Reference
    amount: Amount

    def sent(self, lot_id: UUID, *, now: datetime, received_from: str) -> MovementSent:
        """Return the sale as the action takes it."""
        told = self.telling(now=now, received_from=received_from)
        return MovementSent(lot_id, self.reference, self.place, None, self.amount, told)


class LackView(BaseModel):
    """A proof that a lot lacks, and why it does not count."""

    kind: str
    title: Text
    why: Lack

    @classmethod
    def of(cls, lack: Lacking, law: PlacesLaw) -> "LackView":
        """Return the wire's form of a lack."""
        titles = {kind.id: kind.title for kind in law.cold_chain.proofs}
        unknown = Text(zh=lack.kind, en=lack.kind)
        return cls(kind=lack.kind, title=titles.get(lack.kind, unknown), why=lack.why)


class LotView(BaseModel):
    """A cold-chain lot as it was judged last."""

    lot_id: UUID
    division: str
    number: str
    goods: str
    origin: str
    amount: Decimal
    unit: str
    state: LotState
    lacks: list[LackView]
    judged_at: AwareDatetime

    @classmethod
    def of(cls, lot: Lot, law: PlacesLaw) -> "LotView":
        """Return the wire's form of a lot."""
        return cls.model_validate(_shown(lot, law))


def _shown(lot: Lot, law: PlacesLaw) -> dict[str, object]:
    facts = lot.facts
    return {
        "lot_id": lot.id,
        "division": lot.division,
        "number": facts.number,
        "goods": facts.goods,
        "origin": facts.origin,
        "amount": facts.amount,
        "unit": facts.unit,
        "state": lot.state,
        "lacks": [LackView.of(lack, law) for lack in lot.lacks],
        "judged_at": lot.judged_at,
    }


class LotReceipt(LotView):
    """What became of a lot or a proof that was sent, and how the lot stands."""

    verdict: Verdict

    @classmethod
    def after(cls, lot: Lot, verdict: Verdict, law: PlacesLaw) -> "LotReceipt":
        """Return the answer to a lot."""
        return cls.model_validate({**_shown(lot, law), "verdict": verdict})


class LotRowReceipt(RowReceipt):
    """What became of one lot of a batch."""

    number: str | None = None
    lot_id: UUID | None = None
    state: LotState | None = None


class ProofView(BaseModel):
    """A proof of a lot, and whether it counts now."""

    kind: str
    document: str
    valid_until: AwareDatetime | None
    withdrawn_at: AwareDatetime | None
    withdrawn_reason: str | None
    counts: bool

    @classmethod
    def of(cls, proof: Proof, now: datetime) -> "ProofView":
        """Return the wire's form of a proof as it stands at `now`."""
        return cls(
            kind=proof.kind,
            document=proof.document,
            valid_until=proof.valid_until,
            withdrawn_at=proof.withdrawn_at,
            withdrawn_reason=proof.withdrawn_reason,
            counts=counts(proof, now),
        )


class PlaceInLot(BaseModel):
    """A place where a lot was; one outside the caller's subtree is not named."""

    code: str | None
    division: str | None

    @classmethod
    def of(cls, place: Whereabouts, own: str) -> "PlaceInLot":
        """Return the wire's form of a place for a caller of the division `own`."""
        is_own = contains(own, place.division)
        return cls(code=place.code if is_own else None, division=place.division if is_own else None)


class HoldingView(BaseModel):
    """How much of a lot a place of the caller's subtree has."""

    place: str
    division: str
    amount: Decimal


class LotHistory(LotView):
    """A lot with its proofs and where it is."""

    proofs: list[ProofView]
    holdings: list[HoldingView]

    @classmethod
    def whole(cls, whole: WholeLot, law: PlacesLaw, own: str, now: datetime) -> "LotHistory":
        """Return the wire's form of a lot for a caller of the division `own`."""
        holdings = [
            HoldingView(place=one.place.code, division=one.place.division, amount=one.amount)
            for one in whole.holdings
            if contains(own, one.place.division)
        ]
        proofs = [ProofView.of(proof, now) for proof in whole.proofs]
        return cls.model_validate({**_shown(whole.lot, law), "proofs": proofs, "holdings": holdings})


class SaleCheck(BaseModel):
    """Whether a lot may be sold at this moment, and if not, what it lacks."""

    lot_id: UUID
    may_be_sold: bool
    lacks: list[LackView]
    named_in_notice: bool
    """Whether a notice from another province names it, and that is not settled yet."""
    clause: str

    @classmethod
    def of(cls, lot: Lot, lacks: Sequence[Lacking], law: PlacesLaw, *, is_named: bool) -> "SaleCheck":
        """Return the wire's form of a judgement."""
        return cls(
            lot_id=lot.id,
            may_be_sold=not lacks and not is_named,
            lacks=[LackView.of(lack, law) for lack in lacks],
            named_in_notice=is_named,
            clause=law.cite([*law.cold_chain.clause, *(law.notices.clause if is_named else ())]),
        )


class MovementReceipt(BaseModel):
    """What became of a movement or a sale."""

    movement_id: UUID
    lot_id: UUID
    amount: Decimal
    occurred_at: AwareDatetime
    verdict: Verdict

    @classmethod
    def after(cls, movement: Movement, verdict: Verdict) -> "MovementReceipt":
        """Return the answer to a movement."""
        return cls(
            movement_id=movement.id,
            lot_id=movement.lot_id,
            amount=movement.amount,
            occurred_at=movement.told.at,
            verdict=verdict,
        )


class MovementView(BaseModel):
    """A movement of a lot; without `from_place` it came from outside, without `to_place` it was sold."""

    movement_id: UUID
    from_place: PlaceInLot | None
    to_place: PlaceInLot | None
    amount: Decimal
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime


class Trace(BaseModel):
    """The movements of a lot, by time."""

    items: list[MovementView]

    @classmethod
    def of(cls, traced: Traced, own: str) -> "Trace":
        """Return the wire's form of a trace for a caller of the division `own`."""

        def place(id_: UUID | None) -> PlaceInLot | None:
            return None if id_ is None else PlaceInLot.of(traced.places[id_], own)

        return cls(
            items=[
                MovementView(
                    movement_id=one.id,
                    from_place=place(one.from_place),
                    to_place=place(one.to_place),
                    amount=one.amount,
                    occurred_at=one.told.at,
                    recorded_at=one.told.recorded_at,
                )
                for one in traced.movements
            ]
        )
