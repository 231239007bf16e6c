"""What a tube costs does not grow with what is stored: its results and steps are found by an index."""

from datetime import timedelta

import pytest

from services.testing.storage import tube_steps, tubes
from shared.postgres import Connection, Database, Queries
from tests.testing.tubes.builders import MORNING

CODES = [f"K{number:09d}" for number in range(0, 40_000, 400)]


async def plan_of(connection: Connection, queries: Queries, name: str, *values: object) -> str:
    rows = await connection.fetch(f"EXPLAIN {queries.sql(name)}", *values)
    return "\n".join(row[0] for row in rows)


@pytest.fixture
async def filled(database: Database, database_url: str) -> Database:
    """Keys of many results, tubes and steps of many codes, of two hundred institutions."""
    administrator = await Database.open(database_url, "testing", size=1)
    async with administrator.connection() as connection:
        await connection.execute(
            "INSERT INTO result_key SELECT 'lab-' || i % 200, 'K' || lpad(i::text, 9, '0'), 1,"
            " gen_random_uuid(), now() FROM generate_series(1, 40000) AS i"
        )
        await connection.execute(
            "INSERT INTO tube (tube_id, code, division, size, opened_at, opened_by, recorded_at, received_at,"
            " stored_on, is_open) SELECT gen_random_uuid(), 'K' || lpad(i::text, 9, '0'), '500104102001', 10,"
            " $1, 'key', $1, $1, '2021-02-01', true FROM generate_series(1, 40000) AS i",
            MORNING,
        )
        await connection.execute(
            "INSERT INTO tube_step (step_id, kind, tube_code, at, recorded_at, received_at, received_from,"
            " reach, division) SELECT gen_random_uuid(), 'sealed', 'K' || lpad(i::text, 9, '0'), $1, $1, $1,"
            " 'key', '500104', '500104102' FROM generate_series(1, 40000) AS i",
            MORNING,
        )
        await connection.execute("ANALYZE result_key, tube, tube_step")
    await administrator.close()
    return database


async def test_a_code_leads_to_its_tube_steps_and_results_by_an_index(filled: Database) -> None:
    async with filled.connection() as connection:
        found = [
            await plan_of(connection, tubes.QUERIES, "results_of_codes", CODES),
            await plan_of(connection, tubes.QUERIES, "tubes_of_codes", CODES),
            await plan_of(connection, tube_steps.QUERIES, "tubes_that_had", CODES),
            await plan_of(
                connection, tube_steps.QUERIES, "steps_of_codes", CODES, MORNING - timedelta(days=1)
            ),
        ]
    for plan in found:
        for table in ("result_key", "tube", "tube_step_other"):
            assert f"Seq Scan on {table} " not in plan, plan
