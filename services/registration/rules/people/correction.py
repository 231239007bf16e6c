"""A correction 更正: named fields of a person are replaced or taken away; what was said before is kept."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.registration.rules.people.identity import IdentityKind
from services.registration.rules.people.person import PersonStated, person_of


class CorrectionReason(StrEnum):
    """Why a person is corrected 更正理由."""

    ENTRY_ERROR = "entry-error"
    """录入错误"""
    CHANGED = "changed"
    """情况变化"""
    DOCUMENT_SEEN = "document-seen"
    """核对证件"""
    MOVED = "moved"
    """迁居"""


CORRECTABLE = ("division", "name", "identity", "telephone", "birth_date", "occupation", "contact")


@dataclass(frozen=True, slots=True)
class Correction:
    """What is replaced: field and value, None for what is taken away (not division and name)."""

    fields: Mapping[str, Any]
    reason: CorrectionReason


def corrected(person: PersonStated, correction: Correction) -> PersonStated:
    """Return the person with the fields replaced.

    The day of birth follows a resident identity card that is corrected, unless it is named itself.
    """
    changes = dict(correction.fields)
    identity = changes.get("identity")
    if identity is not None and identity.kind is IdentityKind.RESIDENT_CARD:
        changes.setdefault("birth_date", None)
    changed = dataclasses.replace(person, **changes)
    return person_of(
        division=changed.division,
        name=changed.name,
        identity=changed.identity,
        telephone=changed.telephone,
        birth_date=changed.birth_date,
        occupation=changed.occupation,
        contact=changed.contact,
    )
