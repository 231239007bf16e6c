"""The drug ledger on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.registration.rules.sentinels.drug_sale import DrugSale, FollowReason, SaleKind
from services.registration.storage.drugs import StoredSale
from services.registration.wire.people import PersonRow
from services.registration.wire.references import Reference
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict
from shared.vocabulary import Symptom

Category = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]{0,63}$",
        description="A category of the policy 药品类别.",
        examples=["antipyretic"],
    ),
]
Product = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class DrugSaleRow(WireModel):
    """One line of a receipt or prescription 药品销售或处方登记, with the buyer's real name.

    One line of one receipt of one sentinel is one sale: sending it again is a repetition.
    """

    sentinel: Reference
    """The code of the clinic or pharmacy."""
    receipt: Reference
    """The number of the receipt or prescription."""
    line: Annotated[int, Field(ge=1, le=9_999)] = 1
    division: DivisionCode
    """Where it was sold."""
    residence: DivisionCode | None = None
    """Where the buyer lives or stays, which follows them; without it, where it was sold."""
    kind: SaleKind = SaleKind.SALE
    category: Category
    product: Product | None = None
    quantity: Annotated[int, Field(ge=1, le=100_000)] = 1
    """Packages."""
    symptoms: Annotated[list[Symptom], Field(max_length=50)] | None = None
    """What the buyer declared; empty for none, null where nobody asked."""
    sold_at: WireInstant
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""
    buyer: PersonRow

    def sale(self, *, now: datetime, received_from: str) -> DrugSale:
        """Return the row as the rules see it."""
        residence = self.residence or self.division
        return DrugSale(
            sentinel=self.sentinel,
            receipt=self.receipt,
            line=self.line,
            division=self.division,
            residence=residence,
            kind=self.kind,
            category=self.category,
            product=self.product,
            quantity=self.quantity,
            symptoms=None if self.symptoms is None else frozenset(self.symptoms),
            sold_at=self.sold_at,
            recorded_at=self.recorded_at or now,
            received_from=received_from,
            buyer=self.buyer.stated(residence),
        )


class DrugSaleView(BaseModel):
    """A sale as the ledger holds it; who the buyer is stands with the person."""

    sale_id: UUID
    division: str
    sentinel: str
    receipt: str
    line: int
    kind: SaleKind
    category: str
    product: str | None
    quantity: int
    symptoms: list[Symptom] | None
    person_id: UUID
    reasons: list[FollowReason]
    """Why the buyer is followed for it; empty where nothing calls for it."""
    sold_at: AwareDatetime
    recorded_at: AwareDatetime

    @classmethod
    def of(cls, held: StoredSale) -> "DrugSaleView":
        """Return the wire's form of a sale."""
        return cls.model_validate(shown_sale(held))


def shown_sale(held: StoredSale) -> dict[str, object]:
    """Return the fields that every form of a sale shows."""
    return {
        "sale_id": held.id,
        "division": held.division,
        "sentinel": held.sentinel,
        "receipt": held.receipt,
        "line": held.line,
        "kind": held.kind,
        "category": held.category,
        "product": held.product,
        "quantity": held.quantity,
        "symptoms": None if held.symptoms is None else sorted(held.symptoms),
        "person_id": held.person_id,
        "reasons": sorted(held.reasons),
        "sold_at": held.sold_at,
        "recorded_at": held.recorded_at,
    }


class DrugSaleReceipt(DrugSaleView):
    """What became of a sale, and what the ledger holds."""

    verdict: Verdict

    @classmethod
    def after(cls, held: StoredSale, verdict: Verdict) -> "DrugSaleReceipt":
        """Return the answer to a sale."""
        return cls.model_validate({**shown_sale(held), "verdict": verdict})


class DrugSaleRowReceipt(RowReceipt):
    """What became of one row of a batch."""

    receipt: str | None
    line: int | None
    sale_id: UUID | None = None
