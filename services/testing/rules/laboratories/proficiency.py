"""Proficiency rounds 室间质评: a panel of known samples, and how many of them a laboratory found right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.errors import FieldProblem
from shared.policy.laboratories import ProficiencyLaw
from shared.vocabulary import Result


@dataclass(frozen=True, slots=True)
class PanelItem:
    """A sample of the panel: what it holds, and what the laboratory said; None when it said nothing."""

    item: str
    expected: Result
    reported: Result | None


@dataclass(frozen=True, slots=True)
class ProficiencyRound:
    """A round of a laboratory."""

    round: str
    organiser: str
    items: tuple[PanelItem, ...]
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Score:
    """How a laboratory did; `passed` is None when the panel was too small to decide anything."""

    items: int
    correct: int
    false_negatives: int
    false_positives: int
    unreported: int
    passed: bool | None


def problems_of(round: ProficiencyRound) -> list[FieldProblem]:
    """Return why a round cannot be scored, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    seen: set[str] = set()
    for position, item in enumerate(round.items):
        if item.item in seen:
            problems.append(FieldProblem(f"items.{position}.item", "stands twice"))
        if item.expected is Result.INCONCLUSIVE:
            problems.append(FieldProblem(f"items.{position}.expected", "must be positive or negative"))
        seen.add(item.item)
    return problems


def score_of(items: Sequence[PanelItem], law: ProficiencyLaw) -> Score:
    """Return how a laboratory did; what it did not report, or left unclear, is not correct (city §7)."""
    correct = sum(item.reported is item.expected for item in items)
    passed = correct * 100 >= law.pass_percent * len(items) if len(items) >= law.least_items else None
    return Score(
        items=len(items),
        correct=correct,
        false_negatives=_count(items, Result.POSITIVE, Result.NEGATIVE),
        false_positives=_count(items, Result.NEGATIVE, Result.POSITIVE),
        unreported=sum(item.reported is None for item in items),
        passed=passed,
    )


def _count(items: Sequence[PanelItem], expected: Result, reported: Result) -> int:
    return sum(item.expected is expected and item.reported is reported for item in items)
