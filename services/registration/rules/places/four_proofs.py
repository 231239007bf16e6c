"""The four proofs 四必备 of imported cold-chain food: what lacks one is not sold.

Which proofs there are stands in the policy (渡建胜肺炎组发〔2021〕2号 §10).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts import derived_id


class LotState(StrEnum):
    """Whether a lot may be sold 可否销售."""

    BLOCKED = "blocked"
    CLEARED = "cleared"


class Lack(StrEnum):
    """Why a proof does not count 缺证原因."""

    MISSING = "missing"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Proof:
    """One document of one kind, as far as it is known."""

    lot_id: UUID
    kind: str
    document: str
    valid_until: datetime | None = None
    """The last moment at which it counts; None when it names none."""
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None

    @property
    def id(self) -> UUID:
        """The proof's id: one document of one kind for one lot."""
        return derived_id("cold-chain-proof", self.lot_id, self.kind, self.document)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said of it, so that saying it again is known as a repetition."""
        return derived_id("cold-chain-proof-statement", self.id, self.valid_until, self.withdrawn_at)


@dataclass(frozen=True, slots=True, order=True)
class Lacking:
    """A kind of proof that does not count, and why."""

    kind: str
    why: Lack


def merge(one: Proof, other: Proof) -> Proof:
    """Return what holds of both: the earliest end and the earliest withdrawal, in any order."""
    withdrawals = [(p.withdrawn_at, p.withdrawn_reason or "") for p in (one, other) if p.withdrawn_at]
    withdrawn_at, reason = min(withdrawals, default=(None, None))
    ends = [proof.valid_until for proof in (one, other) if proof.valid_until]
    return Proof(one.lot_id, one.kind, one.document, min(ends, default=None), withdrawn_at, reason)


def counts(proof: Proof, at: datetime) -> bool:
    """Tell whether a proof counts at a moment: through its last moment, and until it was withdrawn."""
    is_withdrawn = proof.withdrawn_at is not None and at >= proof.withdrawn_at
    return not is_withdrawn and (proof.valid_until is None or at <= proof.valid_until)


def judge(proofs: Iterable[Proof], kinds: Sequence[str], at: datetime) -> list[Lacking]:
    """Return what a lot lacks at a moment, in the order of the policy; nothing lets it be sold."""
    known = list(proofs)
    lacking: list[Lacking] = []
    for kind in kinds:
        of_kind = [proof for proof in known if proof.kind == kind]
        if any(counts(proof, at) for proof in of_kind):
            continue
        standing = [one for one in of_kind if one.withdrawn_at is None or at < one.withdrawn_at]
        why = Lack.EXPIRED if standing else Lack.WITHDRAWN if of_kind else Lack.MISSING
        lacking.append(Lacking(kind, why))
    return lacking


def next_change_after(proofs: Iterable[Proof], at: datetime) -> datetime | None:
    """Return the moment after which one of the proofs that count now counts no more; None when none ends."""
    moments = [
        moment
        for proof in proofs
        if counts(proof, at)
        for moment in (proof.valid_until, proof.withdrawn_at)
        if moment is not None
    ]
    return min(moments, default=None)
