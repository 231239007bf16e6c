"""How a ledger takes statements: each kept once as it was said, and merged into what holds.

Returns, sentinels' reports and transfers differ in what is said and not in how it is kept, so this stands
here once. Two transactions never wait for each other crosswise: all rows are written and locked in the
order of their ids.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

from shared.postgres import Connection
from shared.verdicts import Verdict


class _Subject(Protocol):
    @property
    def id(self) -> UUID: ...


class _Said(_Subject, Protocol):
    @property
    def statement_id(self) -> UUID: ...


Statement = TypeVar("Statement", bound=_Said)
Held = TypeVar("Held", bound=_Subject)

Insert: TypeAlias = Callable[[Connection, Sequence[Held], datetime], Awaitable[AbstractSet[UUID]]]
Lock: TypeAlias = Callable[[Connection, Sequence[UUID]], Awaitable[Mapping[UUID, Held]]]
Update: TypeAlias = Callable[[Connection, Sequence[Held], datetime], Awaitable[None]]
Append: TypeAlias = Callable[[Connection, Sequence[Statement], datetime], Awaitable[AbstractSet[UUID]]]


@dataclass(frozen=True, slots=True)
class Ledger(Generic[Statement, Held]):
    """One ledger: its rule of merging, and how its rows are stored."""

    begin: Callable[[Statement], Held]
    merge: Callable[[Held, Held], Held]
    insert: Insert[Held]
    """Stores what is new and returns which ids were."""
    lock: Lock[Held]
    """Returns what is known and lets nobody else change it until the transaction ends."""
    update: Update[Held]
    append: Append[Statement]
    """Keeps statements and returns which had not been made before."""


@dataclass(frozen=True, slots=True)
class Recorded(Generic[Held]):
    """What became of one statement, and what holds now."""

    held: Held
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Change(Generic[Held]):
    """What held before a transaction (None: nothing was known) and what holds after it."""

    before: Held | None
    after: Held


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Held]):
    """What became of the statements, in their order, and what changed by them, in the order of ids."""

    recorded: list[Recorded[Held]]
    changes: list[Change[Held]]


async def keep(
    connection: Connection, ledger: Ledger[Statement, Held], statements: Sequence[Statement], *, now: datetime
) -> Outcome[Held]:
    """Keep statements within the caller's transaction and merge them into what holds.

    Statements about one subject may stand among them in any number; a repetition is `duplicate` and changes
    nothing.
    """
    drafts: dict[UUID, Held] = {}
    for statement in statements:
        draft, known = ledger.begin(statement), drafts.get(statement.id)
        drafts[statement.id] = draft if known is None else ledger.merge(known, draft)
    ids = sorted(drafts)
    new = await ledger.insert(connection, [drafts[id_] for id_ in ids], now)
    known_ids = [id_ for id_ in ids if id_ not in new]
    before = await ledger.lock(connection, known_ids) if known_ids else {}
    after = {id_: ledger.merge(before[id_], drafts[id_]) if id_ in before else drafts[id_] for id_ in ids}
    changed = [id_ for id_ in ids if id_ in before and after[id_] != before[id_]]
    if changed:
        await ledger.update(connection, [after[id_] for id_ in changed], now)
    first_said = await _append(connection, ledger, statements, now)
    recorded = [
        Recorded(after[statement.id], Verdict.STORED if position in first_said else Verdict.DUPLICATE)
        for position, statement in enumerate(statements)
    ]
    touched = {*new, *changed}
    return Outcome(recorded, [Change(before.get(id_), after[id_]) for id_ in ids if id_ in touched])


async def _append(
    connection: Connection, ledger: Ledger[Statement, Held], statements: Sequence[Statement], now: datetime
) -> set[int]:
    """Return the positions of the statements that had not been made before, neither here nor among these."""
    position_of: dict[UUID, int] = {}
    for position, statement in enumerate(statements):
        position_of.setdefault(statement.statement_id, position)
    said = await ledger.append(connection, [statements[position] for position in position_of.values()], now)
    return {position_of[statement_id] for statement_id in said}
