"""Whatever the order and repetition of what is told of one person, the same return and plan follow."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registration.actions.returns.record_returns import record_returns
from services.registration.rules.plans.decision import read_decision
from services.registration.rules.plans.facts import Entry, Proof, ProofKind
from services.registration.rules.returns.journey import Journey, Passed
from services.registration.rules.returns.return_merge import ReturnSource, ReturnStatement
from services.registration.storage.returns import held_return
from shared.postgres import Database
from shared.vocabulary import Result
from tests.builders import A_VILLAGE, JIANSHENG
from tests.registration.people import builders as people
from tests.registration.returns.keeping import KEEPING

NOW = datetime(2021, 2, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
_numbers = count(3_000_000)

SAID: dict[str, st.SearchStrategy[Any]] = {
    "origin": st.sampled_from([None, "130104", "110101"]),
    "route": st.sampled_from([None, (), (Passed("130104", date(2021, 2, 1), date(2021, 2, 3)),)]),
    "entry": st.sampled_from(
        [None, Entry(date(2021, 2, 16), True, None), Entry(date(2021, 2, 1), False, None)]
    ),
    "returning_worker": st.sampled_from([None, False, True]),
    "proofs": st.lists(
        st.sampled_from(
            [
                Proof(ProofKind.NEGATIVE_TEST, NOW - 100 * HOUR, None, Result.NEGATIVE, "甲"),
                Proof(ProofKind.NEGATIVE_TEST, NOW - 90 * HOUR, None, Result.POSITIVE, "乙"),
                Proof(ProofKind.RELEASE_CERTIFICATE, None, date(2021, 2, 15), None, "隔离点"),
            ]
        ),
        max_size=2,
    ),
}


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, dict[str, Any], bool]:
    """What one source says under one of four references, with or without saying of whom."""
    source = draw(st.sampled_from([ReturnSource.SELF, ReturnSource.RAILWAY_LIST, ReturnSource.VILLAGE]))
    recorded_at = NOW - draw(st.integers(0, 3)) * HOUR
    arrived_at = NOW - draw(st.sampled_from([5, 30, 76, 100, 500])) * HOUR
    values = {
        "division": draw(st.sampled_from([A_VILLAGE, JIANSHENG])),
        "source": source,
        "arrived_at": arrived_at,
        "registered_at": draw(st.sampled_from([None, NOW - 2 * HOUR, NOW - HOUR])),
        "recorded_at": recorded_at,
        "journey": Journey.of(source, recorded_at, **{name: draw(values) for name, values in SAID.items()}),
    }
    return draw(st.sampled_from(["r1", "r2", "r3", "r4"])), values, draw(st.booleans())


async def told_in_order(url: str, told: Sequence[tuple[str, dict[str, Any], bool]], apart: bool) -> object:
    """Tell of somebody new, in one transaction or one by one; return what holds then, but for the ids."""
    number = next(_numbers)
    person = people.a_person(number)
    said = [
        ReturnStatement(
            reference=f"{reference}-{number}",
            received_from="key",
            person=person if named else None,
            **values,
        )
        for reference, values, named in told
    ]
    database = await Database.open(url, "registration", size=2)
    try:
        for batch in [[one] for one in said] if apart else [said]:
            await record_returns(database, batch, KEEPING, now=NOW)
        return await _what_holds(database, number)
    finally:
        await database.close()


async def _what_holds(database: Database, number: int) -> object:
    async with database.connection() as connection:
        rows = await connection.fetch(
            """
            SELECT return_record.*, facts FROM return_record LEFT JOIN return_facts USING (return_id)
            WHERE reference LIKE $1 AND state <> 'withdrawn'
            """,
            f"%-{number}",
        )
        people = [row["person_id"] for row in rows if row["person_id"] is not None]
        plans = await connection.fetch(
            """
            SELECT decision FROM plan JOIN plan_version USING (plan_id, version)
            WHERE person_id = ANY($1) AND plan.state = 'open'
            """,
            people,
        )
    returns = [held_return(dict(row)) for row in rows]
    holds = [
        (one.division, one.person_id is None, one.arrived, one.registered, one.last_arrival_at, one.journey)
        for one in returns
    ]
    return sorted(holds, key=repr), [read_decision(plan["decision"]) for plan in plans]


def _readable(told: Any, holds: Any) -> str:
    said = [
        (reference, values["division"], NOW - values["arrived_at"], named)
        for reference, values, named in told
    ]
    return f"\n{said}\ngives\n{holds}\n"


@pytest.mark.requirement("return-registration")
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(statements(), min_size=1, max_size=5).flatmap(
        lambda told: st.tuples(
            st.just(told), st.permutations([*told, *told[:2]]), st.booleans(), st.booleans()
        )
    )
)
def test_order_and_repetition_make_no_difference(
    service_database_url: Callable[[str], str], orders: tuple[Any, Any, bool, bool]
) -> None:
    first, second, first_apart, second_apart = orders
    url = service_database_url("registration")
    one = asyncio.run(told_in_order(url, first, first_apart))
    other = asyncio.run(told_in_order(url, second, second_apart))
    assert one == other, _readable(first, one) + _readable(second, other)
