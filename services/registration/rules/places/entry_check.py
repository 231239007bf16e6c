"""Who enters a place 入口核验: nobody with symptoms works in or visits a closed institution.

The rules of entry stand in the policy (渡建胜肺炎组发〔2021〕2号 §12, §13); a place under closed management
lets no visitors in (§18; 渝肺炎组发〔2021〕1号 §17). What is checked names nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.registration.rules.telling import Telling
from shared.contracts import derived_id
from shared.policy.key_places import KeyPlaces
from shared.policy.values import Text
from shared.vocabulary import Symptom


class EntryRole(StrEnum):
    """As what somebody comes 来者身份."""

    STAFF = "staff"
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True)
class EntryCheck:
    """What was seen of somebody at a place's door; `reference` is the door's own mark."""

    place_id: UUID
    reference: str
    role: EntryRole
    temperature: Decimal
    """In °C, to a tenth."""
    symptoms: frozenset[Symptom]
    told: Telling

    @property
    def id(self) -> UUID:
        """The check's id: one reference of one place is one check."""
        return derived_id("place-entry-check", self.place_id, self.reference)


CLOSED_MANAGEMENT = "closed-management"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that keeps somebody out, with what to tell them."""

    rule: str
    clause: Sequence[str]
    advice: Text


def judge_entry(law: KeyPlaces, kind: str, check: EntryCheck, *, is_closed: bool) -> list[Refusal]:
    """Return every rule that keeps somebody out of a place of a kind; an empty list lets them in.

    Exactly the temperature of the rule is fever.
    """
    refusals = [
        Refusal(rule.id, rule.clause, rule.advice)
        for rule in law.entry
        if kind in rule.kinds
        and (
            check.temperature >= Decimal(str(rule.fever_from_celsius))
            or not check.symptoms.isdisjoint(rule.symptoms)
        )
    ]
    closing = law.closed_management
    if is_closed and check.role in closing.refuses:
        refusals.append(Refusal(CLOSED_MANAGEMENT, closing.clause, closing.advice))
    return refusals
