"""Nobody speaks of the tube, the laboratory or the due test of another division, by error or on purpose."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.testing.actions.due.ask_tests import ask_tests
from services.testing.actions.results.receive_batch import receive_batch
from services.testing.actions.tubes.read_tubes import read_sample_wherever
from services.testing.actions.tubes.receive_tubes import receive_tubes
from services.testing.rules.due.asking import Ask, Source
from services.testing.rules.results.intake import FOREIGN_LABORATORY, FOREIGN_TUBE, Surroundings, place
from services.testing.rules.tubes.chain import KnownTube
from services.testing.rules.tubes.holder import TO_BE_RESULTED, are_in_line
from services.testing.rules.tubes.tube import TubeTold
from services.testing.storage.results import NewResult
from shared.contracts.testing import SamplePositive
from shared.day_count import day_of
from shared.divisions import contains, subtree_bounds
from shared.errors import NotFound
from shared.postgres import Database
from shared.verdicts import RowVerdict, Verdict
from shared.vocabulary import Result, SubjectKind
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.testing.tubes.builders import (
    CDC,
    HOSPITAL,
    HOUR,
    MORNING,
    NOW,
    REGISTERS,
    I,
    N,
    P,
    a_member,
    a_result,
    a_tube,
    events,
    find,
    hear,
    person,
    state,
    tell,
)

pytestmark = pytest.mark.requirement("village-town-county-chain")
DISTRICT = "500104"


async def send(database: Database, key: str, *results: NewResult) -> list[RowVerdict]:
    """Send results with the key of a division."""
    return await receive_batch(
        database,
        results,
        registers=REGISTERS,
        reaches=lambda division: contains(key, division),
        wake=lambda: None,
        now=NOW,
    )


async def open_with(database: Database, key: str, *told: TubeTold) -> list[RowVerdict]:
    """Tell of tubes with the key of a division."""
    return await receive_tubes(
        database, told, registers=REGISTERS, reaches=lambda division: contains(key, division), now=NOW
    )


async def count_of_results(database: Database) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM result_key"))


@pytest.mark.parametrize("result", [N, P, I])
async def test_a_result_of_a_tube_that_the_key_does_not_reach_is_refused_and_leaves_nothing(
    database: Database, result: Result
) -> None:
    await tell(database, a_tube("T-1", 1, size=1))
    before = await state(database)
    (verdict,) = await send(
        database, ANOTHER_VILLAGE, a_result("T-1", result, division=ANOTHER_VILLAGE, person_id=person(1))
    )
    assert (verdict.verdict, verdict.problems) == (Verdict.REFUSED, (FOREIGN_TUBE,))
    assert (await state(database), await events(database)) == (before, [])
    assert await count_of_results(database) == 0
    (true,) = await send(database, DISTRICT, a_result("T-1", P))
    assert true.verdict is Verdict.STORED
    assert hear(await events(database)).settled() == {person(1): {P}}


async def test_only_the_row_of_the_foreign_tube_is_refused(database: Database) -> None:
    await tell(database, a_tube("T-1", 1), a_tube("T-2", 2, division=ANOTHER_VILLAGE))
    rows = [a_result(code, division=ANOTHER_VILLAGE) for code in ("T-1", "T-2", "T-3")]
    verdicts = await send(database, ANOTHER_VILLAGE, *rows)
    assert [one.verdict for one in verdicts] == [Verdict.REFUSED, Verdict.STORED, Verdict.STORED]


async def test_a_result_in_advance_does_not_close_the_tube_of_a_neighbour(database: Database) -> None:
    early = a_result("T-1", N, division=ANOTHER_VILLAGE)
    (verdict,) = await send(database, ANOTHER_VILLAGE, early)
    assert verdict.verdict is Verdict.STORED
    await tell(database, a_tube("T-1", 1, size=1))
    (tube,) = (await state(database))["tubes"]
    assert (tube["is_open"], tube["result"], tube["flags"]) == (True, None, ["other-division"])
    assert person(1) not in hear(await events(database)).settled()
    seen = await read_sample_wherever(database, early.facts.sample_id, subtree_bounds(ANOTHER_VILLAGE))
    assert (seen.tube, seen.sample) == (None, None)
    (true,) = await send(database, DISTRICT, a_result("T-1", P, institution=HOSPITAL))
    assert true.verdict is Verdict.STORED
    (tube,) = (await state(database))["tubes"]
    assert (tube["is_open"], tube["result"]) == (False, "positive")
    assert hear(await events(database)).settled() == {person(1): {P}}


@pytest.mark.parametrize("stated", [A_VILLAGE, JIANSHENG, DISTRICT])
@pytest.mark.parametrize("tube_first", [True, False])
async def test_a_result_stated_for_the_tube_s_line_is_joined_whichever_comes_first(
    database: Database, stated: str, tube_first: bool
) -> None:
    if tube_first:
        await tell(database, a_tube("T-1", 1))
    (verdict,) = await send(database, DISTRICT, a_result("T-1", division=stated))
    if not tube_first:
        await tell(database, a_tube("T-1", 1))
    assert (verdict.verdict, verdict.problems) == (Verdict.STORED, ())
    (tube,) = (await state(database))["tubes"]
    assert (tube["is_open"], tube["result"], tube["flags"]) == (False, "negative", [])
    assert hear(await events(database)).settled() == {person(1): {N}}


async def test_the_tube_s_division_counts_where_a_laboratory_mistook_it(database: Database) -> None:
    await tell(database, a_tube("T-1", 1, size=1))
    mistaken = a_result("T-1", P, division=ANOTHER_VILLAGE)
    (verdict, right) = await send(database, DISTRICT, mistaken, a_result("T-2", division=ANOTHER_VILLAGE))
    assert (verdict.verdict, right.problems) == (Verdict.STORED, ())
    (remark,) = verdict.problems
    assert remark.field == "division"
    assert A_VILLAGE in remark.reason
    told = await events(database)
    assert {event.division for event in told} == {A_VILLAGE, ANOTHER_VILLAGE}
    assert [event.division for event in told if isinstance(event, SamplePositive)] == [A_VILLAGE]
    assert hear(told).settled() == {person(1): {P}}
    (again,) = await send(database, DISTRICT, mistaken)
    assert (again.verdict, again.problems) == (Verdict.DUPLICATE, verdict.problems)


async def test_a_mistaken_result_sent_again_after_its_tube_is_a_repetition(database: Database) -> None:
    mistaken = a_result("T-1", N, division=ANOTHER_VILLAGE)
    await send(database, DISTRICT, mistaken)
    await tell(database, a_tube("T-1", 1))
    (again,) = await send(database, DISTRICT, mistaken)
    (otherwise,) = await send(database, DISTRICT, a_result("T-1", P, division=ANOTHER_VILLAGE))
    assert (again.verdict, otherwise.verdict) == (Verdict.DUPLICATE, Verdict.REFUSED)


async def test_a_registered_laboratory_is_spoken_for_by_whoever_reaches_it(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO laboratory VALUES ($1, $2, 'disease-control', 1, '{}', 1, $3, $3, 'key')",
            *(CDC, DISTRICT, NOW),
        )
    squat = a_result("T-1", division=ANOTHER_VILLAGE)
    of_nobody = a_result("T-1", division=ANOTHER_VILLAGE, institution=HOSPITAL)
    refused, stored = await send(database, ANOTHER_VILLAGE, squat, of_nobody)
    assert (refused.verdict, refused.problems) == (Verdict.REFUSED, (FOREIGN_LABORATORY,))
    assert stored.verdict is Verdict.STORED
    (own,) = await send(database, DISTRICT, a_result("T-1"))
    assert own.verdict is Verdict.STORED


async def test_a_village_does_not_see_the_township_s_tube_that_its_result_was_joined_with(
    database: Database,
) -> None:
    result = a_result("T-1", N, division=ANOTHER_VILLAGE)
    await find(database, result)
    await tell(database, a_tube("T-1", 1, division=JIANSHENG))
    below = await read_sample_wherever(database, result.facts.sample_id, subtree_bounds(ANOTHER_VILLAGE))
    above = await read_sample_wherever(database, result.facts.sample_id, subtree_bounds(JIANSHENG))
    assert (below.tube, below.sample) == (None, None)
    assert above.tube is not None
    with pytest.raises(NotFound):
        await read_sample_wherever(database, result.facts.sample_id, subtree_bounds(OUTSIDE))


@pytest.mark.parametrize(("key", "is_linked"), [(ANOTHER_VILLAGE, False), (JIANSHENG, True)])
async def test_a_sample_counts_for_no_line_that_its_sampler_does_not_reach(
    database: Database, key: str, is_linked: bool
) -> None:
    line = Ask(
        due_id=UUID(int=500),
        source=Source.CATEGORY,
        series=UUID(int=501),
        division=A_VILLAGE,
        category="couriers",
        subject_kind=SubjectKind.PERSON,
        from_on=day_of(MORNING),
        due_on=day_of(MORNING),
        told_at=MORNING - timedelta(days=1),
        kind="couriers",
    )
    await ask_tests(database, [line], now=NOW)
    member = a_member(1, division=ANOTHER_VILLAGE, due_id=line.due_id)
    tube = a_tube("T-1", member, division=ANOTHER_VILLAGE)
    (verdict,) = await open_with(database, key, tube)
    (again,) = await open_with(database, key, tube)
    await send(database, key, a_result("T-1", division=ANOTHER_VILLAGE))
    assert (verdict.verdict, again.verdict) == (Verdict.STORED, Verdict.DUPLICATE)
    left_out = [] if is_linked else ["members.0.due_id"]
    assert [problem.field for problem in verdict.problems] == left_out
    async with database.connection() as connection:
        done = await connection.fetchval("SELECT done FROM due_test WHERE due_id = $1", line.due_id)
        marks = await connection.fetch("SELECT due_id FROM sample UNION SELECT due_id FROM taken_sample")
    assert (done, [row["due_id"] for row in marks]) == ((1, [line.due_id]) if is_linked else (0, [None]))


def a_known_tube(division: str, **changes: Any) -> KnownTube:
    return KnownTube(UUID(int=9), "T-1", division, changes.get("opened_at", MORNING))


def test_divisions_are_in_line_when_one_contains_the_other() -> None:
    assert are_in_line(A_VILLAGE, A_VILLAGE)
    assert are_in_line(A_VILLAGE, JIANSHENG)
    assert are_in_line("500000", OUTSIDE)
    assert not are_in_line(A_VILLAGE, ANOTHER_VILLAGE)
    assert not are_in_line(JIANSHENG, OUTSIDE)


def test_an_old_tube_elsewhere_does_not_keep_a_code_from_being_used_again() -> None:
    facts = a_result("T-1", division=ANOTHER_VILLAGE).facts
    old = a_known_tube(OUTSIDE, opened_at=facts.resulted_at - TO_BE_RESULTED - HOUR)
    later = a_known_tube(OUTSIDE, opened_at=facts.resulted_at + HOUR)
    around = Surroundings({"T-1": [old, later]}, {})
    assert place(facts, around, lambda division: contains(ANOTHER_VILLAGE, division)) is facts


def test_a_village_s_own_tube_comes_before_one_elsewhere() -> None:
    facts = a_result("T-1", division=ANOTHER_VILLAGE).facts
    around = Surroundings({"T-1": [a_known_tube(OUTSIDE), a_known_tube(ANOTHER_VILLAGE)]}, {})
    assert place(facts, around, lambda division: contains(ANOTHER_VILLAGE, division)) is facts
