"""What must be true of an installation after anything was killed, asked of its tables, streams and logs."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import nats
from nats.js.api import ConsumerConfig

OUTBOXES = """
SELECT (SELECT count(*) FROM registration.outbox) + (SELECT count(*) FROM testing.outbox)
    + (SELECT count(*) FROM alerts.outbox) + (SELECT count(*) FROM reporting.outbox)
"""
DEAD_LETTERS = """
SELECT consumer, subject, reason, problems FROM testing.dead_letter
UNION ALL SELECT consumer, subject, reason, problems FROM alerts.dead_letter
UNION ALL SELECT consumer, subject, reason, problems FROM reporting.dead_letter
UNION ALL SELECT consumer, subject, reason, problems FROM registration.dead_letter
"""
STEPS_MISSING = """
SELECT clock.id, rule_id, step_kinds[place] AS kind, step_instants[place] AS due_at
FROM alerts.clock CROSS JOIN LATERAL generate_subscripts(step_instants, 1) AS step (place)
WHERE started_at IS NOT NULL AND stopped_at IS NULL AND voided_at IS NULL AND step_instants[place] <= $1
    AND NOT EXISTS (
        SELECT FROM alerts.clock_step AS fired
        WHERE fired.clock_id = clock.id AND fired.step_index = place - 1
    )
"""
STEPS_UNTRUE = """
SELECT fired.* FROM alerts.clock_step AS fired JOIN alerts.clock ON clock.id = fired.clock_id
WHERE fired.fired_at < fired.due_at
    OR abs(fired.late_seconds - extract(epoch FROM fired.fired_at - fired.due_at)) > 0.001
    OR fired.due_at <> step_instants[step_index + 1] OR fired.kind <> step_kinds[step_index + 1]
"""
FIRED_WHILE_AWAY = "SELECT * FROM alerts.clock_step WHERE fired_at > $1 AND fired_at < $2"
DUE_WHILE_AWAY = """
SELECT fired.late_seconds, fired.fired_at FROM alerts.clock_step AS fired
JOIN alerts.clock ON clock.id = fired.clock_id
WHERE fired.due_at >= $1 AND fired.due_at < $2
"""
BREACHES_FIRED = "SELECT count(*) FROM alerts.clock_step WHERE kind = 'breach'"
LISTED_AGAIN = """
SELECT clock.rule_id, item.rung, array_agg(page.created_at ORDER BY page.created_at) AS listed_at
FROM alerts.page_item AS item
JOIN alerts.page ON page.id = item.page_id
JOIN alerts.clock ON clock.id = item.clock_id
GROUP BY clock.rule_id, item.clock_id, item.occasion, item.step_due_at, item.rung, page.person_id
HAVING count(*) > 1
"""
STEPS_UNPAGED = """
SELECT fired.clock_id, fired.kind, fired.due_at FROM alerts.clock_step AS fired
JOIN alerts.clock ON clock.id = fired.clock_id
WHERE clock.rule_id = 'direct-report' AND fired.kind = 'breach' AND clock.stopped_at IS NULL
    AND NOT EXISTS (
        SELECT FROM alerts.page_item AS item
        WHERE item.clock_id = fired.clock_id AND item.step_due_at = fired.due_at
    )
"""
ATTEMPTS = """
SELECT id, page_id, number, channel_position, state, started_at
FROM alerts.delivery_attempt
ORDER BY page_id, number
"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Asks the tables with the administrator's account."""

    connection: "asyncpg.Connection[asyncpg.Record]"

    async def number(self, query: str, *arguments: object) -> int:
        return int(await self.connection.fetchval(query, *arguments))

    async def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.connection.fetch(query, *arguments)]

    async def samples(self) -> Counter[UUID]:
        rows = await self.rows("SELECT sample_id FROM testing.sample_result WHERE result = 'positive'")
        return Counter(row["sample_id"] for row in rows)

    async def cases(self) -> Counter[UUID]:
        return Counter(
            row["sample_id"] for row in await self.rows("SELECT sample_id FROM reporting.case_file")
        )

    async def clocks(self, rule: str) -> Counter[str]:
        rows = await self.rows(
            "SELECT subject FROM alerts.clock WHERE rule_id = $1 AND started_at IS NOT NULL", rule
        )
        return Counter(row["subject"] for row in rows)

    async def listed_again_too_soon(
        self, last_rungs: Mapping[str, int], repeat_every: timedelta
    ) -> list[dict[str, Any]]:
        """Clocks that one rung was paged about twice; the last rung repeats until somebody answers."""
        return [row for row in await self.rows(LISTED_AGAIN) if not _repeats(row, last_rungs, repeat_every)]

    async def attempts_doubled(self) -> list[tuple[UUID, int]]:
        """Attempts after one on the same channel that was not recorded as refused."""
        doubled: list[tuple[UUID, int]] = []
        before: dict[tuple[UUID, int], str] = {}
        for row in await self.rows(ATTEMPTS):
            key = (row["page_id"], row["channel_position"])
            if before.get(key, "rejected") != "rejected":
                doubled.append((row["page_id"], row["number"]))
            before[key] = row["state"]
        return doubled


def _repeats(row: Mapping[str, Any], last_rungs: Mapping[str, int], repeat_every: timedelta) -> bool:
    listed: Sequence[datetime] = row["listed_at"]
    gaps = [later - sooner for sooner, later in pairwise(listed)]
    return row["rung"] == last_rungs[row["rule_id"]] and min(gaps) >= repeat_every


def attempts_handed_over(logs: Sequence[Path]) -> Counter[str]:
    """How often each attempt was really handed to the `log:` channel, by all processes together."""
    handed: Counter[str] = Counter()
    for log in logs:
        for line in log.read_text("utf-8", "replace").splitlines():
            if '"attempt"' not in line or '"title"' not in line:
                continue
            handed[json.loads(line)["attempt"]] += 1
    return handed


async def event_ids(url: str, stream: str, subject: str) -> Counter[str]:
    """The ids of all events under a subject, as often as they stand in the stream."""
    client = await nats.connect(url)
    try:
        jetstream = client.jetstream()
        config = ConsumerConfig(headers_only=True)
        subscription = await jetstream.subscribe(subject, stream=stream, config=config, ordered_consumer=True)
        found: Counter[str] = Counter()
        info = await subscription.consumer_info()
        assert info.delivered is not None
        expected = (info.num_pending or 0) + info.delivered.consumer_seq
        while sum(found.values()) < expected:
            message = await subscription.next_msg(timeout=10)
            found[(message.headers or {})["ce-id"]] += 1
        return found
    finally:
        await client.close()
