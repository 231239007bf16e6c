"""Orders to sequence positive samples, and sequences, on the wire."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.testing.actions.sequencing.read_orders import Comparisons
from services.testing.rules.sequencing.comparison import Closeness
from services.testing.rules.sequencing.order import Exclusion, OrderState, Sequence
from services.testing.storage.sequencing import Entry, LinkedOrder
from services.testing.wire.laboratory_quality import Ct
from services.testing.wire.marks import OwnMark
from services.testing.wire.results import Code, ReasonCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict

Lineage = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,4}(\.[0-9]{1,4}){0,8}$")]
"""A lineage as Pango writes it: `B.1.1.7`."""

Mutation = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:*_-]{2,32}$")]
"""One difference from the reference: `C241T`, `S:D614G`, `del:21765:6`."""


class ExclusionOrder(WireModel):
    """Why a sample is not sequenced 不予测序原因, by the policy's list."""

    reason_code: ReasonCode
    ct: Ct | None = None
    """The Ct value, where the reason is that it is too high."""
    occurred_at: WireInstant | None = None
    recorded_at: WireInstant | None = None

    def exclusion(self) -> Exclusion:
        """Return the reason as the rules see it."""
        return Exclusion(self.reason_code, self.ct)


class SequenceFields(WireModel):
    """What a sample was found to hold 测序结果."""

    laboratory: Code
    """Who sequenced it."""
    lineage: Lineage
    accession: OwnMark
    """Under which the sequence is kept."""
    sequenced_at: WireInstant
    mutations: Annotated[list[Mutation], Field(max_length=500)] | None = None
    """What differs from the reference; an empty list where nothing does."""
    recorded_at: WireInstant | None = None

    def sequence(self) -> Sequence:
        """Return the sequence as the rules see it."""
        mutations = None if self.mutations is None else frozenset(self.mutations)
        return Sequence(self.laboratory, self.lineage, self.accession, self.sequenced_at, mutations)


class SequenceRow(SequenceFields):
    """A sequence of a batch, with the sample that it is of."""

    sample_id: UUID


class SequenceRowReceipt(RowReceipt):
    """What became of one sequence of a batch."""

    sample_id: UUID | None = None


class SequenceView(BaseModel):
    """A sequence on record."""

    laboratory: str
    lineage: str
    accession: str
    sequenced_at: AwareDatetime
    mutations: list[str] | None

    @classmethod
    def of(cls, held: Sequence) -> "SequenceView":
        """Return the wire's form of a sequence."""
        return cls(
            laboratory=held.laboratory,
            lineage=held.lineage,
            accession=held.accession,
            sequenced_at=held.sequenced_at,
            mutations=None if held.mutations is None else sorted(held.mutations),
        )


class OrderView(BaseModel):
    """An order to sequence a positive sample 测序任务."""

    sample_id: UUID
    division: str
    institution: str
    """Who found it positive."""
    person_id: UUID | None
    case_id: UUID | None
    positive_at: AwareDatetime
    due_at: AwareDatetime
    state: OrderState
    exclusion: str | None
    ct: Decimal | None
    sequence: SequenceView | None

    @classmethod
    def of(cls, held: LinkedOrder) -> "OrderView":
        """Return the wire's form of an order."""
        return cls.model_validate(order_fields(held))


def order_fields(held: LinkedOrder) -> dict[str, Any]:
    """Return what is shown of an order."""
    order = held.order
    return {
        "sample_id": order.sample_id,
        "division": order.division,
        "institution": order.institution,
        "person_id": order.person_id,
        "case_id": held.case_id,
        "positive_at": order.positive_at,
        "due_at": order.due_at,
        "state": order.state,
        "exclusion": order.exclusion and order.exclusion.reason_code,
        "ct": order.exclusion and order.exclusion.ct,
        "sequence": order.sequence and SequenceView.of(order.sequence),
    }


class OrderReceipt(OrderView):
    """What became of a sequence that was told."""

    verdict: Verdict


class EntryView(BaseModel):
    """One thing that was said of an order."""

    kind: OrderState
    said: dict[str, str | float | list[str] | None]
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    received_at: AwareDatetime
    received_from: str


class OrderHistoryView(OrderView):
    """An order with all that was said of it, in the order in which it came."""

    entries: list[EntryView]

    @classmethod
    def with_entries(cls, held: LinkedOrder, entries: list[Entry]) -> "OrderHistoryView":
        """Return the wire's form of an order with its history."""
        views = [
            {
                "kind": one.kind,
                "said": one.said,
                "occurred_at": one.occurred_at,
                "recorded_at": one.recorded_at,
                "received_at": one.received_at,
                "received_from": one.received_from,
            }
            for one in entries
        ]
        return cls.model_validate({**order_fields(held), "entries": views})


class ComparisonView(BaseModel):
    """Another sample whose sequence is close 相近序列."""

    sample_id: UUID
    division: str
    case_id: UUID | None
    closeness: Closeness
    different_mutations: int | None
    """Null where one of the two does not say how it differs from the reference."""
    positive_at: AwareDatetime
    sequence: SequenceView


class ComparisonsView(BaseModel):
    """A sample's sequence, and those of the subtree that are close to it, the closest first 序列比对."""

    sample_id: UUID
    case_id: UUID | None
    sequence: SequenceView
    items: list[ComparisonView]

    @classmethod
    def of(cls, found: Comparisons) -> "ComparisonsView":
        """Return the wire's form of comparisons."""
        own = found.own.order
        assert own.sequence is not None
        return cls(
            sample_id=own.sample_id,
            case_id=found.own.case_id,
            sequence=SequenceView.of(own.sequence),
            items=[
                ComparisonView(
                    sample_id=one.sample_id,
                    division=one.order.division,
                    case_id=found.cases.get(one.sample_id),
                    closeness=one.closeness,
                    different_mutations=one.different_mutations,
                    positive_at=one.order.positive_at,
                    sequence=SequenceView.of(one.order.sequence),
                )
                for one in found.close
                if one.order.sequence is not None
            ],
        )
