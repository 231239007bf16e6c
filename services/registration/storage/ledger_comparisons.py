"""What notices from other provinces name, looked for in ledgers, and rows of ledgers, looked for there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from services.registration.rules.movement.assistance_notice import Match
from services.registration.storage import people
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "ledger_comparisons.sql")

PEOPLE = "people"
PREREGISTRATIONS = "preregistrations"
RETURNS = "returns"
TRANSFERS = "transfers"
LOTS = "cold-chain-lots"
_OF_ENTRIES = {
    PREREGISTRATIONS: "preregistrations_of_entries",
    RETURNS: "returns_of_entries",
    TRANSFERS: "transfers_of_entries",
    LOTS: "lots_of_entries",
}
_OF_SUBJECTS = {
    PREREGISTRATIONS: "entries_of_preregistrations",
    RETURNS: "entries_of_returns",
    TRANSFERS: "entries_of_transfers",
    LOTS: "entries_of_lots",
}


async def hold_matching(connection: Connection) -> None:
    """Let nobody else compare notices with ledgers until the transaction ends."""
    await QUERIES.fetch(connection, "hold_matching")


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


async def has_looks(connection: Connection) -> bool:
    """Tell whether rows of ledgers wait to be compared."""
    return bool(await QUERIES.fetchval(connection, "any_looks"))


async def take_looks(connection: Connection, *, most: int) -> Mapping[str, list[UUID]]:
    """Take rows of ledgers that wait to be compared, by ledger."""
    subjects: dict[str, list[UUID]] = defaultdict(list)
    for row in await QUERIES.fetch(connection, "take_looks", most=most):
        subjects[row["ledger"]].append(row["subject_id"])
    return subjects
