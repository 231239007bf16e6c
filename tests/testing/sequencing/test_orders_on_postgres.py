"""Every positive has one order, whatever is told, how often and in which turn; overdue is told once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from services.testing.actions.results.correct_result import correct_result
from services.testing.actions.results.store_results import store_results
from services.testing.actions.sequencing.end_order import exclude_sample
from services.testing.actions.sequencing.notice_overdue import notice_overdue
from services.testing.actions.sequencing.order_sequencing import (
    PATIENCE,
    link_case,
    order_missing,
    order_sequencing,
    void_order,
)
from services.testing.actions.sequencing.read_orders import list_orders, read_order, take_figures
from services.testing.rules.results.correction import Correction
from services.testing.rules.results.result import ResultFacts
from services.testing.rules.sequencing.order import Exclusion, OrderState
from services.testing.storage.laboratory_quality import Sent
from services.testing.storage.results import NewResult
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.contracts.testing import SamplePositive, SamplePositiveWithdrawn
from shared.postgres import Database
from shared.vocabulary import Method, Result
from tests.builders import A_VILLAGE
from tests.testing.laboratories.builders import CDC, the_law

pytestmark = [pytest.mark.system, pytest.mark.requirement("sequencing")]

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
LAW = the_law().sequencing
ALL = ("", "~")
EVER = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await Database.open(service_database_url("testing"), "testing", size=4)
    yield database
    await database.close()


def positive(sample_id: UUID, **changes: object) -> SamplePositive:
    fields: dict[str, object] = {
        "division": A_VILLAGE,
        "occurred_at": NOW,
        "recorded_at": NOW,
        "sample_id": sample_id,
        "tube_code": "T-1",
        "institution": CDC,
        "method": Method.PCR,
        "sampled_at": NOW - timedelta(hours=6),
        **changes,
    }
    return SamplePositive.model_validate(fields)


def withdrawn(sample_id: UUID) -> SamplePositiveWithdrawn:
    return SamplePositiveWithdrawn(
        division=A_VILLAGE,
        occurred_at=NOW + timedelta(hours=1),
        recorded_at=NOW + timedelta(hours=1),
        sample_id=sample_id,
        institution=CDC,
        reason_code="mix-up",
        withdrawn_by="key",
    )


def opened(sample_id: UUID) -> CaseOpened:
    return CaseOpened(
        division=A_VILLAGE,
        occurred_at=NOW,
        recorded_at=NOW,
        case_id=UUID(int=sample_id.int ^ 1),
        sample_id=sample_id,
        institution=CDC,
    )


async def test_a_positive_told_often_and_at_once_has_one_order(database: Database) -> None:
    sample_id, person_id = uuid4(), uuid4()
    told = [positive(sample_id), positive(sample_id, person_id=person_id)] * 3
    new = await asyncio.gather(*(order_sequencing(database, one, LAW, now=NOW) for one in told))
    assert sum(new) == 1
    held, entries = await read_order(database, sample_id, ALL)
    assert (held.order.state, held.order.person_id) == (OrderState.ORDERED, person_id)
    assert [entry.kind for entry in entries] == [OrderState.ORDERED]
    assert await orders_told(database) == 1


async def orders_told(database: Database) -> int:
    """How many orders were told of: each starts a clock."""
    async with database.connection() as connection:
        return await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE subject LIKE 'testing.sequencing-ordered%'"
        )


@pytest.mark.parametrize("turn", list(permutations(range(4))))
async def test_whatever_comes_first_the_end_is_the_same(database: Database, turn: tuple[int, ...]) -> None:
    sample_id = uuid4()
    case_withdrawn = CaseWithdrawn(
        division=A_VILLAGE,
        occurred_at=NOW + timedelta(hours=1),
        recorded_at=NOW + timedelta(hours=1),
        case_id=opened(sample_id).case_id,
        sample_id=sample_id,
        reason_code="mix-up",
        withdrawn_by="key",
    )
    steps = [
        lambda: order_sequencing(database, positive(sample_id), LAW, now=NOW),
        lambda: void_order(database, withdrawn(sample_id), LAW, now=NOW),
        lambda: link_case(database, opened(sample_id)),
        lambda: link_case(database, case_withdrawn),
    ]
    for number in (*turn, *turn):
        await steps[number]()
    held, _ = await read_order(database, sample_id, ALL)
    assert held.order.state is OrderState.VOID
    assert (held.case_id, held.case_withdrawn_at) == (opened(sample_id).case_id, NOW + timedelta(hours=1))
    assert await orders_told(database) == (turn.index(0) < turn.index(1)), (
        "none for a positive withdrawn before"
    )


def a_result(result: Result, **changes: object) -> NewResult:
    fields: dict[str, object] = {
        "tube_code": uuid4().hex,
        "institution": CDC,
        "division": A_VILLAGE,
        "method": Method.PCR,
        "result": result,
        "sampled_at": NOW - timedelta(hours=6),
        "resulted_at": NOW,
        **changes,
    }
    return NewResult(ResultFacts(**fields), NOW, "key")  # pyright: ignore[reportArgumentType]


async def test_positives_whose_event_was_lost_get_their_order_and_others_none(database: Database) -> None:
    lost, retracted, pool = (
        a_result(Result.POSITIVE),
        a_result(Result.POSITIVE),
        a_result(Result.POSITIVE, pool_size=10),
    )
    await store_results(database, [lost, retracted, pool, a_result(Result.NEGATIVE)], now=NOW)
    await correct_result(
        database,
        retracted.facts.sample_id,
        Correction(Result.NEGATIVE, "mix-up"),
        bounds=ALL,
        occurred_at=NOW,
        recorded_at=NOW,
        received_from="key",
        now=NOW,
    )
    soon = NOW + PATIENCE
    assert (await take_figures(database, now=soon))["missing"] == 0
    later = soon + timedelta(seconds=1)
    assert (await take_figures(database, now=later))["missing"] == 1
    await asyncio.gather(*(order_missing(database, LAW, now=later) for _ in range(3)))
    figures = await take_figures(database, now=later)
    assert (figures["missing"], figures["ordered"]) == (0, 1)
    (only,) = await list_orders(database, ALL, EVER, 10, state=None, overdue_at=None)
    assert only.order.sample_id == lost.facts.sample_id
    assert await orders_told(database) == 1


async def test_what_is_overdue_is_listed_and_told_once(database: Database) -> None:
    late, excused = uuid4(), uuid4()
    for sample_id in (late, excused):
        await order_sequencing(database, positive(sample_id), LAW, now=NOW)
    await exclude_sample(
        database, excused, Exclusion("degraded"), NOW, LAW, bounds=ALL, sent=Sent(NOW, "key", NOW)
    )
    due = NOW + LAW.within
    assert not await notice_overdue(database, now=due)
    after = due + timedelta(seconds=1)
    await asyncio.gather(*(notice_overdue(database, now=after) for _ in range(3)))
    (only,) = await list_orders(database, ALL, EVER, 10, state=None, overdue_at=after)
    assert only.order.sample_id == late
    async with database.connection() as connection:
        subjects = await connection.fetch(
            "SELECT subject FROM outbox WHERE subject LIKE 'testing.sequencing-overdue%'"
        )
    assert len(subjects) == 1
    assert (await take_figures(database, now=after))["overdue"] == 1
