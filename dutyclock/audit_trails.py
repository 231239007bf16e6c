"""Audit trails as they stand in a database: read whole, at one moment, and held against their ledgers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg

from dutyclock.provision import ACCESS_SCHEMA
from dutyclock.services import SERVICES
from shared.audit_chain import AuditRow, Head

SCHEMAS = (ACCESS_SCHEMA, *SERVICES)

ROWS = 'SELECT sequence, content, previous_hash, hash FROM "{schema}".audit ORDER BY sequence, ctid'
HEAD = 'SELECT sequence, hash FROM "{schema}".audit_head'
NEWEST = 'SELECT content FROM "{schema}".audit ORDER BY sequence DESC LIMIT $1'
UNCHANGING_LEDGERS = """
SELECT ledger.relname AS source, pg_get_triggerdef(deed.oid) AS definition,
       string_to_array(encode(deed.tgargs, 'escape'), '\\000') AS arguments
FROM pg_trigger AS deed
JOIN pg_class AS ledger ON ledger.oid = deed.tgrelid
JOIN pg_proc AS writer ON writer.oid = deed.tgfoid AND writer.proname = 'audit_row'
WHERE ledger.relnamespace = to_regnamespace($1) AND EXISTS (
    SELECT FROM pg_trigger AS guard
    JOIN pg_proc AS refusal ON refusal.oid = guard.tgfoid AND refusal.proname LIKE 'refuse_change%'
    WHERE guard.tgrelid = ledger.oid
)
ORDER BY 1, 2
"""
TOLD = """
SELECT sequence, content::jsonb - '{{sequence,written_at,role,taken_over{by}}}'::text[] AS deed
FROM "{schema}".audit WHERE content::jsonb ->> 'action' = $1
"""
STANDING = """
SELECT jsonb_strip_nulls("{schema}".audited($1, '{source}', to_jsonb(stored), $2::text::jsonb)) AS deed
FROM "{schema}"."{source}" AS stored WHERE {condition}
"""
DIFFERENCES = """
WITH told AS ({told}), standing AS ({standing})
SELECT (SELECT min(sequence) FROM told WHERE deed NOT IN (SELECT deed FROM standing)) AS first_without_row,
       (SELECT count(*) FROM standing WHERE deed NOT IN (SELECT deed FROM told)) AS rows_untold
"""
_CONDITION = re.compile(r" WHEN \((.+)\) EXECUTE FUNCTION ")

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Trail:
    """A schema's trail."""

    schema: str
    rows: Sequence[AuditRow]
    head: Head | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a ledger that never changes and what the trail tells of it do not agree."""

    source: str
    first_without_row: int | None
    """The first row of the trail whose deed the ledger lacks, or holds otherwise."""
    rows_untold: int
    """How many rows of the ledger the trail does not tell of."""


async def read_trail(connection: Connection, schema: str) -> Trail:
    """Return a trail whole, about a kilobyte of memory for each row."""
    rows = await connection.fetch(ROWS.format(schema=schema))
    head = await connection.fetchrow(HEAD.format(schema=schema))
    return Trail(schema, [AuditRow(*row) for row in rows], Head(*head) if head else None)


async def newest(connection: Connection, schema: str, most: int) -> list[Mapping[str, Any]]:
    """Return what the newest rows tell, newest first."""
    rows = await connection.fetch(NEWEST.format(schema=schema), most)
    return [json.loads(row["content"]) for row in rows]


async def differences(connection: Connection, schema: str) -> list[Difference]:
    """Return what does not agree; the session must count in UTC, as the trail does.

    A ledger whose rows change in the ordinary course of things cannot be held against the trail.
    """
    found: list[Difference] = []
    for ledger in await connection.fetch(UNCHANGING_LEDGERS, schema):
        condition = _CONDITION.search(ledger["definition"])
        assert condition is not None
        action, names = ledger["arguments"][:2]
        place = {"schema": schema, "source": ledger["source"]}
        told = TOLD.format(**place, by="" if "by" in json.loads(names) else ",by")
        standing = STANDING.format(**place, condition=condition[1].replace("new.", "stored."))
        row = await connection.fetchrow(DIFFERENCES.format(told=told, standing=standing), action, names)
        assert row is not None
        if row["first_without_row"] is not None or row["rows_untold"]:
            found.append(Difference(ledger["source"], row["first_without_row"], row["rows_untold"]))
    return found
