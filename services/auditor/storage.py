"""What the auditor reads, across the services' tables and never writing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from services.auditor.rules.finding import Check, Finding
from services.auditor.rules.trail import Portion
from shared.audit_chain import AuditRow, Head
from shared.postgres import Connection, Queries, Record

NEWEST_OF_ALL = 2**63 - 1
OLDEST_OF_ALL = -(2**63)
"""A row that somebody put in front of the first has a number too."""

QUERIES = Queries.load(Path(__file__).with_name("queries.sql"))


async def find_forgotten(
    connection: Connection,
    *,
    now: datetime,
    limit: datetime,
    since: datetime,
    positive_rules: Sequence[str],
    pool_rules: Sequence[str],
) -> list[Finding]:
    """Return one finding for each check.

    What became due or arrived after `limit` may still be on its way. Positives received before `since`
    have been audited while they were young. `positive_rules` are the clocks that a positive starts,
    `pool_rules` those that a pool starts which is not negative.
    """
    window = {"limit": limit, "since": since}
    values: Mapping[Check, Mapping[str, object]] = {
        Check.STEPS_UNFIRED: {"limit": limit},
        Check.CLOCKS_WITHOUT_STEP: {"now": now},
        Check.POSITIVES_WITHOUT_CASE: window,
        Check.POSITIVES_WITHOUT_CLOCK: {**window, "rule_ids": list(positive_rules)},
        Check.POOLS_WITHOUT_CLOCK: {**window, "rule_ids": list(pool_rules)},
        Check.PAGES_UNCOMPOSED: {"limit": limit},
        Check.DELIVERIES_UNTRIED: {"limit": limit},
        Check.CLIMBS_UNFIRED: {"limit": limit},
        Check.EVENTS_UNSENT: {"limit": limit},
        Check.MESSAGES_PUT_ASIDE: {},
    }
    return [
        _finding(check, await QUERIES.fetchrow(connection, check.value.replace("-", "_"), **arguments))
        for check, arguments in values.items()
    ]


def _finding(check: Check, row: Record | None) -> Finding:
    assert row is not None, "an aggregate always returns a row"
    return Finding(check, row["count"], row["oldest_at"])


async def read_portion(
    connection: Connection, trail: str, *, first: int, last: int = NEWEST_OF_ALL, most: int
) -> Portion:
    """Return the row `first` (0: whatever comes first) and at most `most` behind it, none beyond `last`."""
    rows = await QUERIES.fetch(
        connection,
        "trail_rows",
        trail=trail,
        first=first or OLDEST_OF_ALL,
        last=last,
        most=most + 1,
    )
    found = [AuditRow(row["sequence"], row["content"], row["previous_hash"], row["hash"]) for row in rows]
    return Portion(found, is_last=len(found) <= most)


async def read_head(connection: Connection, trail: str) -> Head | None:
    """Return the newest row of a trail as the database has noted it; None when the note is gone."""
    row = await QUERIES.fetchrow(connection, "trail_head", trail=trail)
    return Head(row["sequence"], row["hash"]) if row else None
