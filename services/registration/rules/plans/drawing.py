"""Draws a plan from the measures that fitted: on each day the strictest kind of stage that any of them asks.

So a plan is on no day weaker than any measure that fitted, also where a mild one outlasts a strict one. The
tests of all of them are asked, one a day for whichever ask; so are the restrictions. Days of a measure's own
count that lie before the plan's day 0 are served (`docs/decisions/0016`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from services.registration.rules.day_count import day_number, number_of
from services.registration.rules.plans.classification import DrawKey, Fitted, Judgement, MeasuresLaw
from services.registration.rules.plans.facts import PersonFacts
from services.registration.rules.plans.plan import DueTest, PlanDrawn, RestrictionDrawn, StageDrawn

REMEMBERED = 50_000
"""How many different plans are kept before all are forgotten; a winter knows a few thousand."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Days of one kind that one rule asks, as numbers of the plan's count."""

    rank: int
    first: int
    last: int
    rule: str


def draw_plan(law: MeasuresLaw, judgement: Judgement, facts: PersonFacts) -> PlanDrawn:
    """Return the plan that a judgement gives; two people with the same measures and days share it."""
    zero, fitted = facts.day_zero, judgement.fitted
    if len(fitted) == 1:
        key: DrawKey = (zero, fitted[0].rule.position, fitted[0].day_zero)
    else:
        key = (zero, *[(one.rule.position, one.day_zero) for one in fitted])
    plan = law.drawn.get(key)
    if plan is None:
        if len(law.drawn) >= REMEMBERED:
            law.drawn.clear()
        plan = law.drawn[key] = _draw(law, zero, fitted)
    return plan


def _draw(law: MeasuresLaw, zero: date, fitted: Sequence[Fitted]) -> PlanDrawn:
    spans = [span for one in fitted for span in _spans(one, zero)]
    stages = _stages(law, zero, spans)
    return PlanDrawn(
        day_zero=zero,
        stages=stages,
        restrictions=_restrictions(zero, fitted),
        tests=_tests(zero, fitted),
        last_day=stages[-1].last_day,
    )


def _spans(one: Fitted, zero: date) -> Iterable[_Span]:
    shift = number_of(zero, one.day_zero)
    for rank, first, last in one.rule.spans:
        if last + shift >= 0:
            yield _Span(rank, max(0, first + shift), last + shift, one.rule.id)


def _stages(law: MeasuresLaw, zero: date, spans: Sequence[_Span]) -> tuple[StageDrawn, ...]:
    """Return the strictest kind of every day, days of one kind put together.

    Days between two measures that do not touch are bridged by the mildest kind. They can lie in the past
    only, for nothing begins after the day on which it becomes known.
    """
    edges = sorted({span.first for span in spans} | {span.last + 1 for span in spans})
    stages: list[tuple[int, int, int]] = []
    for first, after in pairwise(edges):
        ranks = [span.rank for span in spans if span.first <= first <= span.last]
        rank = min(ranks, default=len(law.kinds) - 1)
        if stages and stages[-1][0] == rank:
            stages[-1] = (rank, stages[-1][1], after - 1)
        else:
            stages.append((rank, first, after - 1))
    return tuple(
        StageDrawn(
            position=position,
            kind=law.kinds[rank].id,
            first_day=day_number(zero, first),
            last_day=day_number(zero, last),
            rules=_each_once(
                span.rule for span in spans if span.rank == rank and span.first <= last and span.last >= first
            ),
        )
        for position, (rank, first, last) in enumerate(stages)
    )


def _tests(zero: date, fitted: Sequence[Fitted]) -> tuple[DueTest, ...]:
    asked: dict[int, list[str]] = {}
    for one in fitted:
        shift = number_of(zero, one.day_zero)
        for day in one.rule.tests:
            if day + shift >= 0:
                asked.setdefault(day + shift, []).append(one.rule.id)
    return tuple(DueTest(day_number(zero, day), _each_once(asked[day])) for day in sorted(asked))


def _restrictions(zero: date, fitted: Sequence[Fitted]) -> tuple[RestrictionDrawn, ...]:
    """Return each restriction once, from the first day on which it is asked through the last."""
    asked: dict[str, list[Fitted]] = {}
    for one in fitted:
        for restriction in one.rule.measure.restrictions:
            asked.setdefault(restriction, []).append(one)
    return tuple(
        RestrictionDrawn(
            id=restriction,
            first_day=max(zero, min(one.day_zero for one in by)),
            last_day=max(day_number(one.day_zero, one.rule.last) for one in by),
            rules=_each_once(one.rule.id for one in by),
        )
        for restriction, by in asked.items()
    )


def _each_once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
