"""To whom a sentinel's report goes 报告去向: the offices of its township, as the policy names them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.registration.rules.sentinels.sentinel import township_of
from shared.institutions import InstitutionRegister
from shared.policy import Text
from shared.policy.surveillance import Reports


@dataclass(frozen=True, slots=True)
class Addressee:
    """An office that a report goes to."""

    role: Literal["report", "copy"]
    office: str
    title: Text
    division: str
    """The township whose office it is."""
    institution: str | None
    """Its code in the register of institutions; None where that has none, or the office is none."""


def addressees_of(division: str, law: Reports, institutions: InstitutionRegister) -> Sequence[Addressee]:
    """Return who gets a report from `division` (渝肺炎组发〔2021〕1号 sentinel sentence, decided)."""
    township = township_of(division)
    found: list[Addressee] = []
    for recipient in law.recipients:
        kind = recipient.institution_kind
        institution = institutions.of_kind(kind, township) if kind else None
        code = institution.code if institution else None
        found.append(Addressee(recipient.role, recipient.id, recipient.title, township, code))
    return found
