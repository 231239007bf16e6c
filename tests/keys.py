"""Keys for tests, made as `dutyclock keys create` makes them."""

from datetime import UTC, datetime

import asyncpg

from shared.access import Scope
from shared.api_keys import create_key


async def a_key(database_url: str, division: str, *scopes: str) -> str:
    """Return a new key of `division` with `scopes` (all but pii:read when none is named)."""
    connection = await asyncpg.connect(database_url)
    try:
        chosen = [Scope(scope) for scope in scopes] or [Scope.ADMIN]
        _, key = await create_key(
            connection, name="test", division=division, scopes=chosen, now=datetime.now(UTC)
        )
        return key
    finally:
        await connection.close()
