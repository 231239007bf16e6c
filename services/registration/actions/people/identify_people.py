"""Find out who people are, and take in whoever is not on record yet, within the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from uuid import UUID, uuid4

from services.registration import sealed_person
from services.registration.actions.people.queue_suspects import queue_suspects
from services.registration.rules.people.person import PersonStated, with_gaps_filled
from services.registration.storage import people as stored
from services.registration.storage.people import FoundRow, PersonRow, SaidRow
from shared.errors import Unavailable
from shared.postgres import Connection
from shared.sealing import Sealer

_LOOKS = 4
"""Somebody else may take the same people in, and merge them, between two looks; not for ever."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Who somebody is; `suspects` may be the same person, which somebody has to decide."""

    person_id: UUID
    is_new: bool
    suspects: tuple[UUID, ...] = ()
    said_before: bool = False
    """Whether exactly this had been said of the person already."""


@dataclass(slots=True)
class _Asked:
    """What was said of one person, by one or several of the statements; `row_id` is the row they have."""

    keys: tuple[bytes, ...]
    positions: list[int] = field(default_factory=list[int])
    row_id: UUID = field(default_factory=uuid4)
    found: FoundRow | None = None


async def identify_people(
    connection: Connection,
    sealer: Sealer,
    people: Sequence[PersonStated],
    *,
    now: datetime,
    received_from: str = "",
    opens: bool = True,
) -> list[Identified]:
    """Return who each of them is, in their order; whoever is not on record is taken in.

    Each division that tells of a person sees their record from then on, unless `opens` is false: then only
    the division they are at home in does.

    The same identity number is the same person, also within `people` and beside other writers; so are
    repetitions of people without a document who have a telephone. What was not known of a person is added,
    what is known stays: changing it takes a correction. Telephone with surname alike only queues a suspicion.
    """
    asked = _together(sealer, people)
    new = await _find_or_take_in(connection, sealer, asked, people, now)
    filled = await _fill_gaps(connection, sealer, asked, people, now)
    row_ids = {position: one.row_id for one in asked for position in one.positions}
    if opens:
        places = {(row_ids[position], person.division) for position, person in enumerate(people)}
        await stored.add_places(connection, places)
    first_said = await _keep_statements(connection, sealer, people, row_ids, now, received_from)
    survivors = await _survivors(connection, asked)
    suspects = await queue_suspects(connection, sealer, {**new, **filled}, now=now)
    return [
        Identified(
            person_id=survivors[row_ids[position]],
            is_new=row_ids[position] in new,
            suspects=suspects.get(row_ids[position], ()),
            said_before=position not in first_said,
        )
        for position in range(len(people))
    ]


def _together(sealer: Sealer, people: Sequence[PersonStated]) -> list[_Asked]:
    """Put together what is said of the same people; who cannot be known again stands alone."""
    by_key: dict[bytes, _Asked] = {}
    alone: list[_Asked] = []
    for position, person in enumerate(people):
        if person.identity is not None:
            keys = sealed_person.identity_fingerprints(sealer, person.identity)
        else:
            keys = sealed_person.repetition_fingerprints(sealer, person)
        one = by_key.setdefault(keys[0], _Asked(keys)) if keys else _Asked(keys)
        if not keys:
            alone.append(one)
        one.positions.append(position)
    return [*by_key.values(), *alone]


async def _find_or_take_in(
    connection: Connection,
    sealer: Sealer,
    asked: Sequence[_Asked],
    people: Sequence[PersonStated],
    now: datetime,
) -> dict[UUID, PersonStated]:
    """Find everybody or store them, and return who was stored."""
    waiting = list(asked)
    new: dict[UUID, PersonStated] = {}
    for _ in range(_LOOKS):
        keys = [key for one in waiting for key in one.keys]
        found = await stored.find_by_keys(connection, keys, keys) if keys else {}
        for one in waiting:
            one.found = next((found[key] for key in one.keys if key in found), None)
            if one.found is not None:
                one.row_id = one.found.person_id
        waiting = [one for one in waiting if one.found is None]
        if not waiting:
            return new
        drafts = {one.row_id: _folded([people[position] for position in one.positions]) for one in waiting}
        rows = [row_of(sealer, person_id, person) for person_id, person in drafts.items()]
        taken_in = await stored.insert(connection, rows, now)
        new |= {person_id: drafts[person_id] for person_id in taken_in}
        waiting = [one for one in waiting if one.row_id not in taken_in]
        if not waiting:
            return new
    raise Unavailable("The same people are being entered and merged elsewhere; nothing was stored.")


def _folded(said: Sequence[PersonStated]) -> PersonStated:
    return reduce(with_gaps_filled, said)


def row_of(sealer: Sealer, person_id: UUID, person: PersonStated, repetition: str | None = None) -> PersonRow:
    """Return a person as the table holds them, sealed with the current key.

    `repetition` is what found them before they were corrected; None for what follows from the person.
    """
    kept = sealed_person.Kept.of(person, repetition)
    return PersonRow(
        person_id=person_id,
        division=person.division,
        occupation=person.occupation,
        details_sealed=sealed_person.seal(sealer, person_id, kept),
        fingerprints=sealed_person.fingerprints_of(sealer, kept),
    )


async def _fill_gaps(
    connection: Connection,
    sealer: Sealer,
    asked: Sequence[_Asked],
    people: Sequence[PersonStated],
    now: datetime,
) -> dict[UUID, PersonStated]:
    """Add what was not known of people on record; return whose telephone became known by that."""
    said = {
        one.found.person_id: [people[position] for position in one.positions]
        for one in asked
        if one.found is not None
    }
    gaps = [
        one.found.person_id
        for one in asked
        if one.found is not None
        and _filled(held := sealed_person.open_row(sealer, one.found).person, said[one.row_id]) != held
    ]
    if not gaps:
        return {}
    rows: list[PersonRow] = []
    reachable: dict[UUID, PersonStated] = {}
    for person_id, row in (await stored.lock(connection, gaps)).items():
        kept = sealed_person.open_row(sealer, row)
        person = _filled(kept.person, said[person_id])
        rows.append(row_of(sealer, person_id, person, kept.repetition))
        if kept.person.telephone is None and person.telephone is not None:
            reachable[person_id] = person
    await stored.update(connection, rows, now)
    return reachable


def _filled(held: PersonStated, said: Sequence[PersonStated]) -> PersonStated:
    return reduce(with_gaps_filled, said, held)


async def _keep_statements(
    connection: Connection,
    sealer: Sealer,
    people: Sequence[PersonStated],
    row_ids: dict[int, UUID],
    now: datetime,
    received_from: str,
) -> set[int]:
    """Keep what was said and return the positions of what had not been said before."""
    hashes = [sealed_person.statement_fingerprints(sealer, person) for person in people]
    position_of: dict[tuple[UUID, bytes], int] = {}
    for position, (current, *_) in enumerate(hashes):
        position_of.setdefault((row_ids[position], current), position)
    known = await _said_under_former_keys(connection, hashes, row_ids)
    said = [
        sealed_statement(sealer, person_id, fingerprint, people[position])
        for (person_id, fingerprint), position in position_of.items()
        if position not in known
    ]
    first = await stored.append(connection, said, received_at=now, received_from=received_from)
    return {position_of[one] for one in first}


def sealed_statement(sealer: Sealer, person_id: UUID, fingerprint: bytes, person: PersonStated) -> SaidRow:
    """Return a statement as the table keeps it."""
    said = sealer.seal(sealed_person.write(person), purpose=sealed_person.statement_purpose(person_id))
    return SaidRow(person_id, fingerprint, person.division, person.occupation, said)


async def _said_under_former_keys(
    connection: Connection, hashes: Sequence[Sequence[bytes]], row_ids: dict[int, UUID]
) -> set[int]:
    """Return what was said before the current key came; nothing to ask for unless keys are being replaced."""
    former = {
        (row_ids[position], fingerprint): position
        for position, (_, *others) in enumerate(hashes)
        for fingerprint in others
    }
    if not former:
        return set()
    ids, fingerprints = zip(*former, strict=True)
    return {former[one] for one in await stored.find_said(connection, ids, fingerprints) if one in former}


async def _survivors(connection: Connection, asked: Sequence[_Asked]) -> dict[UUID, UUID]:
    merged = [one.row_id for one in asked if one.found is not None and one.found.merged_into is not None]
    survivors = {one.row_id: one.row_id for one in asked}
    return survivors | dict(await stored.resolve(connection, merged)) if merged else survivors
