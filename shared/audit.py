"""The audit trail: a chain in each schema, written by the database itself in the transaction of the deed.

Triggers on the ledgers write it (`migrations/audit`), so nobody forgets to, and a service's
role can do so in no other way. What is not a row of a ledger an operator's command appends itself.
`docs/security.md` lists what is in it.
"""

import json
from typing import Any

from shared.postgres import Connection

DONE_BY = "SELECT set_config('dutyclock.by', $1, true)"
APPEND = "SELECT append_audit($1::text::jsonb)"


async def done_by(connection: Connection, principal_id: str) -> None:
    """Say who does what this transaction writes, where its ledger has no column for that: the id of a key."""
    await connection.execute(DONE_BY, principal_id)


async def append(connection: Connection, action: str, **detail: Any) -> int:
    """Put a deed that no ledger holds into the trail of the connection's schema; return its sequence.

    For the owner of the database alone, which operators' commands are. `detail` holds ids and codes, never
    personal data.
    """
    return int(await connection.fetchval(APPEND, json.dumps({"action": action, **detail})))
