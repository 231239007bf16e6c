"""What is wrong with a way home as it was told: unknown places, days out of order, papers of tomorrow."""

from collections.abc import Container, Sequence
from datetime import date, datetime

from services.registration.rules.day_count import day_of
from services.registration.rules.plans.facts import Entry, Proof, ProofKind
from services.registration.rules.returns.journey import Journey
from shared.errors import FieldProblem
from shared.instants import problems_ahead


def journey_problems(journey: Journey, arrived_at: datetime, areas: Container[str]) -> list[FieldProblem]:
    """Return why what is told of a way home cannot be stored, field by field, `areas` being those known."""
    arrival_day = day_of(arrived_at)
    problems: list[FieldProblem] = []
    if journey.origin is not None and journey.origin not in areas:
        problems.append(FieldProblem("origin", f"unknown area {journey.origin!r}"))
    problems += _route_problems(journey, arrival_day, areas)
    if journey.entry is not None:
        problems += _entry_problems(journey.entry, arrival_day)
    return problems


def _route_problems(journey: Journey, arrival_day: date, areas: Container[str]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    said = [told.value for (field, _), told in journey.told.items() if field == "route"]
    for position, stay in enumerate(stay for route in said for stay in route):
        if stay.area not in areas:
            problems.append(FieldProblem(f"route.{position}.area", f"unknown area {stay.area!r}"))
        if stay.left_on < stay.entered_on:
            problems.append(FieldProblem(f"route.{position}.left_on", "lies before entered_on"))
        if stay.left_on > arrival_day:
            problems.append(FieldProblem(f"route.{position}.left_on", "lies after the arrival"))
    return problems


def _entry_problems(entry: Entry, arrival_day: date) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if entry.entered_on > arrival_day:
        problems.append(FieldProblem("entry.entered_on", "lies after the arrival"))
    completed = entry.central_completed_on
    if completed is not None and completed < entry.entered_on:
        problems.append(FieldProblem("entry.central_completed_on", "lies before entered_on"))
    return problems


def papers_problems(papers: Sequence[Proof], now: datetime) -> list[FieldProblem]:
    """Return why papers cannot be stored, by field: what a kind needs is missing, or it is of the future."""
    return [
        problem
        for position, paper in enumerate(papers)
        for problem in _paper_problems(paper, now, f"proofs.{position}")
    ]


def _paper_problems(proof: Proof, now: datetime, field: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if proof.kind is ProofKind.NEGATIVE_TEST:
        problems += [
            FieldProblem(f"{field}.{name}", "is required of a negative test")
            for name in ("sampled_at", "result")
            if getattr(proof, name) is None
        ]
    elif proof.issued_on is None:
        problems.append(FieldProblem(f"{field}.issued_on", "is required of a release certificate"))
    if proof.sampled_at is not None:
        problems += problems_ahead({f"{field}.sampled_at": proof.sampled_at}, now)
    if proof.issued_on is not None and proof.issued_on > day_of(now):
        problems.append(FieldProblem(f"{field}.issued_on", "lies in the future"))
    return problems
