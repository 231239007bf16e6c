"""The rows of what notices name and ledgers hold: each match with the steps by which it is followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.movement.assistance_notice import Match
from services.registration.rules.movement.match_progress import MatchState, MatchStep, Progress
from services.registration.storage.ledger_comparisons import PEOPLE, PREREGISTRATIONS, RETURNS, TRANSFERS
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "notice_matches.sql")


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


_PEOPLE_OF = {
    PREREGISTRATIONS: "person_of_preregistration",
    RETURNS: "person_of_return",
    TRANSFERS: "person_of_transfer",
}


async def person_of(connection: Connection, ledger: str, subject_id: UUID) -> UUID | None:
    """Return who was found: the person themselves, or whose row it is; None where nobody is known."""
    if ledger == PEOPLE:
        return subject_id
    if ledger not in _PEOPLE_OF:
        return None
    return await QUERIES.fetchval(connection, _PEOPLE_OF[ledger], subject_id=subject_id)


async def is_named(connection: Connection, ledger: str, subject_id: UUID) -> bool:
    """Tell whether a notice names something that nobody has found to be another."""
    return bool(await QUERIES.fetchval(connection, "is_named", ledger=ledger, subject_id=subject_id))


async def figures(connection: Connection) -> tuple[int, datetime | None]:
    """Return how many matches are not at their end, and since when the oldest is there."""
    row = await QUERIES.fetchrow(connection, "figures")
    assert row is not None
    return row["going_on"], row["oldest_at"]
