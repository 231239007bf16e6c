"""Resealing: what another key than the current one sealed is sealed anew, while everything runs.

In steps of a transaction each: it may be broken off at any time and goes on where it was, since the rows
themselves say what is left to do. Rows that somebody holds are left for the next round. Until it has ended,
all keys must be set; the hashes of all keys find everybody at any moment.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, cast

import asyncpg

from shared.postgres import Connection, Database, Record
from shared.sealing import Sealer, mark_of

AT_ONCE = 500
REST_SECONDS = 0.2
"""Between two rounds, while somebody holds the rows that are left."""

FORMER = """
SELECT {columns} FROM {table}
WHERE substring({column} FROM 1 FOR $1) <> $2 {onwards}
ORDER BY {key}
LIMIT $3
FOR NO KEY UPDATE SKIP LOCKED
"""
COUNT = "SELECT count(*) FROM {table} WHERE substring({column} FROM 1 FOR $1) <> $2"
COUNT_WITH = "SELECT count(*) FROM {table} WHERE substring({column} FROM 1 FOR $1) = $2"
WRITE = "UPDATE {table} SET {changes} WHERE {which}"

Hashes: TypeAlias = Callable[[Sealer, str, Record], Mapping[str, bytes | None]]
Clash: TypeAlias = Callable[[Database, Sealer, Record, datetime], Awaitable[None]]


def _no_hashes(_sealer: Sealer, _text: str, _row: Record) -> Mapping[str, bytes | None]:
    return {}


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds sealed documents, and how a row of it is sealed anew."""

    table: str
    key: tuple[str, ...]
    """The primary key."""
    column: str
    purpose: Callable[[Record], str] | None
    """What a row's document is sealed for, from its key and what stands `beside`.

    None: a duty of the service seals the column anew by itself, because more hangs on it.
    """
    beside: tuple[str, ...] = ()
    hashes: Hashes = _no_hashes
    """The keyed hashes that follow from a document, by column: they change with the key."""
    clash: Clash | None = None
    """Settles what makes a row's hash one that another row has already; the row is then tried again."""

    def _columns(self) -> str:
        return ", ".join((*self.key, self.column, *self.beside))

    def former(self, *, onwards: bool) -> str:
        """Return the query for rows of former keys, after a key when it goes `onwards`."""
        names = ", ".join(self.key)
        values = ", ".join(f"${position}" for position in range(4, 4 + len(self.key)))
        return FORMER.format(
            columns=self._columns(),
            table=self.table,
            column=self.column,
            key=names,
            onwards=f"AND ({names}) > ({values})" if onwards else "",
        )

    def count(self) -> str:
        """Return the query for how many rows there are of former keys."""
        return COUNT.format(table=self.table, column=self.column)

    def write(self, hashes: Sequence[str]) -> str:
        """Return the statement that writes a row's new seal and hashes."""
        columns = (self.column, *hashes)
        changes = ", ".join(f"{name} = ${position}" for position, name in enumerate(columns, 1))
        first = len(columns) + 1
        which = " AND ".join(f"{name} = ${position}" for position, name in enumerate(self.key, first))
        return WRITE.format(table=self.table, changes=changes, which=which)


async def count_former(database: Database, sealer: Sealer, sealed: SealedColumn) -> int:
    """Return how many documents of a column another key than the current one sealed."""
    mark = sealer.mark()
    async with database.connection() as connection:
        return int(await connection.fetchval(sealed.count(), len(mark), mark))


async def count_sealed_with(database: Database, key_id: str, sealed: SealedColumn) -> int:
    """Return how many documents of a column a key sealed: it must stay as long as there are any."""
    mark = mark_of(key_id)
    query = COUNT_WITH.format(table=sealed.table, column=sealed.column)
    async with database.connection() as connection:
        return int(await connection.fetchval(query, len(mark), mark))


async def reseal_column(database: Database, sealer: Sealer, sealed: SealedColumn, *, now: datetime) -> int:
    """Seal everything of a column with the current key and return how many documents that were.

    A column that a duty of the service seals anew is left to it. Raises Unsealable when the key of one is not
    set any more, Unavailable; what was done by then stays done.
    """
    if sealed.purpose is None:
        return 0
    resealed = 0
    while True:
        count, after = await _reseal_some(database, sealer, sealed, None, now)
        resealed += count
        while after is not None:
            count, after = await _reseal_some(database, sealer, sealed, after, now)
            resealed += count
        if not await count_former(database, sealer, sealed):
            return resealed
        await asyncio.sleep(REST_SECONDS)


async def _reseal_some(
    database: Database,
    sealer: Sealer,
    sealed: SealedColumn,
    after: tuple[Any, ...] | None,
    now: datetime,
) -> tuple[int, tuple[Any, ...] | None]:
    """Reseal one step and return how many, and after which key to go on; None when there is no more."""
    rows: list[Record] = []
    mark = sealer.mark()
    try:
        async with database.transaction() as connection:
            query = sealed.former(onwards=after is not None)
            found = await connection.fetch(query, len(mark), mark, AT_ONCE, *(after or ()))
            rows = cast("list[Record]", found)
            await _write(connection, sealer, sealed, rows)
    except asyncpg.UniqueViolationError:
        if sealed.clash is None:
            raise
        await _one_by_one(database, sealer, sealed, rows, now)
    last = None if len(rows) < AT_ONCE else tuple(rows[-1][name] for name in sealed.key)
    return len(rows), last


async def _one_by_one(
    database: Database, sealer: Sealer, sealed: SealedColumn, rows: Sequence[Record], now: datetime
) -> None:
    for row in rows:
        try:
            async with database.transaction() as connection:
                await _write(connection, sealer, sealed, [row])
        except asyncpg.UniqueViolationError:
            if sealed.clash is not None:
                await sealed.clash(database, sealer, row, now)


async def _write(
    connection: Connection, sealer: Sealer, sealed: SealedColumn, rows: Sequence[Record]
) -> None:
    written: list[tuple[Any, ...]] = []
    hashes: Mapping[str, bytes | None] = {}
    if sealed.purpose is None:
        raise ValueError(f"a duty of the service seals {sealed.table} anew")
    for row in rows:
        purpose = sealed.purpose(row)
        text = sealer.open(row[sealed.column], purpose=purpose)
        hashes = sealed.hashes(sealer, text, row)
        key = (row[name] for name in sealed.key)
        written.append((sealer.seal(text, purpose=purpose), *hashes.values(), *key))
    if written:
        await connection.executemany(sealed.write(tuple(hashes)), written)
