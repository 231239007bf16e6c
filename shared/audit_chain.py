"""Whether an audit trail is whole: where its chain of hashes first breaks, and what was done there."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was done to a trail."""

    CHANGED = "changed"
    """A row does not hold what was written."""
    REMOVED = "removed"
    """A row is gone."""
    INSERTED = "inserted"
    """A row stands there that the trail never wrote."""
    REORDERED = "reordered"
    """A row stands in another one's place."""
    TRUNCATED = "truncated"
    """The newest rows are gone."""
    REWRITTEN = "rewritten"
    """All fits together, and is not what was there when the head was kept."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row as it is stored; `content` is JSON that names its own sequence."""

    sequence: int
    content: str
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest row of a trail; sequence 0 is the beginning of one without rows."""

    sequence: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first row that is not as it was written, and what happened to it."""

    sequence: int
    kind: Kind


def beginning_of(schema: str) -> Head:
    """Return what the first row of a schema's trail stands on."""
    return Head(0, hashlib.sha256(f"dutyclock audit of {schema}".encode()).digest())


def first_break(
    rows: Sequence[AuditRow], beginning: Head, head: Head | None, kept: Head | None = None
) -> Break | None:
    """Return where a trail is first broken, None when it is whole.

    `rows` are in the order of their sequences; `head` is what the database has noted as the newest row,
    `kept` what somebody noted elsewhere earlier. Without a kept head nobody can tell a trail that was chained
    anew to its end, or cut off with its head, from a true one.
    """
    former, one_before = beginning, None
    for position, row in enumerate(rows):
        if (broken := _break_at(rows, position, former, one_before)) is not None:
            return broken
        if kept is not None and kept.sequence == row.sequence and kept.hash != row.hash:
            return Break(row.sequence, Kind.REWRITTEN)
        former, one_before = Head(row.sequence, row.hash), former
    newest = max(kept.sequence if kept else 0, head.sequence if head else 0)
    if newest > former.sequence:
        return Break(former.sequence + 1, Kind.TRUNCATED)
    if head is None or head.sequence < former.sequence:
        return Break((head.sequence if head else 0) + 1, Kind.INSERTED)
    return None if head.hash == former.hash else Break(former.sequence, Kind.CHANGED)


def break_among(rows: Sequence[AuditRow], former: Head) -> Break | None:
    """Return where rows that should follow `former` are first broken; what comes after them is not judged."""
    one_before = None
    for position, row in enumerate(rows):
        if (broken := _break_at(rows, position, former, one_before)) is not None:
            return broken
        former, one_before = Head(row.sequence, row.hash), former
    return None


def _break_at(rows: Sequence[AuditRow], position: int, former: Head, one_before: Head | None) -> Break | None:
    row, due = rows[position], former.sequence + 1
    if row.sequence < due:
        return Break(row.sequence, Kind.INSERTED)
    if row.sequence > due:
        return Break(due, Kind.REMOVED)
    if hashlib.sha256(row.previous_hash + row.content.encode()).digest() != row.hash:
        follows = rows[position + 1].previous_hash if position + 1 < len(rows) else None
        return Break(due, Kind.INSERTED if follows == former.hash else Kind.CHANGED)
    if row.previous_hash == former.hash:
        return None if _own_sequence(row) == due else Break(due, Kind.INSERTED)
    if one_before is not None and row.previous_hash == one_before.hash:
        return Break(former.sequence, Kind.INSERTED)
    if _own_sequence(row) != due:
        elsewhere = any(_own_sequence(other) == due for other in rows[position + 1 :])
        return Break(due, Kind.REORDERED if elsewhere else Kind.REMOVED)
    return Break(max(former.sequence, 1), Kind.CHANGED)  # the row before, together with its hash


def _own_sequence(row: AuditRow) -> int | None:
    try:
        return int(json.loads(row.content)["sequence"])
    except (ValueError, KeyError, TypeError):
        return None
