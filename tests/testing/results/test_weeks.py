"""Results lie in a table for each week and stand once all the same, whatever week a repetition comes in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.testing.actions.results.correct_result import correct_result
from services.testing.actions.results.keep_weeks import keep_weeks
from services.testing.actions.results.store_results import store_results
from services.testing.actions.tubes.read_tubes import read_sample_wherever
from services.testing.rules.results.correction import Correction
from services.testing.rules.results.result import ResultFacts
from services.testing.storage.results import NewResult
from shared.postgres import Database
from shared.verdicts import Verdict
from shared.vocabulary import Method, Result
from tests.builders import A_VILLAGE

MONDAY = datetime(2021, 1, 31, 16, 0, tzinfo=UTC)
"""Midnight in Shanghai, at which a week begins."""
TICK = timedelta(microseconds=1)
ALL = ("", "~")


def a_new(tube: str, result: Result = Result.NEGATIVE) -> NewResult:
    facts = ResultFacts(
        tube_code=tube,
        institution="500104-cdc",
        division=A_VILLAGE,
        method=Method.PCR,
        result=result,
        sampled_at=MONDAY - timedelta(days=9),
        resulted_at=MONDAY - timedelta(days=8),
    )
    return NewResult(facts, MONDAY, "key")


async def tables_of(database: Database, tubes: Sequence[str]) -> list[str]:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT tableoid::regclass::text AS name FROM sample_result WHERE tube_code = ANY($1)"
            " ORDER BY tube_code, revision",
            tubes,
        )
    return [row["name"] for row in rows]


async def verdicts(database: Database, results: Sequence[NewResult], now: datetime) -> list[Verdict]:
    return [one.verdict for one in await store_results(database, results, now=now)]


async def test_a_week_begins_at_midnight_on_monday_in_shanghai(database: Database) -> None:
    assert await keep_weeks(database, now=MONDAY - TICK) == 9
    assert await keep_weeks(database, now=MONDAY - TICK) == 0
    assert await keep_weeks(database, now=MONDAY) == 1
    await store_results(database, [a_new("T-1")], now=MONDAY - TICK)
    await store_results(database, [a_new("T-2")], now=MONDAY)
    assert await tables_of(database, ["T-1", "T-2"]) == ["sample_result_2021w04", "sample_result_2021w05"]


async def test_a_result_stands_once_in_all_weeks(database: Database) -> None:
    await keep_weeks(database, now=MONDAY)
    first, later = MONDAY, MONDAY + timedelta(weeks=6)
    assert await verdicts(database, [a_new("T-1"), a_new("T-2")], first) == ["stored", "stored"]
    repeated = [a_new("T-3"), a_new("T-1"), a_new("T-2", Result.POSITIVE), a_new("T-3")]
    assert await verdicts(database, repeated, later) == ["stored", "duplicate", "refused", "duplicate"]
    assert len(await tables_of(database, ["T-1", "T-2", "T-3"])) == 3


async def test_a_week_without_a_table_of_its_own_is_kept_all_the_same(database: Database) -> None:
    stored = await store_results(database, [a_new("T-1")], now=MONDAY)
    assert await tables_of(database, ["T-1"]) == ["sample_result_other"]
    assert await keep_weeks(database, now=MONDAY) == 8  # all but the one that has begun elsewhere
    assert await verdicts(database, [a_new("T-1"), a_new("T-2")], MONDAY) == ["duplicate", "stored"]
    assert await tables_of(database, ["T-1", "T-2"]) == ["sample_result_other"] * 2
    correction = Correction(Result.POSITIVE, "retest")
    later = MONDAY + timedelta(weeks=2)
    await correct_result(
        database,
        stored[0].sample_id,
        correction,
        bounds=ALL,
        occurred_at=later,
        recorded_at=later,
        received_from="key",
        now=later,
    )
    assert await tables_of(database, ["T-1"]) == ["sample_result_other", "sample_result_2021w07"]
    found = await read_sample_wherever(database, stored[0].sample_id, ALL)
    assert [one.facts.result for one in found.history] == ["negative", "positive"]


@pytest.mark.parametrize("table", ["sample_result", "sample_result_2021w05", "result_key"])
@pytest.mark.parametrize("change", ["UPDATE {} SET tube_code = 'x'", "DELETE FROM {}"])
async def test_nothing_on_record_is_changed_also_by_its_partitions_name(
    database: Database, database_url: str, table: str, change: str
) -> None:
    await keep_weeks(database, now=MONDAY)
    await store_results(database, [a_new("T-1")], now=MONDAY)
    administrator = await asyncpg.connect(database_url, server_settings={"search_path": "testing"})
    try:
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await administrator.execute(change.format(table))
    finally:
        await administrator.close()
