"""Who may be whom: the same identity number is the same person; telephone with surname is a suspicion.

Names are never compared by likeness: of Chinese names that says nothing.
"""

import dataclasses
from collections.abc import Sequence
from uuid import UUID

from services.registration.rules.people.person import PersonStated
from shared.contracts import derived_id

MOST_SUSPECTS = 10
"""How many others one new person is held against: a crew with one telephone must not suspect all of all."""


def surname_of(name: str) -> str:
    """Return what stands for a surname when telephones agree: a Chinese name's first character.

    So 欧阳锋 and 欧锋 are alike, which only makes a suspicion the more. Of other names it is the first word,
    whatever its case.
    """
    first = name[:1]
    return first if "\u4e00" <= first <= "\u9fff" or first >= "\U00020000" else name.split(" ")[0].casefold()


def repetition_key(person: PersonStated) -> str | None:
    """Return what finds a person without an identity document again when the same list is sent twice.

    It takes the whole name and a telephone, their own or their contact's, in the same division; None where
    there is none, for two people of one name in one village are two people.
    """
    telephone = person.telephone or (person.contact and person.contact.telephone)
    if person.identity is not None or telephone is None:
        return None
    born = person.birth_date.isoformat() if person.birth_date else ""
    return "\x1f".join((person.division, person.name.casefold(), telephone, born))


def may_be_the_same(one: PersonStated, other: PersonStated) -> bool:
    """Tell whether two people with one telephone and surname are put before somebody to decide.

    Parents and children share a telephone: different numbers of the same kind of document tell them apart,
    unless the whole name agrees too, where one of the numbers may be a slip.
    """
    if one.name.casefold() == other.name.casefold():
        return True
    if one.identity is None or other.identity is None or one.identity.kind is not other.identity.kind:
        return True
    return one.identity.number == other.identity.number


@dataclasses.dataclass(frozen=True, slots=True)
class SuspectPair:
    """Two people who may be one; `one` has the smaller id."""

    one: UUID
    other: UUID

    @classmethod
    def of(cls, person: UUID, other: UUID) -> "SuspectPair":
        """Return the pair of two ids, whichever comes first."""
        return cls(*sorted((person, other)))

    @property
    def id(self) -> UUID:
        """Follows from the two, so that a pair is queued once, and never again after a decision."""
        return derived_id("suspect-pair", self.one, self.other)


def common_division(divisions: Sequence[str]) -> str:
    """Return the lowest division that all of these lie in: who sees both people decides about them."""
    first, *rest = divisions
    for code in (first, first[:9], first[:6], f"{first[:2]}0000"):
        prefix = code[:2] if code.endswith("0000") and len(code) == 6 else code
        if all(other.startswith(prefix) for other in rest):
            return code
    return first
