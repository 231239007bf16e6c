"""COPY of rows on record into tables of the same form: how fast PostgreSQL could take them at best."""

import time
from collections.abc import Sequence

import asyncpg

from benchmarks.ground import Ground


async def copy_written(ground: Ground, tables: Sequence[str]) -> float:
    """Copy what these tables of registration hold; return the seconds it took. Empties both sides."""
    connection = await asyncpg.connect(ground.admin_url)
    try:
        await connection.execute("CREATE SCHEMA IF NOT EXISTS physical")
        columns = {table: await _columns(connection, table) for table in tables}
        rows = {
            table: [
                tuple(row)
                for row in await connection.fetch(f"SELECT {', '.join(names)} FROM registration.{table}")
            ]
            for table, names in columns.items()
        }
        for table in tables:
            form = f"physical.{table} (LIKE registration.{table} INCLUDING ALL)"
            await connection.execute(f"DROP TABLE IF EXISTS physical.{table}; CREATE TABLE {form}")
        started = time.perf_counter()
        for table, records in rows.items():
            await connection.copy_records_to_table(
                table, schema_name="physical", columns=columns[table], records=records
            )
        seconds = time.perf_counter() - started
        await connection.execute(f"TRUNCATE {', '.join(f'registration.{table}' for table in tables)} CASCADE")
        await connection.execute("CHECKPOINT")
        return seconds
    finally:
        await connection.close()


async def _columns(connection: asyncpg.Connection, table: str) -> list[str]:
    """Return the columns that are written, not worked out by the database."""
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'registration'"
        " AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position",
        table,
    )
    return [row["column_name"] for row in rows]
