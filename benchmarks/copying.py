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
        rows = {table: [tuple(row) for row in await connection.fetch(_all_of(table))] for table in tables}
        for table in tables:
            form = f"physical.{table} (LIKE registration.{table} INCLUDING ALL)"
            await connection.execute(f"DROP TABLE IF EXISTS physical.{table}; CREATE TABLE {form}")
        started = time.perf_counter()
        for table, records in rows.items():
            await connection.copy_records_to_table(table, schema_name="physical", records=records)
        seconds = time.perf_counter() - started
        await connection.execute(f"TRUNCATE {', '.join(f'registration.{table}' for table in tables)} CASCADE")
        await connection.execute("CHECKPOINT")
        return seconds
    finally:
        await connection.close()


def _all_of(table: str) -> str:
    return f"SELECT * FROM registration.{table}"
