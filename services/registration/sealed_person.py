"""A person at rest: one sealed document with all that names them, and keyed hashes to find them by.

What stands beside it in the open (division, occupation) names nobody. `docs/decisions/0017` says why it is
one document and what a hash gives away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

import orjson

from services.registration.rules.people.identity import Identity, IdentityKind
from services.registration.rules.people.likeness import repetition_key, surname_of
from services.registration.rules.people.person import Contact, PersonStated
from shared.sealing import Sealer

IDENTITY = "person-identity"
TELEPHONE = "person-telephone"
TELEPHONE_SURNAME = "person-telephone-surname"
REPETITION = "person-repetition"
STATEMENT = "person-statement"
CONTACT = "person-contact"


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The keyed hashes of a person under the current key; None for what is not known."""

    identity: bytes | None
    telephone: bytes | None
    telephone_surname: bytes | None
    repetition: bytes | None
    """Set only for people without an identity document: see `repetition_key`."""


def details_purpose(person_id: UUID) -> str:
    """Return what a person's document is sealed for: it opens in its own row only."""
    return f"person-details/{person_id}"


def statement_purpose(person_id: UUID) -> str:
    """Return what statements about a person are sealed for."""
    return f"person-statement/{person_id}"


def write(person: PersonStated) -> str:
    """Return all that names a person as one JSON document, what is not known left out."""
    return orjson.dumps(_document(person)).decode()


def _document(person: PersonStated) -> dict[str, Any]:
    document: dict[str, Any] = {"name": person.name}
    if person.identity is not None:
        document["identity"] = {"kind": person.identity.kind, "number": person.identity.number}
    if person.telephone is not None:
        document["telephone"] = person.telephone
    if person.birth_date is not None:
        document["birth_date"] = person.birth_date
    if (contact := person.contact) is not None:
        document["contact"] = {
            "name": contact.name,
            "telephone": contact.telephone,
            "relation": contact.relation,
        }
    return document


def read(text: str, division: str, occupation: str | None) -> PersonStated:
    """Return the person that `write` wrote, with what stands beside the document."""
    return _read(orjson.loads(text), division, occupation)


def _read(document: Mapping[str, Any], division: str, occupation: str | None) -> PersonStated:
    identity, contact = document.get("identity"), document.get("contact")
    born = document.get("birth_date")
    return PersonStated(
        division=division,
        name=document["name"],
        identity=identity and Identity(IdentityKind(identity["kind"]), identity["number"]),
        telephone=document.get("telephone"),
        birth_date=born and date.fromisoformat(born),
        occupation=occupation,
        contact=contact and Contact(contact["name"], contact["telephone"], contact["relation"]),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What a person's row keeps sealed: the person, and by what they are found again without a document.

    The second stays as it was when the person is corrected, so that the list in which they stood first still
    finds them.
    """

    person: PersonStated
    repetition: str | None

    @classmethod
    def of(cls, person: PersonStated, repetition: str | None = None) -> "Kept":
        """Return what is kept of a person; without a former `repetition` it follows from them."""
        return cls(person, repetition or repetition_key(person))


class _Sealed(Protocol):
    @property
    def person_id(self) -> UUID: ...
    @property
    def division(self) -> str: ...
    @property
    def occupation(self) -> str | None: ...
    @property
    def details_sealed(self) -> bytes: ...


def seal(sealer: Sealer, person_id: UUID, kept: Kept) -> bytes:
    """Return a person's document sealed with the current key, for their own row only."""
    document = _document(kept.person)
    if kept.repetition is not None:
        document["repetition"] = kept.repetition
    return sealer.seal(orjson.dumps(document).decode(), purpose=details_purpose(person_id))


def open_row(sealer: Sealer, row: _Sealed) -> Kept:
    """Return what a person's row keeps; raises Unsealable when the key is gone or it is another's row."""
    text = sealer.open(row.details_sealed, purpose=details_purpose(row.person_id))
    return read_kept(text, row.division, row.occupation)


def read_kept(text: str, division: str, occupation: str | None) -> Kept:
    """Return what a person's row keeps, from the document as it was opened."""
    document = orjson.loads(text)
    return Kept(_read(document, division, occupation), document.get("repetition"))


def fingerprints_of(sealer: Sealer, kept: Kept) -> Fingerprints:
    """Return a person's keyed hashes under the current key."""
    person, repetition = kept.person, kept.repetition
    telephone = person.telephone
    return Fingerprints(
        identity=person.identity and sealer.fingerprint(identity_text(person.identity), purpose=IDENTITY),
        telephone=None if telephone is None else sealer.fingerprint(telephone, purpose=TELEPHONE),
        telephone_surname=None
        if telephone is None
        else sealer.fingerprint(_with_surname(telephone, person.name), purpose=TELEPHONE_SURNAME),
        repetition=None if repetition is None else sealer.fingerprint(repetition, purpose=REPETITION),
    )


def identity_fingerprints(sealer: Sealer, identity: Identity) -> tuple[bytes, ...]:
    """Return the hashes of an identity document under all keys, the current one first."""
    return sealer.fingerprints(identity_text(identity), purpose=IDENTITY)


def telephone_fingerprints(sealer: Sealer, telephone: str) -> tuple[bytes, ...]:
    """Return the hashes of a telephone number under all keys."""
    return sealer.fingerprints(telephone, purpose=TELEPHONE)


def telephone_surname_fingerprints(sealer: Sealer, person: PersonStated) -> tuple[bytes, ...]:
    """Return the hashes of a person's telephone with their surname, under all keys."""
    if person.telephone is None:
        return ()
    return sealer.fingerprints(_with_surname(person.telephone, person.name), purpose=TELEPHONE_SURNAME)


def repetition_fingerprints(sealer: Sealer, person: PersonStated) -> tuple[bytes, ...]:
    """Return the hashes that find a person without a document again, under all keys."""
    key = repetition_key(person)
    return () if key is None else sealer.fingerprints(key, purpose=REPETITION)


def statement_fingerprints(sealer: Sealer, person: PersonStated, unlike: str = "") -> tuple[bytes, ...]:
    """Return the hashes, under all keys, of everything that one statement says: they know its repetition.

    `unlike` tells apart what may be said twice, such as two corrections.
    """
    said = "\x1f".join((person.division, person.occupation or "", write(person), unlike))
    return sealer.fingerprints(said, purpose=STATEMENT)


def identity_text(identity: Identity) -> str:
    """Return what is hashed of a document: a passport's number is another person's identity card's never."""
    return f"{identity.kind}\x1f{identity.number}"


def seal_announced_contact(sealer: Sealer, preregistration_id: UUID, contact: Contact) -> bytes:
    """Return the contact whom an announced return names, sealed for it alone."""
    words = orjson.dumps([contact.name, contact.telephone, contact.relation]).decode()
    return sealer.seal(words, purpose=announced_contact_purpose(preregistration_id))


def open_announced_contact(sealer: Sealer, preregistration_id: UUID, sealed: bytes) -> Contact:
    """Return the contact whom an announced return names; raises Unsealable."""
    words = sealer.open(sealed, purpose=announced_contact_purpose(preregistration_id))
    return Contact(*orjson.loads(words))


def announced_contact_purpose(preregistration_id: UUID) -> str:
    """Return what the contacts of an announced return are sealed for."""
    return f"preregistration-contact/{preregistration_id}"


def contact_mark(sealer: Sealer, contact: Contact) -> str:
    """Return a keyed hash that stands for a contact where repetitions are told from news."""
    words = orjson.dumps([contact.name, contact.telephone, contact.relation]).decode()
    return sealer.fingerprint(words, purpose=CONTACT).hex()


def _with_surname(telephone: str, name: str) -> str:
    return f"{telephone}\x1f{surname_of(name)}"


def masked_name(name: str) -> str:
    """Return 张** for 张伟 and for every other name that begins alike."""
    return f"{name[:1]}**"


def masked_number(number: str) -> str:
    """Return a document's number with its first and last character, the others as stars."""
    return f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}" if len(number) > 4 else "*" * len(number)


def masked_telephone(telephone: str) -> str:
    """Return 138****0000 for a mobile number; of a shorter one less stays."""
    shown = 3 if len(telephone) >= 11 else 1
    ending = 4 if len(telephone) >= 11 else 2
    return f"{telephone[:shown]}{'*' * max(0, len(telephone) - shown - ending)}{telephone[-ending:]}"


def mask(person: PersonStated) -> PersonStated:
    """Return a person as shown to whoever may not read personal data; the day of birth falls away."""
    contact = person.contact
    return PersonStated(
        division=person.division,
        name=masked_name(person.name),
        identity=person.identity and Identity(person.identity.kind, masked_number(person.identity.number)),
        telephone=person.telephone and masked_telephone(person.telephone),
        birth_date=None,
        occupation=person.occupation,
        contact=contact and mask_contact(contact),
    )


def mask_contact(contact: Contact) -> Contact:
    """Return a contact as shown to whoever may not read personal data."""
    telephone = contact.telephone and masked_telephone(contact.telephone)
    return Contact(masked_name(contact.name), telephone, contact.relation)
