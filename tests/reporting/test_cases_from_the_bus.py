"""Cases born of events: one for each positive, whatever comes twice, disordered, or at once."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.reporting.actions.open_cases import open_cases
from services.reporting.actions.withdraw_case import withdraw_case
from services.reporting.rules.case_facts import case_id_of
from services.reporting.service import Reporting
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.contracts.testing import SamplePositive, SamplePositiveWithdrawn
from shared.postgres import Database
from tests.reporting.builders import a_positive, its_withdrawal
from tests.reporting.conftest import Office, events_on, publish
from tests.servers import ServiceProcess
from tests.waiting import until

pytestmark = pytest.mark.requirement("direct-report")


async def until_cases(office: Office, number: int) -> list[dict[str, Any]]:
    async def enough() -> bool:
        return len(await office.rows("SELECT 1 FROM case_file")) >= number

    await until(enough, what=f"{number} cases")
    return await office.rows("SELECT * FROM case_file")


async def until_handled(office: Office, consumer: str) -> None:
    """Wait until nothing is under way or waiting at the consumer."""
    assert office.foundation.bus.client is not None
    jetstream = office.foundation.bus.client.jetstream()

    async def idle() -> bool:
        info = await jetstream.consumer_info("TESTING", f"reporting-{consumer}")
        return not info.num_pending and not info.num_ack_pending

    await until(idle, what=f"{consumer} idle")


async def test_a_positive_delivered_three_times_is_one_case_told_once(office: Office) -> None:
    positive = a_positive(office.clock.now())
    await publish(office.nats_url, [positive], copies=3)
    await until_cases(office, 1)
    await until_handled(office, "open-cases")
    (case,) = await office.rows("SELECT * FROM case_file")
    assert case["case_id"] == case_id_of(positive.sample_id)
    assert (case["state"], case["positive_at"]) == ("opened", positive.occurred_at)
    (event,) = await office.told()
    assert isinstance(event, CaseOpened)
    assert (event.sample_id, event.division) == (positive.sample_id, positive.division)
    assert (event.occurred_at, event.recorded_at) == (positive.occurred_at, positive.recorded_at)


async def test_a_withdrawal_ends_the_case_and_leaves_it_on_record(office: Office) -> None:
    positive = a_positive(office.clock.now())
    await publish(office.nats_url, [positive])
    await until_cases(office, 1)
    await publish(office.nats_url, [its_withdrawal(positive)], copies=2)

    async def withdrawn() -> list[dict[str, Any]]:
        return await office.rows("SELECT * FROM case_file WHERE state = 'withdrawn'")

    await until(withdrawn)
    (case,) = await withdrawn()
    await until_handled(office, "withdraw-cases")
    assert case["withdrawn_at"] == positive.occurred_at + timedelta(minutes=30)
    opened, ended = await office.told()
    assert isinstance(opened, CaseOpened)
    assert isinstance(ended, CaseWithdrawn)
    assert (ended.case_id, ended.reason_code, ended.withdrawn_by) == (
        opened.case_id,
        "contamination",
        "key-1",
    )
    assert ended.occurred_at == positive.occurred_at + timedelta(minutes=30)


async def test_a_withdrawal_before_its_positive_is_kept(office: Office) -> None:
    positive = a_positive(office.clock.now())
    await publish(office.nats_url, [its_withdrawal(positive)])

    async def kept() -> list[dict[str, Any]]:
        return await office.rows("SELECT * FROM positive_withdrawal")

    await until(kept)
    assert await office.told() == []
    await publish(office.nats_url, [positive], copies=2)
    (case,) = await until_cases(office, 1)
    await until_handled(office, "open-cases")
    assert case["state"] == "withdrawn"
    assert [type(event) for event in await office.told()] == [CaseOpened, CaseWithdrawn]


@pytest.mark.parametrize("seed", range(5))
async def test_positives_and_withdrawals_at_the_same_moment_never_miss_each_other(
    office: Office, service_database_url: Callable[[str], str], seed: int
) -> None:
    """Two pools work on the same samples at once, in a random order, everything twice."""
    now, order = office.clock.now(), random.Random(seed)
    positives = [a_positive(now) for _ in range(40)]
    withdrawn = positives[::2]
    deeds: list[SamplePositive | SamplePositiveWithdrawn] = [
        *positives,
        *positives,
        *(its_withdrawal(positive) for positive in withdrawn),
        *(its_withdrawal(positive) for positive in withdrawn),
    ]
    order.shuffle(deeds)
    other = await Database.open(service_database_url("reporting"), "reporting")

    async def carry_out(deed: SamplePositive | SamplePositiveWithdrawn) -> None:
        database = order.choice([office.database, other])
        if isinstance(deed, SamplePositive):
            await open_cases(database, [deed, *order.sample(positives, 5)], now=now)
        else:
            await withdraw_case(database, deed, now=now)

    await asyncio.gather(*(carry_out(deed) for deed in deeds))
    await other.close()
    states = Counter(row["state"] for row in await office.rows("SELECT state FROM case_file"))
    assert states == {"withdrawn": 20, "opened": 20}
    told = Counter(type(event) for event in await office.told())
    assert told == {CaseOpened: 40, CaseWithdrawn: 20}


async def test_what_comes_at_once_shares_transactions(office: Office) -> None:
    positives = [a_positive(office.clock.now()) for _ in range(200)]
    reporting = Reporting(replace(office.foundation, registry=CollectorRegistry()), webhook_allow_local=False)
    opened = await asyncio.gather(*(reporting.open_case(positive) for positive in [*positives, *positives]))
    assert sum(opened) == 200
    transactions = await office.rows("SELECT count(DISTINCT xmin::text) AS n FROM case_file")
    assert transactions[0]["n"] <= 4


async def test_a_message_that_breaks_its_contract_is_put_aside_with_its_reason(office: Office) -> None:
    client = office.foundation.bus.client
    assert client is not None
    jetstream = client.jetstream()
    headers = {"ce-specversion": "1.0", "ce-id": "7b1e3ed6-8f7e-4b4a-9f5c-5d7cc0b3a001"}
    await jetstream.publish("testing.sample-positive.50.0104.102.001", b"{}", headers=headers)
    body = b'{"division": "500104102001", "sample_id": "no uuid"}'
    full = {**headers, "ce-type": "testing.sample-positive"}
    await jetstream.publish("testing.sample-positive.50.0104.102.001", body, headers=full)

    async def both() -> bool:
        return len(await office.rows("SELECT 1 FROM dead_letter")) == 2

    await until(both)
    letters = await office.rows("SELECT reason, problems FROM dead_letter ORDER BY sequence")
    assert letters[0]["problems"] == [{"field": "ce-type", "reason": "header is missing"}]
    assert {problem["field"] for problem in letters[1]["problems"]} >= {
        "sample_id",
        "tube_code",
        "occurred_at",
    }
    assert await office.rows("SELECT 1 FROM case_file") == []
    positive = a_positive(office.clock.now())
    await publish(office.nats_url, [positive])
    await until_cases(office, 1)


@pytest.mark.system
async def test_two_processes_open_one_case_each_sample(
    start_service: Callable[..., Awaitable[ServiceProcess]],
    service_database_url: Callable[[str], str],
    nats_url: str,
) -> None:
    first, second = await asyncio.gather(start_service("reporting"), start_service("reporting"))
    now = datetime.now(UTC)
    positives = [a_positive(now) for _ in range(150)]
    withdrawals = [its_withdrawal(positive) for positive in positives[:50]]
    await asyncio.gather(
        publish(nats_url, positives, copies=2),
        publish(nats_url, withdrawals, copies=2),
    )
    database = await Database.open(service_database_url("reporting"), "reporting", size=2)

    async def settled() -> bool:
        async with database.connection() as connection:
            states = await connection.fetch("SELECT state FROM case_file")
            waiting = await connection.fetchval("SELECT count(*) FROM outbox")
        return Counter(row["state"] for row in states) == {"opened": 100, "withdrawn": 50} and not waiting

    await until(settled, seconds=30)
    await second.kill()
    await publish(nats_url, positives[:20])
    await database.close()
    await first.stop()
    told = await events_on(nats_url)
    assert Counter(type(event) for event in told) == {CaseOpened: 150, CaseWithdrawn: 50}
    assert len({event.sample_id for event in told if isinstance(event, CaseOpened)}) == 150
