"""Plans as they are shown: what holds of each, its stages and tests, and all its versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.registration.rules.plans.next_version import PlanState
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "plan_views.sql")


@dataclass(frozen=True, slots=True)
class PlanShown:
    """What holds of a plan."""

    id: UUID
    person_id: UUID
    return_id: UUID | None
    division: str
    version: int
    governing_rule: str
    state: PlanState
    day_zero: date
    last_day: date
    stage: int
    stage_kind: str
    stage_last_day: date
    decided_at: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionShown:
    """A version of a plan, with what was read out when it was decided."""

    version: int
    governing_rule: str
    policy_version: int
    decision: Mapping[str, Any]
    difference: Sequence[Mapping[str, Any]] | None
    decided_at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class StageShown:
    """A stage of the version that holds."""

    position: int
    kind: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class CertifiedTest:
    """A test that the version that holds asks for."""

    test_id: UUID
    due_on: date
    rules: Sequence[str]
    state: str
    sample_id: UUID | None
    sampled_at: datetime | None
    result: str | None


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan with everything about it."""

    plan: PlanShown
    stages: Sequence[StageShown]
    tests: Sequence[CertifiedTest]
    versions: Sequence[VersionShown]


def _plan(row: Record) -> PlanShown:
    return PlanShown(
        id=row["plan_id"],
        person_id=row["person_id"],
        return_id=row["return_id"],
        division=row["division"],
        version=row["version"],
        governing_rule=row["governing_rule"],
        state=PlanState(row["state"]),
        day_zero=row["day_zero"],
        last_day=row["last_day"],
        stage=row["stage"],
        stage_kind=row["stage_kind"],
        stage_last_day=row["stage_last_day"],
        decided_at=row["decided_at"],
        released_at=row["released_at"],
    )


async def find(connection: Connection, plan_id: UUID, bounds: tuple[str, str]) -> PlanShown | None:
    """Return a plan of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_plan", plan_id=plan_id, low=low, high=high)
    return None if row is None else _plan(row)


async def find_of_person(
    connection: Connection, person_ids: Sequence[UUID], bounds: tuple[str, str]
) -> PlanShown | None:
    """Return the open plan of a person, or the newest one; None when there is none in the subtree."""
    low, high = bounds
    row = await QUERIES.fetchrow(
        connection, "plans_of_person", person_ids=list(person_ids), low=low, high=high
    )
    return None if row is None else _plan(row)


async def file_of(connection: Connection, plan: PlanShown) -> PlanFile:
    """Return a plan with its stages, tests and versions."""
    stages = await QUERIES.fetch(connection, "stages_of_plan", plan_id=plan.id)
    tests = await QUERIES.fetch(connection, "tests_of_plan", plan_id=plan.id)
    versions = await QUERIES.fetch(connection, "versions_of_plan", plan_id=plan.id)
    return PlanFile(
        plan,
        [StageShown(**row) for row in stages],
        [CertifiedTest(**row) for row in tests],
        [VersionShown(**row) for row in versions],
    )


async def list_page(connection: Connection, window: Window, state: PlanState | None) -> list[PlanShown]:
    """Return the plans of a window, in the order of division and id, with one row to spare."""
    if state is None:
        rows = await QUERIES.fetch(connection, "list_plans", **window.values())
    else:
        rows = await QUERIES.fetch(connection, "list_plans_in_state", state=state, **window.values())
    return [_plan(row) for row in rows]
