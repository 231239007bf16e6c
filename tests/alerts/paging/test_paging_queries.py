"""Every query of paging is one that the migrated schema understands, the frequent ones stay on indexes."""

import json
from typing import Any

import pytest

from services.alerts.storage import pages, roster
from shared.postgres import Queries
from tests.alerts.paging.room import VILLAGE, Room

FREQUENT = (
    "waiting_requests",
    "climb_due",
    "next_climb_at",
    "due_deliveries",
    "next_delivery_at",
    "lapsed_deliveries",
    "oldest_waiting_request",
    "lock_climbs",
    "page_items",
    "attempts_of_page",
    "reached_clocks",
)
GROWING = {
    "clock",
    "clock_timer",
    "page_request",
    "climb",
    "page",
    "page_item",
    "delivery",
    "delivery_attempt",
}

CLOSED_CLOCKS = f"""
INSERT INTO clock (
    id, started_at, due_at, stopped_at, rule_version, rule_id, subject, pack_id, division, owner,
    step_instants, step_kinds, step_rungs
)
SELECT gen_random_uuid(), $1, $1, $1, 1, 'r', n::text, 'p', '{VILLAGE}', 'o', '{{}}', '{{}}', '{{}}'
FROM generate_series(1, 20000) n
"""
ITS_PAGES = f"""
WITH timers AS (
    INSERT INTO clock_timer (number, clock_id, next_step_at, armed_at, next_step)
    SELECT number, id, $1::timestamptz + number * interval '1 second', $1, 0 FROM clock
), person AS (
    INSERT INTO duty_person (id, key, name, division, language, working, recorded_at)
    VALUES (gen_random_uuid(), 'p', 'p', '{VILLAGE}', 'zh', true, $1) RETURNING id
), made AS (
    INSERT INTO page (id, person_id, division, occasion, items, created_at)
    SELECT clock.id, person.id, '{VILLAGE}', 'warn', 1, $1 FROM clock, person RETURNING id, person_id
), listed AS (
    INSERT INTO page_item (page_id, clock_id, occasion, step_due_at, rung, found_in)
    SELECT id, id, 'warn', $1, 1, '{VILLAGE}' FROM made
), climbed AS (
    INSERT INTO climb (clock_id, occasion, step_due_at, rung, next_rung) SELECT id, 'warn', $1, 1, 2 FROM made
), asked AS (
    INSERT INTO page_request (clock_id, occasion, rung, step_due_at, division, created_at, composed_at)
    SELECT id, 'warn', 1, $1, '{VILLAGE}', $1, $1 FROM made
), tried AS (
    INSERT INTO delivery_attempt
        (id, page_id, number, channel_position, channel_kind, state, started_at)
    SELECT id, id, 1, 0, 'log', 'accepted', $1 FROM made
)
INSERT INTO delivery (page_id, person_id, state, attempts) SELECT id, person_id, 'accepted', 1 FROM made
"""


@pytest.mark.parametrize("queries", [pages.QUERIES, roster.QUERIES], ids=["pages", "roster"])
async def test_every_query_is_understood(room: Room, queries: Queries) -> None:
    async with room.database.connection() as connection:
        for name in queries.names():
            assert await connection.prepare(queries.sql(name)), name


def scanned_whole(plan: dict[str, Any]) -> set[str]:
    """The tables that a plan reads from end to end."""
    found = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set[str]()
    return found.union(*(scanned_whole(part) for part in plan.get("Plans", ())))


@pytest.mark.parametrize("analyzed", [False, True])
async def test_frequent_queries_do_not_read_a_year_of_pages(room: Room, analyzed: bool) -> None:
    async with room.database.connection() as connection:
        await connection.execute(CLOSED_CLOCKS, room.now)
        await connection.execute(ITS_PAGES, room.now)
        if analyzed:
            await connection.execute("ANALYZE")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        for name in FREQUENT:
            statement = pages.QUERIES.sql(name).rstrip(";")
            parameters = (await connection.prepare(statement)).get_parameters()
            await connection.execute(f"PREPARE plan_of_{name} AS {statement}")
            values = f"({', '.join(['NULL'] * len(parameters))})" if parameters else ""
            explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE plan_of_{name}{values}")
            plan = json.loads(explained)[0]["Plan"]
            assert not scanned_whole(plan) & GROWING, (name, plan)
