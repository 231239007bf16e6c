"""Audit trails in tests: what they tell, what the command says of them, and how somebody would tamper."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
from typer.testing import CliRunner

from dutyclock.commands.audit import app


async def told(database_url: str, schema: str, *actions: str) -> list[dict[str, Any]]:
    """What the trail of a schema tells, in its order; of some actions when any are named."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(f'SELECT content FROM "{schema}".audit ORDER BY sequence')
    finally:
        await connection.close()
    found = [json.loads(row["content"]) for row in rows]
    return [one for one in found if not actions or one["action"] in actions]


async def command(database_url: str, *arguments: str) -> tuple[int, str]:
    """Run `dutyclock audit` on a database; its exit code and what it said."""
    environment = {"DATABASE_URL": database_url, "COLUMNS": "300"}
    result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=environment)
    return result.exit_code, result.output


async def keep_heads(database_url: str, file: Path) -> Path:
    """Keep the heads of all trails in a file, as an operator does."""
    code, output = await command(database_url, "head")
    assert code == 0, output
    await asyncio.to_thread(file.write_text, output, "utf-8")
    return file


async def tamper(database_url: str, *statements: str) -> None:
    """Do what a superuser can whom no trigger stops."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def chained_anew(first: int, last: int) -> str:
    """A statement that changes rows of the trail of keys and chains them anew, head and all."""
    return f"""
DO $$
DECLARE
    former bytea := (SELECT hash FROM access.audit WHERE sequence = {first - 1});
BEGIN
    FOR number IN {first}..{last} LOOP
        UPDATE access.audit SET content = replace(content, '500104', '500105'), previous_hash = former,
            hash = sha256(former || convert_to(replace(content, '500104', '500105'), 'UTF8'))
        WHERE sequence = number RETURNING hash INTO former;
    END LOOP;
    UPDATE access.audit_head SET hash = former;
END
$$
"""
