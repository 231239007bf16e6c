"""Five for one by rule: fewest charges first, ties by id, nobody out of scope, as even as can be."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.care.five import Assignment, CaredFor, Charge, assign
from services.registration.rules.care.grid import GridPlace, Responsibility
from services.registration.storage.grid import staff_id_of
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.registration.care.test_grid_rules import LAW, holds

pytestmark = pytest.mark.requirement("five-to-one")

ROLES = LAW.five.roles
DIVISIONS = (A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, "500104", "500101001001")


def person(number: int, division: str = A_VILLAGE, *charges: Charge) -> CaredFor:
    return CaredFor(UUID(int=number), GridPlace(division), charges)


def given_to(assignment: Assignment) -> dict[tuple[int, str], UUID]:
    return {(charge.person_id.int, charge.role): charge.staff_id for charge in assignment.begun}


def test_the_five_are_those_of_the_notice() -> None:
    assert ROLES == ("town-cadre", "village-cadre", "police-officer", "village-doctor", "grid-worker")


def test_town_cadre_and_police_are_found_upwards_and_who_is_missing_is_named() -> None:
    grid = [
        holds("town-1", "town-cadre", JIANSHENG),
        holds("police-1", "police-officer", "500104"),
        holds("worker-1", "grid-worker", ANOTHER_VILLAGE),
    ]
    assignment = assign([person(1)], ROLES, grid, {})
    assert given_to(assignment) == {
        (1, "town-cadre"): staff_id_of("town-1"),
        (1, "police-officer"): staff_id_of("police-1"),
    }
    assert assignment.missing == {UUID(int=1): ("village-cadre", "village-doctor", "grid-worker")}


def test_the_fewest_charges_come_first_and_of_equals_the_first_by_id() -> None:
    grid = [holds(f"worker-{number}", "grid-worker", A_VILLAGE) for number in (3, 1, 2)]
    counts = {staff_id_of("worker-1"): 2, staff_id_of("worker-2"): 1, staff_id_of("worker-3"): 1}
    assignment = assign([person(number) for number in (3, 1, 2)], ["grid-worker"], grid, counts)
    found = given_to(assignment)
    assert [found[number, "grid-worker"] for number in (1, 2, 3)] == [
        staff_id_of(key) for key in ("worker-2", "worker-3", "worker-1")
    ]


def test_what_stands_stays_and_what_stands_no_more_goes_to_others() -> None:
    stands = Charge(UUID(int=1), "grid-worker", staff_id_of("worker-1"))
    left = Charge(UUID(int=2), "grid-worker", staff_id_of("gone-1"))
    afar = Charge(UUID(int=3), "grid-worker", staff_id_of("afar-1"))
    grid = [
        holds("worker-1", "grid-worker", A_VILLAGE),
        holds("worker-2", "grid-worker", A_VILLAGE),
        holds("afar-1", "grid-worker", ANOTHER_VILLAGE),
    ]
    people = [person(1, A_VILLAGE, stands), person(2, A_VILLAGE, left), person(3, A_VILLAGE, afar)]
    counts = {staff_id_of("worker-1"): 9, staff_id_of("afar-1"): 1}
    assignment = assign(people, ["grid-worker"], grid, counts)
    assert set(assignment.ended) == {left, afar}
    assert given_to(assignment) == {
        (2, "grid-worker"): staff_id_of("worker-2"),
        (3, "grid-worker"): staff_id_of("worker-2"),
    }


def test_the_worker_of_the_building_is_asked_before_the_one_of_the_village() -> None:
    grid = [
        holds("whole-1", "grid-worker", A_VILLAGE),
        holds("building-1", "grid-worker", A_VILLAGE, "1", "2"),
        holds("building-2", "grid-worker", A_VILLAGE, "1", "3"),
    ]
    home = CaredFor(UUID(int=1), GridPlace(A_VILLAGE, "1", "2"))
    counts = {staff_id_of("building-1"): 99}
    assert given_to(assign([home], ["grid-worker"], grid, counts)) == {
        (1, "grid-worker"): staff_id_of("building-1")
    }


def numbered(number: int, role: str, division: str) -> Responsibility:
    return holds(f"s-{number}", role, division)


responsibilities = st.builds(numbered, st.integers(0, 8), st.sampled_from(ROLES), st.sampled_from(DIVISIONS))
people_of_villages = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from((A_VILLAGE, ANOTHER_VILLAGE))),
    max_size=30,
    unique_by=lambda one: one[0],
).map(lambda found: [person(number, division) for number, division in found])


@given(people_of_villages, st.lists(responsibilities, max_size=25), st.randoms(use_true_random=False))
def test_nobody_answers_out_of_scope_and_the_order_of_things_makes_no_difference(
    people: list[CaredFor], grid: list[Responsibility], random: object
) -> None:
    assignment = assign(people, ROLES, grid, {})
    places = {one.person_id: one.place for one in people}
    for charge in assignment.begun:
        place = places[charge.person_id]
        assert any(
            held.staff_id == charge.staff_id and held.role == charge.role and held.answers_for(place)
            for held in grid
        )
    for one in people:
        held = {charge.role for charge in assignment.begun if charge.person_id == one.person_id}
        assert held | set(assignment.missing[one.person_id]) == set(ROLES)
        assert not held & set(assignment.missing[one.person_id])
    shuffled_people, shuffled_grid = list(people), list(grid)
    random.shuffle(shuffled_people)  # type: ignore[attr-defined]
    random.shuffle(shuffled_grid)  # type: ignore[attr-defined]
    assert assign(shuffled_people, ROLES, shuffled_grid, {}) == assignment


@given(st.integers(1, 200), st.integers(1, 9), st.integers(1, 7))
def test_charges_of_equals_differ_by_one_at_most_however_they_come(
    people: int, workers: int, batches: int
) -> None:
    grid = [holds(f"w-{number}", "grid-worker", A_VILLAGE) for number in range(workers)]
    counts: Counter[UUID] = Counter()
    for batch in range(batches):
        assignment = assign(
            [person(batch * 1000 + number) for number in range(people)], ["grid-worker"], grid, counts
        )
        counts.update(charge.staff_id for charge in assignment.begun)
        found = [counts[held.staff_id] for held in grid]
        assert max(found) - min(found) <= 1
    assert counts.total() == people * batches
