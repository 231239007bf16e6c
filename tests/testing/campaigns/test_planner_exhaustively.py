"""On small campaigns the planner finds exactly what trying every way finds, support included."""

import random
from itertools import product
from operator import mul

import pytest

from services.testing.rules.campaigns.campaign_facts import Plan, Transport, Work
from services.testing.rules.campaigns.planner import plan_campaign
from shared.policy.campaigns import Resource
from tests.testing.campaigns.exhaustive import Support, most_tubes
from tests.testing.campaigns.works import a_laboratory, a_law, a_point, a_support, a_work

pytestmark = pytest.mark.requirement("mass-testing-capacity")

VILLAGES = ("500104102001", "500104102002", "500104103001")
CASES = 60
MOST_UNITS = 2
"""Nothing in these campaigns needs more units of one kind at one place."""


def _small_campaign(seed: int, most_people: int = 3) -> tuple[Work, int]:
    """Two or three villages, one or two points and laboratories, a few tubes, three to five hours."""
    dice = random.Random(seed)
    villages = dice.sample(VILLAGES, dice.randint(1, 2))
    points = [
        a_point(
            f"point-{number}",
            village,
            serves=(dice.choice([village, village[:6]]),),
            posts=dice.randint(1, 2),
            people_per_hour=float(dice.randint(1, 3)),
        )
        for number, village in enumerate(villages)
    ]
    laboratories = [
        a_laboratory(
            f"lab-{number}",
            dice.choice(["500104", "500107"]),
            extraction_per_hour=dice.randint(1, 3),
            pcr_per_hour=dice.randint(1, 3),
        )
        for number in range(dice.randint(1, 2))
    ]
    transport = Transport(dice.randint(0, 2), dice.choice([1, 2]), (), 60.0, 150.0)
    work = a_work(
        {village: dice.randint(1, most_people) for village in villages},
        points,
        laboratories,
        transport=transport,
        teams=dice.randint(0, 2),
    )
    return work, dice.randint(3, 4)


@pytest.mark.parametrize("seed", range(CASES))
def test_as_many_have_a_result_as_can_have_one(seed: int) -> None:
    work, hours = _small_campaign(seed)
    plan = plan_campaign(work, a_law(hours))
    assert (plan.covered, plan.proven) == (most_tubes(work, hours), True)
    assert plan.feasible is (plan.covered == work.people)


@pytest.mark.parametrize("seed", range(0, CASES, 3))
def test_support_closes_the_gap_and_less_would_not(seed: int) -> None:
    work, hours = _small_campaign(seed, most_people=2)
    plan = plan_campaign(work, a_law(hours))
    if plan.support is None:  # the way is longer than the time, whatever there is
        everything: dict[tuple[str, str | None], int] = {("hands", None): 9, ("transport", None): 9}
        everything |= {(kind, one.code): 9 for one in work.laboratories for kind in ("extraction", "pcr")}
        everything |= {("posts", point.code): 2 for point in work.points}
        assert most_tubes(work, hours, everything) < work.people
        return
    proposed = {(need.resource.value, need.where): need.units for need in plan.support}
    assert most_tubes(work, hours, proposed) == work.people
    for cheaper in _cheaper(work, plan):
        assert most_tubes(work, hours, cheaper) < work.people, f"{cheaper} would do, {proposed} is proposed"


def _cheaper(work: Work, plan: Plan) -> list[Support]:
    """Return every support of less weight than what is proposed to which no unit could be added.

    More support never hurts, so what is contained in one of these need not be tried.
    """
    weights = {unit.kind: unit.weight for unit in a_support().units}
    assert plan.support is not None
    proposed = sum(weights[need.resource] * need.units for need in plan.support)
    places: list[tuple[Resource, str | None]] = [(Resource.HANDS, None), (Resource.TRANSPORT, None)]
    places += [(Resource.POSTS, point.code) for point in work.points]
    places += [(kind, one.code) for one in work.laboratories for kind in (Resource.EXTRACTION, Resource.PCR)]
    weight_of = [weights[kind] for kind, _ in places]
    most = [min(MOST_UNITS, int((proposed - 1e-9) / weight)) for weight in weight_of]
    found: list[Support] = []
    for units in product(*(range(count + 1) for count in most)):
        spare = proposed - 1e-9 - sum(map(mul, units, weight_of))
        full = all(
            count == top or weight >= spare for count, top, weight in zip(units, most, weight_of, strict=True)
        )
        if spare > 0 and full:
            found.append({(kind.value, where): n for n, (kind, where) in zip(units, places, strict=True)})
    return found
