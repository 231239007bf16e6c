"""What the planner says of campaigns whose answer can be worked out by hand."""

from datetime import time, timedelta

import pytest

from services.testing.rules.campaigns.campaign_facts import PlanningLaw, Transport
from services.testing.rules.campaigns.planner import plan_campaign
from shared.policy.campaigns import Resource
from tests.testing.campaigns.works import (
    HOUR,
    MORNING,
    a_laboratory,
    a_law,
    a_point,
    a_support,
    a_work,
    real_law,
)

pytestmark = pytest.mark.requirement("mass-testing-capacity")

VILLAGE, NEXT, ELSEWHERE = "500104102001", "500104102002", "500107101001"
LABORATORY = a_laboratory("lab", "500104", extraction_per_hour=50, pcr_per_hour=50)


def test_a_campaign_that_can_be_done_says_when_it_is_done() -> None:
    point = a_point("p", VILLAGE, posts=2, people_per_hour=30.0)
    plan = plan_campaign(a_work({VILLAGE: 240}, [point], [LABORATORY]), a_law(8))
    # sixty an hour for four hours, fifty results an hour from the second hour on: 240 are done in the sixth
    assert (plan.feasible, plan.covered, plan.limits, plan.support) == (True, 240, (), ())
    assert plan.finish_at == MORNING + 6 * HOUR
    assert [(one.code, one.people) for one in plan.points] == [("p", 240)]
    assert [(one.code, one.tubes) for one in plan.laboratories] == [("lab", 240)]
    assert plan.curve[-1].resulted == 240


@pytest.mark.parametrize(
    ("given", "limit", "carries", "lent"),
    [
        ({"teams": 1}, Resource.HANDS, 120, ("hands", None, 1)),
        ({"posts": 1}, Resource.POSTS, 120, ("posts", "p", 1)),
        ({"vehicles": 0}, Resource.TRANSPORT, 0, ("transport", None, 1)),
        ({"extraction": 20}, Resource.EXTRACTION, 80, ("extraction", "lab", 20)),
        ({"pcr": 20}, Resource.PCR, 80, ("pcr", "lab", 20)),
    ],
)
def test_what_limits_and_what_closes_the_gap(
    given: dict[str, int], limit: Resource, carries: int, lent: tuple[str, str | None, int]
) -> None:
    point = a_point("p", VILLAGE, posts=given.get("posts", 2), people_per_hour=30.0)
    laboratory = a_laboratory(
        "lab",
        "500104",
        extraction_per_hour=given.get("extraction", 60),
        pcr_per_hour=given.get("pcr", 60),
    )
    work = a_work(
        {VILLAGE: 160},
        [point],
        [laboratory],
        teams=given.get("teams", 9),
        transport=Transport(given.get("vehicles", 1), 100, (), 30.0, 90.0),
    )
    plan = plan_campaign(work, a_law(5))
    assert (plan.feasible, plan.limits) == (False, (limit,))
    assert {one.resource: one.people for one in plan.carried}[limit] == carries == plan.covered
    assert plan.support is not None
    assert [(need.resource.value, need.where, need.units) for need in plan.support] == [lent]


def test_several_limits_are_named_the_tightest_first() -> None:
    point = a_point("p", VILLAGE, posts=9, people_per_hour=10.0)
    laboratory = a_laboratory("lab", "500104", extraction_per_hour=30, pcr_per_hour=20)
    plan = plan_campaign(a_work({VILLAGE: 200}, [point], [laboratory], teams=1), a_law(5))
    assert plan.limits == (Resource.HANDS, Resource.PCR, Resource.EXTRACTION)


def test_points_sample_by_day_and_laboratories_by_night() -> None:
    point = a_point("p", VILLAGE, posts=1, people_per_hour=100.0, opens=time(8), closes=time(20))
    laboratory = a_laboratory("lab", "500104", extraction_per_hour=60, pcr_per_hour=60)
    plan = plan_campaign(a_work({VILLAGE: 1200}, [point], [laboratory]), a_law(24))
    assert plan.feasible
    assert plan.finish_at == MORNING + 21 * HOUR  # all sampled at 20:00, sixty an hour from 09:00 on


def test_a_team_stands_for_its_hours_only() -> None:
    work = a_work(
        {VILLAGE: 100},
        [a_point("p", VILLAGE, posts=4, people_per_hour=10.0)],  # open around the clock
        [LABORATORY],
        teams=3,
        team_hours=8.0,
    )
    plan = plan_campaign(work, a_law(6))
    assert plan.covered == 50  # three teams of eight hours hold one post


def test_pools_make_fewer_tubes_and_a_village_has_a_last_one_that_is_not_full() -> None:
    points = [a_point("a", VILLAGE, people_per_hour=100.0), a_point("b", NEXT, people_per_hour=100.0)]
    work = a_work({VILLAGE: 95, NEXT: 101}, points, [LABORATORY], pool_size=10)
    assert sum(one.tubes for one in plan_campaign(work, a_law(6)).laboratories) == 10 + 11


def test_who_has_no_point_is_named_and_nothing_is_promised() -> None:
    work = a_work({VILLAGE: 50, ELSEWHERE: 10}, [a_point("p", VILLAGE, people_per_hour=50.0)], [LABORATORY])
    plan = plan_campaign(work, a_law(8))
    assert (plan.feasible, plan.unserved, plan.covered, plan.finish_at) == (False, (ELSEWHERE,), 50, None)


def test_a_time_shorter_than_the_way_of_one_tube_is_said_so() -> None:
    work = a_work(
        {VILLAGE: 10},
        [a_point("p", VILLAGE)],
        [LABORATORY],
        collected_every=2 * HOUR,
        turnaround=6 * HOUR,
    )
    plan = plan_campaign(work, a_law(8))
    assert (plan.feasible, plan.too_short, plan.support, plan.covered) == (False, True, None, 0)
    assert plan.finish_at == MORNING + 10 * HOUR


def test_the_aim_is_told_apart_from_the_limit() -> None:
    work = a_work({VILLAGE: 240}, [a_point("p", VILLAGE, posts=2, people_per_hour=30.0)], [LABORATORY])
    support = a_support()
    assert plan_campaign(work, PlanningLaw(10 * HOUR, 6 * HOUR, support)).aim_met is True
    assert plan_campaign(work, PlanningLaw(10 * HOUR, 5 * HOUR, support)).aim_met is False


def test_nobody_to_test_is_done_at_once() -> None:
    plan = plan_campaign(a_work({VILLAGE: 0}, [a_point("p", VILLAGE)], [LABORATORY]), a_law(8))
    assert (plan.feasible, plan.people, plan.covered, plan.support) == (True, 0, 0, ())


def test_nothing_at_hand_is_no_error() -> None:
    plan = plan_campaign(a_work({VILLAGE: 10}, [a_point("p", VILLAGE)], [], teams=0), a_law(8))
    assert (plan.feasible, plan.covered) == (False, 0)
    nowhere = plan_campaign(a_work({VILLAGE: 10}, [], [LABORATORY]), a_law(8))
    assert (nowhere.feasible, nowhere.unserved) == (False, (VILLAGE,))


def test_the_named_targets_are_those_of_the_notices() -> None:
    day = timedelta(days=1)
    targets = {one.id: (one.aim, one.within, one.population, one.support) for one in real_law().targets}
    assert targets == {
        "town-supported": (None, 2 * day, "all", "outside"),
        "town-alone": (3 * day, 5 * day, "all", "none"),
        "district-urban-alone": (None, 2 * day, "urban", "none"),
        "district-all-supported": (None, 2 * day, "all", "municipal"),
        "metro-all-supported": (3 * day, 5 * day, "all", "municipal"),
    }
