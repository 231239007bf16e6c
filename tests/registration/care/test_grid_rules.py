"""Who answers for which place, and what of a village's grid is missing."""

from dataclasses import replace

import pytest

from services.registration.rules.care.grid import (
    GridPlace,
    Responsibility,
    nearest,
    responsibility_problems,
    village_grid,
)
from services.registration.storage.grid import staff_id_of
from shared.divisions import Division
from shared.policy import load_pack
from shared.policy.care import CareFile
from shared.settings import PROJECT
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG

pytestmark = pytest.mark.requirement("responsibility-grid")

PACK = load_pack(PROJECT / "policies" / "chongqing-2021-winter")
assert PACK.care is not None
LAW: CareFile = PACK.care
DISTRICT, CITY = "500104", "500000"
VILLAGE = Division(A_VILLAGE, "village", "village", JIANSHENG)
LEVELS = {"district-leader": DISTRICT, "town-cadre": JIANSHENG, "village-cadre": A_VILLAGE}


def holds(key: str, role: str, division: str, block: str | None = None, building: str | None = None):
    return Responsibility(staff_id_of(key), key, role, GridPlace(division, block, building))


ALL_LEVELS = [holds(f"{role}-1", role, division) for role, division in LEVELS.items()]

SCOPES = [
    (GridPlace(CITY), GridPlace(A_VILLAGE), True),
    (GridPlace(DISTRICT), GridPlace(A_VILLAGE, "1", "2"), True),
    (GridPlace(A_VILLAGE), GridPlace(A_VILLAGE, "1", "2"), True),
    (GridPlace(ANOTHER_VILLAGE), GridPlace(A_VILLAGE), False),
    (GridPlace(A_VILLAGE), GridPlace(JIANSHENG), False),
    (GridPlace(A_VILLAGE, "1"), GridPlace(A_VILLAGE), True),
    (GridPlace(A_VILLAGE, "1"), GridPlace(A_VILLAGE, "1", "2"), True),
    (GridPlace(A_VILLAGE, "1"), GridPlace(A_VILLAGE, "2", "2"), False),
    (GridPlace(A_VILLAGE, "1", "2"), GridPlace(A_VILLAGE, "1", "2"), True),
    (GridPlace(A_VILLAGE, "1", "2"), GridPlace(A_VILLAGE, "1", "3"), False),
    (GridPlace(A_VILLAGE, "1", "2"), GridPlace(A_VILLAGE, "2", "2"), False),
    (GridPlace(A_VILLAGE, None, "2"), GridPlace(A_VILLAGE, "1", "2"), True),
    (GridPlace(A_VILLAGE, "1", "2"), GridPlace(A_VILLAGE, "1"), False),
]


@pytest.mark.parametrize(("own", "place", "answers"), SCOPES)
def test_a_scope_reaches_down_and_never_beside(own: GridPlace, place: GridPlace, answers: bool) -> None:
    held = replace(holds("a-1", "grid-worker", A_VILLAGE), place=own)
    assert held.answers_for(place) is answers


def test_the_nearest_come_first_and_the_building_before_the_block() -> None:
    held = [
        holds("town-1", "town-cadre", JIANSHENG),
        holds("village-1", "town-cadre", A_VILLAGE),
        holds("village-2", "town-cadre", A_VILLAGE),
        holds("whole-1", "grid-worker", A_VILLAGE),
        holds("block-1", "grid-worker", A_VILLAGE, "1"),
        holds("building-1", "grid-worker", A_VILLAGE, "1", "2"),
    ]
    home = GridPlace(A_VILLAGE, "1", "2")
    assert [one.key for one in nearest(held, "town-cadre", home)] == ["village-1", "village-2"]
    assert [one.key for one in nearest(held, "town-cadre", GridPlace(ANOTHER_VILLAGE))] == ["town-1"]
    assert [one.key for one in nearest(held, "grid-worker", home)] == ["building-1"]
    assert [one.key for one in nearest(held, "grid-worker", GridPlace(A_VILLAGE, "1", "9"))] == ["block-1"]
    assert len(nearest(held, "grid-worker", GridPlace(A_VILLAGE))) == 3
    assert nearest(held, "village-doctor", home) == ()


@pytest.mark.parametrize("lost", LEVELS)
def test_a_village_without_one_of_the_three_levels_shows_it(lost: str) -> None:
    whole = village_grid(VILLAGE, LAW, ALL_LEVELS, [])
    assert not whole.has_gaps
    assert [held[0].place.division for held in whole.levels.values()] == list(LEVELS.values())
    lacking = village_grid(VILLAGE, LAW, [one for one in ALL_LEVELS if one.role != lost], [])
    assert lacking.missing_levels == (lost,)


def test_a_building_without_a_grid_worker_shows_also_when_its_worker_has_left() -> None:
    named = [
        GridPlace(A_VILLAGE, "1"),
        GridPlace(A_VILLAGE, "1", "1"),
        GridPlace(A_VILLAGE, "2", "1"),
        GridPlace(ANOTHER_VILLAGE, "9", "9"),
    ]
    secretary = holds("secretary-1", "village-secretary", A_VILLAGE, "2", "1")
    worker = holds("worker-1", "grid-worker", A_VILLAGE, "1")
    grid = village_grid(VILLAGE, LAW, [*ALL_LEVELS, secretary, worker], named)
    assert grid.uncovered_buildings == (GridPlace(A_VILLAGE, "2", "1"),)
    assert {place: [one.key for one in held] for place, held in grid.parts.items()} == {
        named[0]: ["worker-1"],
        named[1]: [],
        named[2]: ["secretary-1"],
    }
    for all_of_it in (holds("worker-2", "grid-worker", A_VILLAGE), replace(secretary, role="grid-worker")):
        assert not village_grid(VILLAGE, LAW, [*ALL_LEVELS, worker, all_of_it], named).has_gaps


NO_RESPONSIBILITIES = [
    ("mayor", GridPlace(A_VILLAGE), "village", "role"),
    ("town-cadre", GridPlace(A_VILLAGE), "village", "role"),
    ("grid-worker", GridPlace(JIANSHENG), "township", "division"),
    ("village-cadre", GridPlace(JIANSHENG), "township", "division"),
    ("village-cadre", GridPlace(A_VILLAGE, "1"), "village", "block"),
    ("village-cadre", GridPlace(A_VILLAGE, None, "1"), "village", "building"),
]


@pytest.mark.parametrize(("role", "place", "level", "field"), NO_RESPONSIBILITIES)
def test_what_nobody_can_be_named_for(role: str, place: GridPlace, level: str, field: str) -> None:
    problems = responsibility_problems(role, place, level, ("grid-worker", "village-cadre"), LAW)
    assert [problem.field for problem in problems] == [field]


def test_secretaries_and_grid_workers_are_named_for_parts() -> None:
    place = GridPlace(A_VILLAGE, "1", "2")
    for role in ("village-secretary", "grid-worker"):
        assert responsibility_problems(role, place, "village", (role,), LAW) == []
