"""The rows of notices from other provinces: what they name, and what of that was found in the ledgers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.movement.assistance_notice import EntryKind, Match
from services.registration.rules.movement.match_progress import MatchState, MatchStep, Progress
from services.registration.rules.telling import Telling
from services.registration.storage import people
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "notices.sql")

PEOPLE, RETURNS, TRANSFERS, LOTS = "people", "returns", "transfers", "cold-chain-lots"
_OF_ENTRIES = {RETURNS: "returns_of_entries", TRANSFERS: "transfers_of_entries", LOTS: "lots_of_entries"}
_OF_SUBJECTS = {RETURNS: "entries_of_returns", TRANSFERS: "entries_of_transfers", LOTS: "entries_of_lots"}


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as the table holds it: people sealed, everything else as it is compared."""

    id: UUID
    kind: EntryKind
    details_sealed: bytes | None
    vehicle: str | None
    lot_key: str | None
    named_on: date | None
    moments: tuple[datetime, datetime] | None


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A notice with how much it names."""

    id: UUID
    division: str
    issuer: str
    number: str
    received_at: datetime
    recorded_at: datetime
    first_received_at: datetime
    people: int
    vehicles: int
    goods: int


@dataclass(frozen=True, slots=True)
class NewMatch:
    """A match that was not known before."""

    id: UUID
    notice_id: UUID
    division: str
    ledger: str
    subject_id: UUID


@dataclass(frozen=True, slots=True)
class StoredMatch:
    """A match with how far it is followed, and what the notice names."""

    id: UUID
    notice_id: UUID
    entry_id: UUID
    division: str
    ledger: str
    subject_id: UUID
    via: str
    progress: Progress
    matched_at: datetime
    issuer: str
    number: str
    notice_at: datetime
    named_on: date | None
    details_sealed: bytes | None
    vehicle: str | None
    lot_key: str | None


@dataclass(frozen=True, slots=True)
class StepSaid:
    """One step about a match as it was kept."""

    step: str
    reason: str | None
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime


async def hold_matching(connection: Connection) -> None:
    """Let nobody else compare notices with ledgers until the transaction ends."""
    await QUERIES.fetch(connection, "hold_matching")


async def insert_notice(
    connection: Connection,
    id_: UUID,
    *,
    division: str,
    issuer: str,
    number: str,
    told: Telling,
    received_at: datetime,
) -> bool:
    """Store a notice and tell whether it is new."""
    row = await QUERIES.fetchrow(
        connection,
        "insert_notice",
        id=id_,
        division=division,
        issuer=issuer,
        number=number,
        occurred_at=told.at,
        recorded_at=told.recorded_at,
        received_at=received_at,
        received_from=told.source,
    )
    return row is not None


async def insert_entries(
    connection: Connection, notice_id: UUID, entries: Sequence[EntryRow], received_at: datetime
) -> set[UUID]:
    """Store what was not named before and return its ids; the rows come in the order of ids, each once."""
    rows = await QUERIES.fetch(
        connection,
        "insert_entries",
        notice_id=notice_id,
        entry_ids=[one.id for one in entries],
        kinds=[one.kind for one in entries],
        details_sealed=[one.details_sealed for one in entries],
        vehicles=[one.vehicle for one in entries],
        lot_keys=[one.lot_key for one in entries],
        named_ons=[one.named_on for one in entries],
        from_ats=[one.moments and one.moments[0] for one in entries],
        until_ats=[one.moments and one.moments[1] for one in entries],
        received_at=received_at,
    )
    return {row["entry_id"] for row in rows}


async def add_marks(connection: Connection, marks: Sequence[tuple[UUID, str, bytes]]) -> None:
    """Store the hashes by which people find themselves named."""
    ordered = sorted(marks)
    await QUERIES.execute(
        connection,
        "add_marks",
        entry_ids=[entry_id for entry_id, _, _ in ordered],
        kinds=[kind for _, kind, _ in ordered],
        marks=[mark for _, _, mark in ordered],
    )


async def find_for_entries(connection: Connection, entry_ids: Sequence[UUID]) -> list[Match]:
    """Return what all ledgers hold of what entries name."""
    ids = list(entry_ids)
    found = await _as_people(connection, await QUERIES.fetch(connection, "people_of_entries", entry_ids=ids))
    for ledger, query in _OF_ENTRIES.items():
        found += _as_matches(ledger, await QUERIES.fetch(connection, query, entry_ids=ids))
    return found


async def find_for_subjects(connection: Connection, subjects: Mapping[str, Sequence[UUID]]) -> list[Match]:
    """Return which entries name rows of ledgers."""
    rows = await QUERIES.fetch(connection, "entries_of_people", subject_ids=list(subjects.get(PEOPLE, ())))
    found = await _as_people(connection, rows)
    for ledger, query in _OF_SUBJECTS.items():
        if ids := list(subjects.get(ledger, ())):
            found += _as_matches(ledger, await QUERIES.fetch(connection, query, subject_ids=ids))
    return found


def _as_matches(ledger: str, rows: Iterable[Record]) -> list[Match]:
    return [Match(row["entry_id"], ledger, row["subject_id"], row["division"], row["via"]) for row in rows]


async def _as_people(connection: Connection, rows: Sequence[Record]) -> list[Match]:
    """Return matches of people, each as the one that survives where people were merged."""
    if not rows:
        return []
    survivors = await people.resolve(connection, [row["subject_id"] for row in rows])
    placed = await QUERIES.fetch(
        connection, "divisions_of_people", person_ids=sorted(set(survivors.values()))
    )
    divisions = {row["person_id"]: row["division"] for row in placed}
    return [
        Match(row["entry_id"], PEOPLE, survivor, divisions[survivor], row["via"])
        for row in rows
        for survivor in [survivors[row["subject_id"]]]
    ]


async def insert_matches(connection: Connection, matches: Sequence[Match], now: datetime) -> list[NewMatch]:
    """Store matches and return those that were not known before."""
    ordered = sorted(matches, key=lambda match: match.id)
    rows = await QUERIES.fetch(
        connection,
        "insert_matches",
        match_ids=[one.id for one in ordered],
        entry_ids=[one.entry_id for one in ordered],
        divisions=[one.division for one in ordered],
        ledgers=[one.ledger for one in ordered],
        subject_ids=[one.subject_id for one in ordered],
        vias=[one.via for one in ordered],
        now=now,
    )
    names = ("match_id", "notice_id", "division", "ledger", "subject_id")
    return [NewMatch(*(row[name] for name in names)) for row in rows]


async def has_looks(connection: Connection) -> bool:
    """Tell whether rows of ledgers wait to be compared."""
    return bool(await QUERIES.fetchval(connection, "any_looks"))


async def take_looks(connection: Connection, *, most: int) -> Mapping[str, list[UUID]]:
    """Take rows of ledgers that wait to be compared, by ledger."""
    subjects: dict[str, list[UUID]] = defaultdict(list)
    for row in await QUERIES.fetch(connection, "take_looks", most=most):
        subjects[row["ledger"]].append(row["subject_id"])
    return subjects


async def people_after(connection: Connection, after: UUID, *, most: int) -> list[tuple[UUID, bytes]]:
    """Return people who were named, in the order of the entries' ids."""
    rows = await QUERIES.fetch(connection, "entries_after", after=after, most=most)
    return [(row["entry_id"], row["details_sealed"]) for row in rows]


async def reseal(connection: Connection, sealed: Sequence[tuple[UUID, bytes]]) -> None:
    """Write entries under a new seal."""
    await QUERIES.execute(
        connection,
        "reseal_entries",
        entry_ids=[id_ for id_, _ in sealed],
        details_sealed=[details for _, details in sealed],
    )


def _notice(row: Record) -> StoredNotice:
    return StoredNotice(
        row["notice_id"],
        row["division"],
        row["issuer"],
        row["number"],
        row["occurred_at"],
        row["recorded_at"],
        row["first_received_at"],
        row["people"],
        row["vehicles"],
        row["goods"],
    )


async def find_notice(
    connection: Connection, notice_id: UUID, bounds: tuple[str, str]
) -> StoredNotice | None:
    """Return a notice that a division of the subtree received; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_notice", id=notice_id, low=low, high=high)
    return None if row is None else _notice(row)


async def list_notices(connection: Connection, window: Window) -> list[StoredNotice]:
    """Return the notices of a window, in the order of division and id, with one row to spare."""
    return [_notice(row) for row in await QUERIES.fetch(connection, "list_notices", **window.values())]


_AS_STORED = (
    *("notice_id", "entry_id", "division", "ledger", "subject_id", "via", "matched_at", "issuer", "number"),
    *("notice_at", "named_on", "details_sealed", "vehicle", "lot_key"),
)


def _match(row: Record) -> StoredMatch:
    progress = Progress(
        MatchState(row["state"]), row["found_at"], row["contacted_at"], row["ended_at"], row["reason"]
    )
    return StoredMatch(
        id=row["match_id"],
        progress=progress,
        **{name: row[name] for name in _AS_STORED},
    )


async def find_match(connection: Connection, match_id: UUID, bounds: tuple[str, str]) -> StoredMatch | None:
    """Return a match of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_match", id=match_id, low=low, high=high)
    return None if row is None else _match(row)


async def lock_match(connection: Connection, match_id: UUID, bounds: tuple[str, str]) -> StoredMatch | None:
    """Return a match of the subtree and let nobody else change it until the transaction ends."""
    low, high = bounds
    if await QUERIES.fetchrow(connection, "lock_match", id=match_id, low=low, high=high) is None:
        return None
    return await find_match(connection, match_id, bounds)


async def list_matches(
    connection: Connection,
    window: Window,
    *,
    state: MatchState | None,
    going_on: bool | None,
    notice_id: UUID | None,
) -> list[StoredMatch]:
    """Return the matches of a window, in the order of division and id, with one row to spare."""
    rows = await QUERIES.fetch(
        connection,
        "list_matches",
        state=state,
        going_on=going_on,
        notice_id=notice_id,
        **window.values(),
    )
    return [_match(row) for row in rows]


async def append_step(connection: Connection, step: MatchStep, received_at: datetime) -> bool:
    """Keep a step and tell whether it had not been told before."""
    row = await QUERIES.fetchrow(
        connection,
        "append_step",
        match_id=step.match_id,
        step_id=step.id,
        step=step.kind,
        reason=step.reason,
        occurred_at=step.told.at,
        recorded_at=step.told.recorded_at,
        received_at=received_at,
        received_from=step.told.source,
    )
    return row is not None


async def steps_of(connection: Connection, match_id: UUID) -> list[StepSaid]:
    """Return every step about a match, in the order of its receipt."""
    rows = await QUERIES.fetch(connection, "steps_of", match_id=match_id)
    names = ("step", "reason", "occurred_at", "recorded_at", "received_at")
    return [StepSaid(*(row[name] for name in names)) for row in rows]


async def update_match(
    connection: Connection, match_id: UUID, progress: Progress, changed_at: datetime
) -> None:
    """Write how far a match is followed."""
    await QUERIES.execute(
        connection,
        "update_match",
        id=match_id,
        state=progress.state,
        found_at=progress.found_at,
        contacted_at=progress.contacted_at,
        ended_at=progress.ended_at,
        reason=progress.reason,
        changed_at=changed_at,
    )


async def person_of(connection: Connection, ledger: str, subject_id: UUID) -> UUID | None:
    """Return who was found: the person themselves, or whoever returned; None where nobody is known."""
    if ledger == PEOPLE:
        return subject_id
    if ledger == RETURNS:
        return await QUERIES.fetchval(connection, "person_of_return", subject_id=subject_id)
    if ledger == TRANSFERS:
        return await QUERIES.fetchval(connection, "person_of_transfer", subject_id=subject_id)
    return None


async def insert_ground(
    connection: Connection,
    ground_id: UUID,
    person_id: UUID,
    *,
    kind: str,
    began_on: date,
    recorded_at: datetime,
    received_at: datetime,
) -> None:
    """Bring a person under management by a ground, once."""
    division = await QUERIES.fetchval(connection, "division_of_person", person_id=person_id)
    await QUERIES.execute(
        connection,
        "insert_ground",
        id=ground_id,
        person_id=person_id,
        division=division,
        kind=kind,
        began_on=began_on,
        recorded_at=recorded_at,
        received_at=received_at,
    )


async def is_named(connection: Connection, ledger: str, subject_id: UUID) -> bool:
    """Tell whether a notice names something that nobody has found to be another."""
    return bool(await QUERIES.fetchval(connection, "is_named", ledger=ledger, subject_id=subject_id))


async def figures(connection: Connection) -> tuple[int, datetime | None]:
    """Return how many matches are not at their end, and since when the oldest is there."""
    row = await QUERIES.fetchrow(connection, "figures")
    assert row is not None
    return row["going_on"], row["oldest_at"]
