"""Whom a notice names, at rest: one sealed document, and keyed hashes that find the same person here."""

from collections.abc import Iterator
from uuid import UUID

import orjson

from services.registration.rules.movement.assistance_notice import EntryKind, NamedEntry
from services.registration.rules.people.identity import Identity, IdentityKind
from services.registration.sealed_person import (
    identity_fingerprints,
    masked_name,
    masked_number,
    masked_telephone,
    telephone_fingerprints,
)
from shared.contracts import derived_id
from shared.sealing import Sealer

ENTRY = "notice-entry"


def entry_id(sealer: Sealer, notice_id: UUID, entry: NamedEntry) -> UUID:
    """Return the id of an entry; it follows from what is named, through a keyed hash."""
    if entry.kind is EntryKind.PERSON:
        mark = sealer.fingerprint(_write(entry), purpose=ENTRY).hex()
    else:
        mark = entry.vehicle or entry.lot_number or ""
    return derived_id("notice-entry", notice_id, entry.kind, mark, entry.named_on)


def seal_entry(sealer: Sealer, id_: UUID, entry: NamedEntry) -> bytes | None:
    """Return what names a person, sealed for this entry; None for vehicles and goods."""
    if entry.kind is not EntryKind.PERSON:
        return None
    return sealer.seal(_write(entry), purpose=_purpose(id_))


def open_entry(sealer: Sealer, id_: UUID, sealed: bytes) -> NamedEntry:
    """Return the person whom an entry names; raises Unsealable when the key is gone."""
    name, kind, number, telephone = orjson.loads(sealer.open(sealed, purpose=_purpose(id_)))
    identity = None if kind is None else Identity(IdentityKind(kind), number)
    return NamedEntry(EntryKind.PERSON, name, identity, telephone)


def mask_entry(entry: NamedEntry) -> NamedEntry:
    """Return a person as they are shown to whoever may not read personal data."""
    identity = entry.identity
    return NamedEntry(
        EntryKind.PERSON,
        entry.name and masked_name(entry.name),
        identity and Identity(identity.kind, masked_number(identity.number)),
        entry.telephone and masked_telephone(entry.telephone),
    )


def marks_of(sealer: Sealer, entry: NamedEntry) -> Iterator[tuple[str, bytes]]:
    """Yield the hashes by which people find themselves named, under all keys."""
    if entry.identity is not None:
        for mark in identity_fingerprints(sealer, entry.identity):
            yield "identity", mark
    if entry.telephone is not None:
        for mark in telephone_fingerprints(sealer, entry.telephone):
            yield "telephone", mark


def _write(entry: NamedEntry) -> str:
    identity = entry.identity
    words = [entry.name, identity and identity.kind, identity and identity.number, entry.telephone]
    return orjson.dumps(words).decode()


def _purpose(id_: UUID) -> str:
    return f"{ENTRY}/{id_}"
