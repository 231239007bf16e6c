"""How many tests pooling costs, and which size costs least 混采规模: Dorfman's two stages.

Ann Math Stat 1943;14:436-440: a pool is tested once, and if it is positive each of its members singly. With a
share p of positives that are independent of one another, a member of a pool of n costs 1/n + 1 - (1 - p)^n
tests. People of one household are not independent: together in a pool they cost less than is said here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, log1p

SIZES = (1, 5, 10, 20)
"""The tubes that there are (record 28)."""


@dataclass(frozen=True, slots=True)
class PoolCost:
    """What a pool size is expected to cost with so many people."""

    size: int
    tests_per_person: float
    tubes: int
    """Of the first stage."""
    positive_tubes: float
    retests: float
    """People who are taken again singly."""

    @property
    def tests(self) -> float:
        """Of both stages together."""
        return self.tubes + self.retests


@dataclass(frozen=True, slots=True)
class PoolAdvice:
    """What each size of tubes is expected to cost, and which costs least."""

    prevalence: float
    """The share of positives that was expected, 0 to 1."""
    best_size: int
    """Of the tubes that there are, the smaller of two that cost the same."""
    chosen_size: int
    costs: tuple[PoolCost, ...]
    """By size, the chosen one among them."""

    @property
    def spared(self) -> float:
        """How many tests the best size spares against the chosen one."""
        by_size = {cost.size: cost.tests for cost in self.costs}
        return by_size[self.chosen_size] - by_size[self.best_size]


def chance_of_positive(members: float, prevalence: float) -> float:
    """Return how likely a pool of so many members is positive: 1 - (1 - p)^n, exact also for a small p."""
    if prevalence >= 1:
        return 1.0 if members > 0 else 0.0
    return -expm1(members * log1p(-prevalence))


def cost_per_person(size: int, prevalence: float) -> float:
    """Return how many tests a member of a full pool is expected to cost; 1 for single tubes."""
    return 1.0 if size == 1 else 1 / size + chance_of_positive(size, prevalence)


def cost_of(people: int, size: int, prevalence: float) -> PoolCost:
    """Return what so many people are expected to cost in pools of a size, the last one as full as it gets.

    A tube with one member is single: its result is the member's, and nobody is taken again.
    """
    full, rest = divmod(people, size)
    pools = [(full, size)] + [(1, rest)] * (rest > 0)
    positive = [(count * chance_of_positive(members, prevalence), members) for count, members in pools]
    retests = sum(count * members for count, members in positive if members > 1)
    tubes = sum(count for count, _ in pools)
    return PoolCost(
        size=size,
        tests_per_person=(tubes + retests) / people if people else 0.0,
        tubes=tubes,
        positive_tubes=sum(count for count, _ in positive),
        retests=retests,
    )


def best_size(prevalence: float, sizes: Sequence[int] = SIZES) -> int:
    """Return the size whose full pools cost the fewest tests; of several the smallest, which dilutes least.

    From 30.7 in 100 positives on (1 - 3^(-1/3)) no pool costs less than single tubes.
    """
    return min(sizes, key=lambda size: (cost_per_person(size, prevalence), size))


def advise(people: int, chosen_size: int, prevalence: float) -> PoolAdvice:
    """Return what each size costs with so many people and which costs least (town §6, city §5)."""
    sizes = sorted({*SIZES, chosen_size})
    costs = tuple(cost_of(people, size, prevalence) for size in sizes)
    cheapest = min(costs, key=lambda cost: (cost.tests, cost.size)) if people else None
    return PoolAdvice(
        prevalence=prevalence,
        best_size=best_size(prevalence) if cheapest is None else cheapest.size,
        chosen_size=chosen_size,
        costs=costs,
    )
