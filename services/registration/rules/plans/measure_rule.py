"""One measure of the policy made ready to be asked very often: whom it fits, and what it asks by days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from services.registration.rules.day_count import number_of, stage_days
from services.registration.rules.plans.conditions import (
    Condition,
    FactName,
    FactUsed,
    Used,
    compile_conditions,
    grounds_of,
)
from services.registration.rules.plans.facts import PersonFacts
from shared.policy import Text
from shared.policy.measures import Measure, MeasuresFile

Strictness: TypeAlias = tuple[int, ...]
"""Days of each kind of stage, the strictest kind first, then the number of tests; compared in that order."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One measure, compiled; days are numbers of its own count."""

    position: int
    """Where it stands in the policy, which decides between measures of the same strictness."""
    measure: Measure
    clauses: tuple[Text, ...]
    """What it cites, with document numbers."""
    condition: Condition
    spans: tuple[tuple[int, int, int], ...]
    """Of each stage the rank of its kind (0 is the strictest), its first and its last day."""
    tests: tuple[int, ...]
    """The days on which tests are due, in order."""
    strictness: Strictness
    """What it asks in full."""

    @property
    def id(self) -> str:
        """The measure's id."""
        return self.measure.id

    @property
    def last(self) -> int:
        """The number of its last day."""
        return self.spans[-1][2]

    def strictness_from(self, first: int, kinds: int) -> Strictness:
        """Return how strict the rest of it is from a day of its count on; what lies before is served."""
        return _strictness(self.spans, self.tests, kinds, first)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A measure that fits a person, where its count begins, and the facts that it rests on."""

    rule: Rule
    day_zero: date
    """Day 0 of its own count: of the arrival, of the entry, or of the ground."""
    facts: Used


def compile_rule(
    position: int, measure: Measure, file: MeasuresFile, clauses: tuple[Text, ...], ranks: Mapping[str, int]
) -> Rule:
    """Make a measure of a checked policy ready; `ranks` are the places of the kinds in the strictness."""
    members = {one.id: one.members for one in file.occupation_lists}
    occupations = members[measure.when.occupation] if measure.when.occupation else ()
    numbers = stage_days(stage.days for stage in measure.stages)
    spans = tuple(
        (ranks[stage.kind], first, last) for stage, (first, last) in zip(measure.stages, numbers, strict=True)
    )
    tests = _test_days(measure, numbers)
    return Rule(
        position=position,
        measure=measure,
        clauses=clauses,
        condition=_all_of(compile_conditions(measure.when, occupations)),
        spans=spans,
        tests=tests,
        strictness=_strictness(spans, tests, len(ranks), 0),
    )


def fit(rule: Rule, facts: PersonFacts) -> list[Fitted]:
    """Return how a measure fits: not at all, once, or once for each ground; what is served fits no more."""
    used = rule.condition(facts)
    if used is None:
        return []
    counts_from, zero = rule.measure.counts_from, facts.day_zero
    if (kind := rule.measure.when.ground) is not None:
        found = [
            Fitted(
                rule,
                ground.began_on if counts_from == "ground" else zero,
                (FactUsed(FactName.GROUND, ground), *used),
            )
            for ground in grounds_of(facts, kind)
        ]
    else:
        entry = facts.entry
        begins = entry.entered_on if counts_from == "entry" and entry is not None else zero
        found = [Fitted(rule, begins, used)]
    return [one for one in found if one.day_zero == zero or number_of(one.day_zero, zero) <= rule.last]


def _all_of(conditions: Sequence[Condition]) -> Condition:
    """Return a condition that holds when all do; measures with one or two of them need no loop."""
    if not conditions:
        return _no_facts
    if len(conditions) == 1:
        return conditions[0]

    def hold(facts: PersonFacts) -> Used | None:
        used: Used = ()
        for condition in conditions:
            more = condition(facts)
            if more is None:
                return None
            used += more
        return used

    return hold


def _no_facts(_facts: PersonFacts) -> Used | None:
    return ()


def _test_days(measure: Measure, numbers: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return the days of the tests, each once, in order; a measure may ask for one day in two ways."""
    days: set[int] = set()
    last = numbers[-1][1]
    for test in measure.tests:
        if test.day is not None:
            days.add(test.day)
        elif test.at_end_of is not None:
            days |= {
                end
                for stage, (_, end) in zip(measure.stages, numbers, strict=True)
                if stage.kind == test.at_end_of
            }
        elif test.every is not None:
            days |= set(range(test.every, last + 1, test.every))
    return tuple(sorted(days))


def _strictness(
    spans: Sequence[tuple[int, int, int]], tests: Sequence[int], kinds: int, from_day: int
) -> Strictness:
    days = [0] * kinds
    for rank, first, last in spans:
        days[rank] += max(0, last - max(first, from_day) + 1)
    return (*days, sum(test >= from_day for test in tests))
