"""The rows of people who may be one, and of what was decided about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.people.merging import DecisionKind, DecisionReason, Edge, SuspectState
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "suspects.sql")


@dataclass(frozen=True, slots=True)
class Suspect:
    """Two people who may be one; `division` is the lowest that both lie in."""

    id: UUID
    one: UUID
    other: UUID
    division: str
    state: SuspectState
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided of two people; of a merge, `other_id` ended in `person_id`."""

    id: UUID
    kind: DecisionKind
    person_id: UUID
    other_id: UUID
    division: str
    reason: DecisionReason
    decided_at: datetime
    decided_by: str
    suspect_id: UUID | None = None
    undoes: UUID | None = None


def _suspect(row: Record | None) -> Suspect | None:
    if row is None:
        return None
    return Suspect(
        row["suspect_id"],
        row["one"],
        row["other"],
        row["division"],
        SuspectState(row["state"]),
        row["found_at"],
    )


def _decision(row: Record) -> Decision:
    return Decision(
        id=row["decision_id"],
        kind=DecisionKind(row["kind"]),
        person_id=row["person_id"],
        other_id=row["other_id"],
        division=row["division"],
        reason=DecisionReason(row["reason"]),
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        suspect_id=row["suspect_id"],
        undoes=row["undoes"],
    )


async def take_turn(connection: Connection) -> None:
    """Wait until nobody else merges or parts people, and let nobody do so until the transaction ends.

    So who survives whom stands still meanwhile, and no two merges together close a circle.
    """
    await QUERIES.fetchval(connection, "take_turn")


async def find(connection: Connection, suspect_id: UUID, bounds: tuple[str, str]) -> Suspect | None:
    """Return a pair of the subtree; None when there is none."""
    low, high = bounds
    return _suspect(
        await QUERIES.fetchrow(connection, "find_suspect", suspect_id=suspect_id, low=low, high=high)
    )


async def list_page(connection: Connection, window: Window, state: SuspectState) -> list[Suspect]:
    """Return the pairs of a window, in the order of division and id, with one to spare."""
    rows = await QUERIES.fetch(connection, "list_suspects", state=state, **window.values())
    return [suspect for row in rows if (suspect := _suspect(row)) is not None]


async def lock(connection: Connection, suspect_id: UUID) -> Suspect | None:
    """Return a pair and let nobody else decide on it until the transaction ends."""
    return _suspect(await QUERIES.fetchrow(connection, "lock_suspect", suspect_id=suspect_id))


async def set_state(
    connection: Connection, suspect_id: UUID, state: SuspectState, changed_at: datetime
) -> None:
    """Write what was decided of a pair."""
    await QUERIES.execute(
        connection, "set_suspect_state", suspect_id=suspect_id, state=state, changed_at=changed_at
    )


async def settle_between(
    connection: Connection,
    these: Sequence[UUID],
    those: Sequence[UUID],
    *,
    before: SuspectState,
    after: SuspectState,
    changed_at: datetime,
) -> None:
    """Move all pairs between two people's records from one state to another."""
    await QUERIES.execute(
        connection,
        "settle_pairs_between",
        these=list(these),
        those=list(those),
        before=before,
        after=after,
        changed_at=changed_at,
    )


async def are_kept_apart(connection: Connection, these: Sequence[UUID], those: Sequence[UUID]) -> bool:
    """Tell whether somebody decided of any of these and any of those that they are two people."""
    return bool(await QUERIES.fetchval(connection, "kept_apart", these=list(these), those=list(those)))


async def merge(connection: Connection, edge: Edge, changed_at: datetime) -> bool:
    """Let one record end in another; False when it has ended meanwhile."""
    values = {"kept": edge.kept, "other": edge.other, "changed_at": changed_at}
    return await QUERIES.execute(connection, "merge_person", **values) == 1


async def part(connection: Connection, edge: Edge, changed_at: datetime) -> bool:
    """Undo a merge; False when it does not hold any more. Raises UniqueViolationError for a key in use."""
    values = {"kept": edge.kept, "other": edge.other, "changed_at": changed_at}
    return await QUERIES.execute(connection, "part_person", **values) == 1


async def append_decision(connection: Connection, decision: Decision) -> None:
    """Keep what was decided."""
    await QUERIES.execute(
        connection,
        "append_decision",
        decision_id=decision.id,
        kind=decision.kind,
        person_id=decision.person_id,
        other_id=decision.other_id,
        suspect_id=decision.suspect_id,
        undoes=decision.undoes,
        division=decision.division,
        reason=decision.reason,
        decided_at=decision.decided_at,
        decided_by=decision.decided_by,
    )


async def find_decision(
    connection: Connection, decision_id: UUID, bounds: tuple[str, str]
) -> Decision | None:
    """Return a decision of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_decision", decision_id=decision_id, low=low, high=high)
    return None if row is None else _decision(row)


async def find_undoing(connection: Connection, decision_id: UUID) -> Decision | None:
    """Return what undid a merge; None while it stands."""
    row = await QUERIES.fetchrow(connection, "find_undoing", decision_id=decision_id)
    return None if row is None else _decision(row)


async def latest_on(connection: Connection, suspect_id: UUID) -> Decision | None:
    """Return what was last decided of a pair."""
    row = await QUERIES.fetchrow(connection, "latest_decision_on", suspect_id=suspect_id)
    return None if row is None else _decision(row)


async def standing_merges_of(connection: Connection, ids: Sequence[UUID]) -> list[Decision]:
    """Return the merges that made one person of these records, in the order of time."""
    rows = await QUERIES.fetch(connection, "standing_merges_of", person_ids=list(ids))
    return [_decision(row) for row in rows]
