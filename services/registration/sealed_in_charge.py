"""Who is in charge of a sentinel: sealed at rest, masked where it is shown."""

import json
from dataclasses import dataclass

from services.registration.sealed_person import masked_name, masked_telephone
from shared.sealing import Sealer


@dataclass(frozen=True, slots=True)
class PersonInCharge:
    """A person who answers for a sentinel."""

    name: str
    telephone: str


def seal_in_charge(sealer: Sealer, code: str, person: PersonInCharge) -> bytes:
    """Return the person sealed for this sentinel; the bytes do not open for another."""
    words = json.dumps([person.name, person.telephone], ensure_ascii=False)
    return sealer.seal(words, purpose=_purpose(code))


def open_in_charge(sealer: Sealer, code: str, sealed: bytes) -> PersonInCharge:
    """Return the person whole; raises Unsealable when the key is gone."""
    name, telephone = json.loads(sealer.open(sealed, purpose=_purpose(code)))
    return PersonInCharge(name, telephone)


def masked_in_charge(sealer: Sealer, code: str, sealed: bytes) -> PersonInCharge:
    """Return the person as others may see them."""
    whole = open_in_charge(sealer, code, sealed)
    return PersonInCharge(masked_name(whole.name), masked_telephone(whole.telephone))


def resealed_in_charge(sealer: Sealer, code: str, sealed: bytes) -> bytes | None:
    """Return the same words under the current key; None when it sealed them already."""
    if not sealer.needs_resealing(sealed):
        return None
    purpose = _purpose(code)
    return sealer.seal(sealer.open(sealed, purpose=purpose), purpose=purpose)


def _purpose(code: str) -> str:
    return f"sentinel-in-charge:{code}"
