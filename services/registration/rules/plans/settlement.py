"""Which sample settles which test of a plan 检测销项, and what a positive result does to the plan.

A test is due on a day (渡建胜肺炎组发〔2021〕2号 §8, §16); a negative sample that was taken within the window
around that day settles it, and each sample settles one test. All of it follows from the set of samples: their
order, repetition and delay make no difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.registration.rules.day_count import day_number, day_of
from shared.policy.release import Window
from shared.vocabulary import Result


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """A sample of a person with the result that holds; ordered by when it was taken."""

    sampled_at: datetime
    sample_id: UUID
    result: Result
    resulted_at: datetime


@dataclass(frozen=True, slots=True)
class OwedTest:
    """A test that a plan asks for."""

    test_id: UUID
    due_on: date


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the samples of a person amount to for the tests of a plan."""

    settled: Mapping[UUID, Sample]
    """The tests that are done, each with the negative sample that did it."""
    positive: Sample | None
    """The earliest positive of an infection that is not over: the plan is on hold while there is one."""


def settle(
    tests: Sequence[OwedTest],
    samples: Iterable[Sample],
    window: Window,
    *,
    cleared_until: datetime | None = None,
) -> Settlement:
    """Return which tests the samples settle; as many as can be.

    Positives taken until `cleared_until` belong to an infection that disease control stated to be over.
    Samples are taken in the order of their sampling. Each settles, of the tests whose window it lies in, the
    one that was due first.
    """
    taken = sorted(set(samples))
    open_tests = sorted(tests, key=lambda test: (test.due_on, test.test_id))
    settled: dict[UUID, Sample] = {}
    for sample in taken:
        if sample.result is not Result.NEGATIVE:
            continue
        day = day_of(sample.sampled_at)
        fitting = next((test for test in open_tests if lies_within(day, test.due_on, window)), None)
        if fitting is not None:
            settled[fitting.test_id] = sample
            open_tests.remove(fitting)
    positive = next((sample for sample in taken if _holds(sample, cleared_until)), None)
    return Settlement(settled, positive)


def _holds(sample: Sample, cleared_until: datetime | None) -> bool:
    if sample.result is not Result.POSITIVE:
        return False
    return cleared_until is None or sample.sampled_at > cleared_until


def lies_within(sampled_on: date, due_on: date, window: Window) -> bool:
    """Tell whether a sample of that day counts for a test that was due on `due_on`."""
    if sampled_on < day_number(due_on, -window.days_before):
        return False
    return window.days_after is None or sampled_on <= day_number(due_on, window.days_after)
