"""When somebody is released 解除: days over, tests done and negative, nothing positive, no symptom open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.registration.rules.day_count import day_number
from shared.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class ReleaseTest:
    """A test of a plan, and whether a negative sample has settled it."""

    due_on: date
    is_done: bool


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """All that decides whether a plan may end."""

    last_day: date
    tests: Sequence[ReleaseTest]
    is_positive: bool
    """Whether a positive result keeps the plan on hold."""
    has_symptoms: bool
    """Whether a symptom is on record that nobody has closed."""
    is_registered: bool = True
    """Whether the village has registered the return: until then too little is known to let anybody go."""


def missing(facts: ReleaseFacts, today: date) -> list[FieldProblem]:
    """Return what stands against the release on a day in Asia/Shanghai, by test and day; empty: nothing.

    The last day is served in full: the release is on the day after it at the earliest.
    """
    problems: list[FieldProblem] = []
    if today <= facts.last_day:
        earliest = day_number(facts.last_day, 1)
        problems.append(FieldProblem("days", f"the last day is {facts.last_day}; release from {earliest} on"))
    problems += [
        FieldProblem(f"tests.{test.due_on}", f"the test due on {test.due_on} has no negative result yet")
        for test in sorted(facts.tests, key=lambda test: test.due_on)
        if not test.is_done
    ]
    if not facts.is_registered:
        problems.append(FieldProblem("registration", "the return has not been registered"))
    if facts.is_positive:
        problems.append(
            FieldProblem("result", "a positive is on record, neither withdrawn nor stated to be over")
        )
    if facts.has_symptoms:
        problems.append(FieldProblem("symptoms", "a symptom is on record and was not closed"))
    return problems
