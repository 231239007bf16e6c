"""People who may be one, and decisions about them, on the wire."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.registration.actions.people.decide_suspects import Order
from services.registration.rules.people.merging import DecisionKind, DecisionReason
from services.registration.storage.suspects import Decision
from shared.strict_json import WireModel
from shared.verdicts import Verdict


class DecisionRow(WireModel):
    """What somebody decides of two people 疑似重复处理: they are one (merge), or two (distinct)."""

    decision: Literal["merge", "distinct"]
    reason: DecisionReason
    keep: UUID | None = None
    """Of a merge: the record that survives; else the one with an identity document, then the older."""

    def order(self, decided_by: str) -> Order:
        """Return the row as an order."""
        kind = DecisionKind.MERGED if self.decision == "merge" else DecisionKind.DISTINCT
        return Order(kind, self.reason, decided_by, self.keep)


class MergeRow(WireModel):
    """Two people whom nobody suspected, and who are one 合并."""

    one: UUID
    other: UUID
    reason: DecisionReason
    keep: UUID | None = None

    def order(self, decided_by: str) -> Order:
        """Return the row as an order."""
        return Order(DecisionKind.MERGED, self.reason, decided_by, self.keep)


class UndoRow(WireModel):
    """Why a merge is undone 撤销合并."""

    reason: DecisionReason


class DecisionView(BaseModel):
    """What was decided of two people; of a merge, `other_id` ended in `person_id`."""

    decision_id: UUID
    kind: DecisionKind
    person_id: UUID
    other_id: UUID
    division: str
    reason: DecisionReason
    decided_at: AwareDatetime
    decided_by: str
    """The id of the key or account."""
    undoes: UUID | None

    @classmethod
    def of(cls, decision: Decision) -> "DecisionView":
        """Return the wire's form of a decision."""
        return cls.model_validate(_shown(decision))


def _shown(decision: Decision) -> dict[str, object]:
    return {
        "decision_id": decision.id,
        "kind": decision.kind,
        "person_id": decision.person_id,
        "other_id": decision.other_id,
        "division": decision.division,
        "reason": decision.reason,
        "decided_at": decision.decided_at,
        "decided_by": decision.decided_by,
        "undoes": decision.undoes,
    }


class DecisionReceipt(DecisionView):
    """What became of an order about two people."""

    verdict: Verdict

    @classmethod
    def after(cls, decision: Decision, verdict: Verdict) -> "DecisionReceipt":
        """Return the answer to an order."""
        return cls.model_validate({**_shown(decision), "verdict": verdict})
