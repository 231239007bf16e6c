"""What is wrong with facts that are to be judged without a person."""

from collections.abc import Container, Sequence
from datetime import datetime

from services.registration.rules.day_count import day_of
from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.plans.facts import Ground, Proof
from services.registration.rules.returns.journey import Journey
from services.registration.rules.returns.journey_check import journey_problems, papers_problems
from shared.errors import FieldProblem
from shared.instants import problems_ahead


def problems_of(
    journey: Journey,
    papers: Sequence[Proof],
    arrived_at: datetime,
    *,
    occupation: str | None,
    grounds: Sequence[Ground],
    law: MeasuresLaw,
    areas: Container[str],
    now: datetime,
) -> list[FieldProblem]:
    """Return why facts cannot be judged, field by field; an empty list when they can."""
    problems = problems_ahead({"arrived_at": arrived_at}, now)
    problems += journey_problems(journey, arrived_at, areas)
    problems += papers_problems(papers, now)
    if occupation is not None and occupation not in law.titles.occupations:
        problems.append(FieldProblem("occupation", "is no category of the policy"))
    for position, ground in enumerate(grounds):
        if ground.kind not in law.titles.grounds:
            problems.append(FieldProblem(f"grounds.{position}.kind", "is no ground that the policy knows"))
        if ground.began_on > day_of(now):
            problems.append(FieldProblem(f"grounds.{position}.began_on", "lies in the future"))
    return problems
