"""A positive of a batch is stored and told although the rest of its batch hangs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.testing.rules.results.result import positives_first, sample_id
from shared.contracts.testing import SamplePositive
from shared.vocabulary import Result
from tests.builders import JIANSHENG, a_result
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.testing.results.test_result_rules import FACTS, N, P
from tests.testing.results.test_results_over_http import events_once_there_are

HOLD = """
INSERT INTO result_key (institution, tube_code, revision, sample_id, received_at)
VALUES ($1, $2, 1, $3, now())
"""


@pytest.mark.system
@pytest.mark.requirement("direct-report")
async def test_a_positive_never_waits_for_the_rest_of_its_batch(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str, nats_url: str
) -> None:
    service = await start_service("testing")
    key = await a_key(database_url, JIANSHENG, "results:write")
    now = datetime.now(UTC)
    rows = [a_result(now, result="negative") for _ in range(5)]
    rows.insert(3, a_result(now))
    held = rows[4]
    in_the_way = await asyncpg.connect(database_url, server_settings={"search_path": "testing"})
    try:
        async with httpx.AsyncClient(
            base_url=service.url, headers={"x-api-key": key}, timeout=60
        ) as laboratory:
            transaction = in_the_way.transaction()
            await transaction.start()
            ids = sample_id(held["institution"], held["tube_code"])
            await in_the_way.execute(HOLD, held["institution"], held["tube_code"], ids)
            sent = asyncio.create_task(laboratory.post("/v1/results/batch", json=rows))
            (event,) = await events_once_there_are(nats_url, 1)
            assert isinstance(event, SamplePositive)
            assert event.tube_code == rows[3]["tube_code"]
            assert not sent.done()
            await transaction.rollback()
            answer = (await sent).json()
    finally:
        await in_the_way.close()
    assert answer["stored"] == 6
    assert [row["index"] for row in answer["rows"]] == list(range(6))
    assert [row["tube_code"] for row in answer["rows"]] == [row["tube_code"] for row in rows]


@pytest.mark.parametrize(
    ("rows", "urgent", "others"),
    [
        ([], [], []),
        ([("a", N), ("b", P), ("c", P)], [1, 2], [0]),
        ([("a", N), ("a", P)], [], [0, 1]),
        ([("a", P), ("a", P), ("a", N)], [0], [1, 2]),
    ],
)
def test_positives_go_first_unless_their_sample_was_named_before(
    rows: list[tuple[str, Result]], urgent: list[int], others: list[int]
) -> None:
    facts = [
        type(FACTS)(
            tube, FACTS.institution, FACTS.division, FACTS.method, result, FACTS.sampled_at, FACTS.resulted_at
        )
        for tube, result in rows
    ]
    assert all(isinstance(one.sample_id, UUID) for one in facts)
    assert positives_first(facts) == (urgent, others)
