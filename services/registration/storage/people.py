"""The rows of people: sealed details, the hashes that find them, and whom they were merged into."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.people.likeness import SuspectPair
from services.registration.sealed_person import Fingerprints
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "people.sql")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as the table holds them: sealed."""

    person_id: UUID
    division: str
    occupation: str | None
    details_sealed: bytes
    fingerprints: Fingerprints


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A person who was found, sealed; `merged_into` is None for whoever stands for themselves."""

    person_id: UUID
    division: str
    occupation: str | None
    details_sealed: bytes
    merged_into: UUID | None
    identity: bytes | None
    repetition: bytes | None
    first_received_at: datetime


@dataclass(frozen=True, slots=True)
class Traced:
    """A person whom a hash found; the hashes tell which."""

    person_id: UUID
    division: str
    identity: bytes | None
    telephone: bytes | None


@dataclass(frozen=True, slots=True)
class SaidRow:
    """One statement about a person, sealed."""

    person_id: UUID
    fingerprint: bytes
    division: str
    occupation: str | None
    said_sealed: bytes


def found_row(row: Record) -> FoundRow:
    """Return what a query for people gives."""
    return FoundRow(
        person_id=row["person_id"],
        division=row["division"],
        occupation=row["occupation"],
        details_sealed=row["details_sealed"],
        merged_into=row["merged_into"],
        identity=row["identity_fingerprint"],
        repetition=row["repetition_fingerprint"],
        first_received_at=row["first_received_at"],
    )


async def find_by_keys(
    connection: Connection, identities: Sequence[bytes], repetitions: Sequence[bytes]
) -> dict[bytes, FoundRow]:
    """Return whom each hash stands for: whoever was not merged, before others of the same hash."""
    rows = await QUERIES.fetch(
        connection, "find_people_by_keys", identities=list(identities), repetitions=list(repetitions)
    )
    found: dict[bytes, FoundRow] = {}
    asked = {*identities, *repetitions}
    for row in sorted(map(found_row, rows), key=lambda row: (row.merged_into is not None, row.person_id)):
        for key in (row.identity, row.repetition):
            if key in asked:
                found.setdefault(key, row)
    return found


async def insert(connection: Connection, people: Sequence[PersonRow], received_at: datetime) -> set[UUID]:
    """Store who is new and return their ids; who is absent was stored by somebody else meanwhile."""
    ordered = sorted(people, key=lambda row: _order(row.fingerprints))
    rows = await QUERIES.fetch(connection, "insert_people", received_at=received_at, **_columns(ordered))
    return {row["person_id"] for row in rows}


def _order(fingerprints: Fingerprints) -> tuple[bool, bytes]:
    return fingerprints.identity is None, fingerprints.identity or fingerprints.repetition or b""


async def lock(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, FoundRow]:
    """Return people and let nobody else change them until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_people", person_ids=sorted(ids))
    return {row["person_id"]: found_row(row) for row in rows}


async def update(connection: Connection, people: Sequence[PersonRow], changed_at: datetime) -> None:
    """Write what holds now of people who are locked; raises UniqueViolationError for another's key."""
    await QUERIES.execute(connection, "update_people", changed_at=changed_at, **_columns(people))


def _columns(people: Sequence[PersonRow]) -> dict[str, Sequence[object]]:
    return {
        "person_ids": [row.person_id for row in people],
        "divisions": [row.division for row in people],
        "occupations": [row.occupation for row in people],
        "details_sealed": [row.details_sealed for row in people],
        "identities": [row.fingerprints.identity for row in people],
        "telephones": [row.fingerprints.telephone for row in people],
        "telephone_surnames": [row.fingerprints.telephone_surname for row in people],
        "repetitions": [row.fingerprints.repetition for row in people],
    }


async def add_places(connection: Connection, places: AbstractSet[tuple[UUID, str]]) -> None:
    """Note which divisions told of whom."""
    ordered = sorted(places, key=lambda place: (place[0].int, place[1]))
    await QUERIES.execute(
        connection,
        "add_places",
        person_ids=[person_id for person_id, _ in ordered],
        divisions=[division for _, division in ordered],
    )


async def append(
    connection: Connection,
    said: Sequence[SaidRow],
    *,
    received_at: datetime,
    received_from: str,
    correction: tuple[Sequence[str], str] | None = None,
) -> set[tuple[UUID, bytes]]:
    """Keep statements and return (person, hash) of those that had not been made before.

    `correction` holds the fields that were replaced and the code of the reason.
    """
    ordered = sorted(said, key=lambda row: (row.person_id.int, row.fingerprint))
    fields, reason = correction or ((), None)
    rows = await QUERIES.fetch(
        connection,
        "append_person_statements",
        kind="stated" if correction is None else "corrected",
        person_ids=[row.person_id for row in ordered],
        fingerprints=[row.fingerprint for row in ordered],
        divisions=[row.division for row in ordered],
        occupations=[row.occupation for row in ordered],
        said_sealed=[row.said_sealed for row in ordered],
        fields=list(fields),
        reason=reason,
        received_at=received_at,
        received_from=received_from,
    )
    return {(row["person_id"], row["fingerprint"]) for row in rows}


async def find_said(
    connection: Connection, ids: Sequence[UUID], fingerprints: Sequence[bytes]
) -> set[tuple[UUID, bytes]]:
    """Return which statements are on record, as (person, hash)."""
    rows = await QUERIES.fetch(
        connection, "said_before", person_ids=list(ids), fingerprints=list(fingerprints)
    )
    return {(row["person_id"], row["fingerprint"]) for row in rows}


async def find_alike(
    connection: Connection, fingerprints: Sequence[bytes], *, most: int
) -> Mapping[bytes, list[FoundRow]]:
    """Return who has each hash of telephone with surname, at most `most` for each."""
    rows = await QUERIES.fetch(connection, "find_alike", fingerprints=list(fingerprints), most=most)
    alike: dict[bytes, list[FoundRow]] = defaultdict(list)
    for row in rows:
        alike[row["fingerprint"]].append(found_row(row))
    return alike


async def queue_suspects(
    connection: Connection, pairs: Mapping[SuspectPair, str], found_at: datetime
) -> None:
    """Queue pairs for somebody of their division to decide; those queued before stay as they are."""
    ordered = sorted(pairs, key=lambda pair: pair.id)
    await QUERIES.execute(
        connection,
        "queue_suspects",
        suspect_ids=[pair.id for pair in ordered],
        ones=[pair.one for pair in ordered],
        others=[pair.other for pair in ordered],
        divisions=[pairs[pair] for pair in ordered],
        found_at=found_at,
    )


async def note_looks(connection: Connection, ids: Sequence[UUID]) -> None:
    """Let people be held against others once more when the transaction has ended."""
    await QUERIES.execute(connection, "note_suspect_looks", person_ids=list(ids))


async def take_looks(connection: Connection, *, most: int) -> list[FoundRow]:
    """Take some of the people who are to be held against others once more."""
    taken = await QUERIES.fetch(connection, "take_suspect_looks", most=most)
    if not taken:
        return []
    ids = sorted({row["person_id"] for row in taken})
    return [found_row(row) for row in await QUERIES.fetch(connection, "people_looked_at", person_ids=ids)]


async def find_by_fingerprints(
    connection: Connection, identity: Sequence[bytes], telephone: Sequence[bytes]
) -> list[Traced]:
    """Return everybody whom one of the hashes finds, merged people as well; see `resolve`.

    Make the hashes with `identity_fingerprints` and `telephone_fingerprints`, which take all keys.
    """
    rows = await QUERIES.fetch(
        connection, "find_by_fingerprints", identities=list(identity), telephones=list(telephone)
    )
    return [
        Traced(row["person_id"], row["division"], row["identity_fingerprint"], row["telephone_fingerprint"])
        for row in rows
    ]


async def resolve(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """Return for each id that is known the one that survives: itself when it was never merged."""
    rows = await QUERIES.fetch(connection, "resolve_people", person_ids=list(ids))
    return {row["asked"]: row["survivor"] for row in rows}


async def merged_into(connection: Connection, survivors: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    """Return for each surviving id all ids that stand for the same person, its own among them.

    Returns, plans and the rest keep the id that they were stored with: ask for all of these.
    """
    rows = await QUERIES.fetch(connection, "people_merged_into", person_ids=list(survivors))
    same: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        same[row["survivor"]].append(row["person_id"])
    return same
