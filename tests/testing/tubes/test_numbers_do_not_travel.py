"""A tube whose code looks like somebody's number: kept, joined and told, but for the code itself."""

import pytest

from services.testing.rules.results.told_code import WITHHELD, told_code
from services.testing.rules.tubes.chain import StepKind
from services.testing.storage.results import NewResult
from shared.contracts.testing import PoolPositive, SampleInconclusive, SamplePositive
from shared.postgres import Database
from shared.verdicts import Verdict
from shared.vocabulary import Result
from tests.testing.tubes.builders import (
    HOUR,
    MORNING,
    NOW,
    I,
    N,
    P,
    a_result,
    a_step,
    a_tube,
    correct,
    events,
    find,
    hear,
    person,
    state,
    step,
    tell,
)

CARD, OLD_CARD, MOBILE, LANDLINE = "11010519491231002X", "110105491231002", "13812345678", "023-68812345"
NUMBERS = [CARD, OLD_CARD, MOBILE, f"+86-{MOBILE}"[1:], "138-1234-5678", LANDLINE, f"T:{MOBILE}"]
pytestmark = pytest.mark.requirement("village-town-county-chain")


async def told_in_full(database: Database) -> str:
    """Everything that leaves for the bus, heads and bodies, as it leaves."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT subject, headers, body FROM outbox ORDER BY id")
    return "\n".join(f"{row['subject']} {row['headers']!r} {bytes(row['body']).decode()}" for row in rows)


@pytest.mark.parametrize("code", NUMBERS)
@pytest.mark.parametrize("is_tube_first", [True, False])
async def test_a_positive_of_such_a_tube_is_a_case_and_its_code_stays_here(
    database: Database, code: str, is_tube_first: bool
) -> None:
    found = a_result(code, P)
    if is_tube_first:
        (verdict,) = await tell(database, a_tube(code, 1, size=1))
        assert verdict.verdict is Verdict.STORED
        assert [one.field for one in verdict.problems] == ["code"]
        assert code not in verdict.problems[0].reason
    assert await find(database, found) == ["stored"]
    if not is_tube_first:
        await tell(database, a_tube(code, 1, size=1))
    assert await find(database, found) == ["duplicate"]
    assert hear(await events(database)).samples[found.facts.sample_id][0] == person(1)
    told = [one for one in await events(database) if isinstance(one, SamplePositive)]
    assert {one.tube_code for one in told} == {f"{WITHHELD}{found.facts.sample_id.hex[:8]}"}
    assert code not in await told_in_full(database)
    assert code in str(await state(database)), "the register keeps it as it stands on the tube"


@pytest.mark.parametrize("result", [P, I, N])
@pytest.mark.parametrize("size", [1, 10])
async def test_whatever_is_told_of_such_a_tube_its_code_is_not(
    database: Database, result: Result, size: int
) -> None:
    found: NewResult = a_result(MOBILE, result)
    await tell(database, a_tube(MOBILE, 1, *((2,) if size > 1 else ()), size=size, point=OLD_CARD))
    await step(
        database,
        a_step(StepKind.BOXED, MOBILE, MORNING + HOUR, box=CARD),
        a_step(StepKind.HANDED_OVER, None, MORNING + 2 * HOUR, box=CARD, place=LANDLINE),
        a_step(StepKind.RUN, MOBILE, MORNING + 3 * HOUR, plate=CARD, well="13912345678"),
    )
    await find(database, found)
    for corrected in (N, P, I):
        if corrected is not result:
            await correct(database, found, corrected, NOW)
            break
    told = await events(database)
    assert any(isinstance(one, (SamplePositive, SampleInconclusive, PoolPositive)) for one in told)
    text = await told_in_full(database)
    for number in (MOBILE, CARD, OLD_CARD, LANDLINE, "13912345678"):
        assert number not in text


@pytest.mark.parametrize("code", ["T-1", "2021020100012", "20210201000123", "KB-2021-000123456"])
async def test_an_ordinary_code_is_told_as_it_stands(database: Database, code: str) -> None:
    (verdict,) = await tell(database, a_tube(code, 1, size=1))
    assert verdict.problems == ()
    await find(database, a_result(code, P))
    told = [one for one in await events(database) if isinstance(one, SamplePositive)]
    assert {one.tube_code for one in told} == {code}


def test_two_samples_of_withheld_codes_can_be_told_apart() -> None:
    one, other = (a_result(code, P).facts for code in (MOBILE, "13812345679"))
    assert told_code(one.tube_code, one.sample_id) != told_code(other.tube_code, other.sample_id)
