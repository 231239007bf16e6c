"""One audit: everything recomputed on one snapshot."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.auditor import storage
from services.auditor.rules.finding import Finding
from shared.postgres import Database

REMEMBERED = timedelta(days=7)
"""Positives older than this were audited while they were young and are not read again."""


async def audit(
    database: Database,
    *,
    now: datetime,
    grace: timedelta,
    positive_rules: Sequence[str],
    pool_rules: Sequence[str],
) -> list[Finding]:
    """Return what is forgotten at `now`, one finding a check, all of them seen on one snapshot.

    `grace` is world time that a thing may be on its way.
    """
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        return await storage.find_forgotten(
            connection,
            now=now,
            limit=now - grace,
            since=now - REMEMBERED,
            positive_rules=positive_rules,
            pool_rules=pool_rules,
        )
