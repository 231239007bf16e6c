"""Who can be reached about a thing: name and telephone, sealed at rest, masked where they are shown."""

import json
from dataclasses import dataclass
from uuid import UUID

from shared.sealing import Sealer

FINGERPRINT = "contact"


@dataclass(frozen=True, slots=True)
class NamedContact:
    """A person in charge or an organiser."""

    name: str
    telephone: str


@dataclass(frozen=True, slots=True)
class SealedContact:
    """A contact as it lies in the database: sealed, with a keyed hash that knows the same one again."""

    sealed: bytes
    fingerprint: bytes


def seal_contact(sealer: Sealer, contact: NamedContact, *, purpose: str) -> SealedContact:
    """Return the contact sealed for one thing; the bytes do not open for another."""
    words = json.dumps([contact.name, contact.telephone], ensure_ascii=False)
    return SealedContact(
        sealer.seal(words, purpose=purpose), sealer.fingerprint(words, purpose=f"{FINGERPRINT}/{purpose}")
    )


def open_contact(sealer: Sealer, sealed: bytes, *, purpose: str) -> NamedContact:
    """Return the contact whole; raises Unsealable when the key is gone or the bytes belong elsewhere."""
    name, telephone = json.loads(sealer.open(sealed, purpose=purpose))
    return NamedContact(name, telephone)


def masked_contact(sealer: Sealer, sealed: bytes, *, purpose: str) -> NamedContact:
    """Return the contact with all but the surname and the ends of the telephone masked.

    Raises Unsealable when the key is gone or the bytes belong elsewhere.
    """
    whole = open_contact(sealer, sealed, purpose=purpose)
    return NamedContact(f"{whole.name[:1]}**", f"{whole.telephone[:3]}****{whole.telephone[-2:]}")


def in_charge_purpose(code: str) -> str:
    """Return what the person in charge of a place is sealed for."""
    return f"place-in-charge/{code}"


def organiser_purpose(gathering_id: UUID) -> str:
    """Return what the organiser of a gathering is sealed for."""
    return f"gathering-organiser/{gathering_id}"
