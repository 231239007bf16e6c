"""PostgreSQL through asyncpg: the pool, transactions, named queries and migrations."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias, cast

import aiosql
import asyncpg
from aiosql.adapters.asyncpg import AsyncPGAdapter
from pogo_core.util import migrate as pogo

from shared.errors import Unavailable

Record: TypeAlias = Mapping[str, Any]
Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)

UNREACHABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a statement met a connection that was being lost under it
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.DiskFullError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    ConnectionError,
    TimeoutError,
)
"""What says that the database is away, full or busy with others, not that the statement is wrong."""
SHUT_OUT = (asyncpg.InvalidAuthorizationSpecificationError,)
"""What is answered while the password is being made anew, until this process is started with the new one."""


async def _prepare_connection(connection: Any) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _leave_as_it_is(_: Any) -> None:
    """Nothing to undo: settings and locks of ours end with their transaction (`SET LOCAL`, `…_xact_lock`).

    asyncpg would ask the server to reset the session each time a connection is given back: one more round
    trip, and four statements, for every transaction. An open transaction is rolled back all the same.
    """


class Database:
    """A pool of connections that see one schema; a lost connection becomes Unavailable."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", schema: str) -> None:
        self.pool = pool
        self.schema = schema

    @classmethod
    async def open(cls, url: str, schema: str, *, size: int = 10) -> "Database":
        """Connect to `url`; raises Unavailable when nobody answers there.

        Statements see the schema alone (and pg_catalog), and are given up after 30 seconds.
        """
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=min(2, size),
                max_size=size,
                init=_prepare_connection,
                reset=_leave_as_it_is,
                command_timeout=30,
                server_settings={"search_path": schema, "application_name": f"dutyclock-{schema}"},
            )
        except PermissionError:
            raise  # asyncpg reads HOME: an unreadable one never mends itself
        except (*UNREACHABLE, OSError) as error:
            raise Unavailable("The database does not answer.") from error
        return cls(pool, schema)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection, None]:
        """Lend a connection; raises Unavailable when there is none or it is lost meanwhile."""
        away = "The database does not answer; nothing was stored."
        try:
            connection = await self.pool.acquire(timeout=5)
        except PermissionError:
            raise  # as in `open`
        except (*UNREACHABLE, *SHUT_OUT, OSError) as error:  # or its name is not known, or no way leads there
            raise Unavailable(away) from error
        try:
            try:
                yield connection
            except asyncpg.InternalClientError:
                connection.terminate()  # it does not know where it stands: nobody may have it again
                raise
            finally:
                await self.pool.release(connection)
        except UNREACHABLE as error:
            raise Unavailable(away) from error

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection, None]:
        """Lend a connection inside a transaction: all of it is stored, or nothing."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def close(self) -> None:
        """Give back all connections; those that hang are cut off after five seconds."""
        try:
            async with asyncio.timeout(5):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()


class Queries:
    """The named queries of a service, read from `.sql` files.

    A query stands under `-- name: find_clock` and has its parameters as `:name`; aiosql parses both.
    """

    def __init__(self, statements: Mapping[str, str], parameters: Mapping[str, list[str]]) -> None:
        self._statements = statements
        self._parameters = parameters

    @classmethod
    def load(cls, path: Path) -> "Queries":
        """Read a file, or all `.sql` files of a folder."""
        adapter = AsyncPGAdapter()
        queries = aiosql.from_path(path, cast("Any", lambda: adapter), mandatory_parameters=False)
        names = [name for name in queries.available_queries if not name.endswith("_cursor")]
        statements = {name: getattr(queries, name).sql for name in names}
        return cls(statements, {name: list(adapter.var_sorted[name]) for name in names})

    def names(self) -> list[str]:
        """Return the names of all queries."""
        return sorted(self._statements)

    def sql(self, name: str) -> str:
        """Return the statement as PostgreSQL gets it, with `$1` for the first parameter."""
        return self._statements[name]

    def _arguments(self, name: str, values: Mapping[str, Any]) -> list[Any]:
        expected = self._parameters[name]
        if set(expected) != set(values):
            raise TypeError(f"query {name} takes {sorted(expected)}, not {sorted(values)}")
        return [values[parameter] for parameter in expected]

    async def fetch(self, connection: Connection, name: str, **values: Any) -> list[Record]:
        """Return all rows."""
        rows = await connection.fetch(self._statements[name], *self._arguments(name, values))
        return cast("list[Record]", rows)

    async def fetchrow(self, connection: Connection, name: str, **values: Any) -> Record | None:
        """Return the first row, or None."""
        row = await connection.fetchrow(self._statements[name], *self._arguments(name, values))
        return cast("Record | None", row)

    async def fetchval(self, connection: Connection, name: str, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await connection.fetchval(self._statements[name], *self._arguments(name, values))

    async def execute(self, connection: Connection, name: str, **values: Any) -> int:
        """Carry the statement out and return how many rows it touched."""
        status = await connection.execute(self._statements[name], *self._arguments(name, values))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0


async def migrate(url: str, schema: str, folder: Path) -> None:
    """Apply the numbered migrations of `folder` that `schema` has not had yet, forward only.

    One migrator works at a time: a second one waits and then finds nothing left to do.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('dutyclock-migrations'))")
        await connection.execute(f'SET search_path TO "{schema}"')
        quiet = logging.getLogger("dutyclock.migrations")
        await pogo.apply(cast("Any", connection), folder, schema_name=schema, logger=quiet)
    finally:
        await connection.close()
