"""The rows that plans are decided by, and those that a decision leaves behind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import orjson

from services.registration.rules.plans.episode import GroundOnRecord
from services.registration.rules.plans.facts import Ground
from services.registration.rules.plans.next_version import PlanOnRecord, PlanState, PlanVersion
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "plan_decisions.sql")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Whose plan is decided."""

    person_id: UUID
    division: str
    occupation: str | None


@dataclass(frozen=True, slots=True)
class TestHeld:
    """A test that a plan asks for."""

    test_id: UUID
    plan_id: UUID
    due_on: date
    rules: tuple[str, ...]
    state: str
    division: str


@dataclass(frozen=True, slots=True)
class TestWritten:
    """A test as a decision asks for it."""

    test_id: UUID
    plan_id: UUID
    person_id: UUID
    division: str
    due_on: date
    rules: tuple[str, ...]


async def lock_people(connection: Connection, ids: Collection[UUID]) -> list[PersonRow]:
    """Return people and let nobody else decide about them until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_people_of_plans", person_ids=sorted(ids))
    return [PersonRow(row["person_id"], row["division"], row["occupation"]) for row in rows]


async def share_risk_areas(connection: Connection) -> None:
    """Keep the register of risk areas as it is until the transaction ends."""
    await QUERIES.fetch(connection, "share_risk_areas")


async def grounds_of(connection: Connection, ids: Collection[UUID]) -> list[tuple[UUID, GroundOnRecord]]:
    """Return the grounds of people that have not ended, each with the id that it was stored under."""
    rows = await QUERIES.fetch(connection, "grounds_of_people", person_ids=list(ids))
    return [
        (
            row["person_id"],
            GroundOnRecord(row["ground_id"], row["division"], Ground(row["kind"], row["began_on"])),
        )
        for row in rows
    ]


async def plans_of(connection: Connection, ids: Collection[UUID]) -> list[PlanOnRecord]:
    """Return every plan that was begun for people, locked."""
    rows = await QUERIES.fetch(connection, "plans_of_people", person_ids=list(ids))
    return [
        PlanOnRecord(
            id=row["plan_id"],
            person_id=row["person_id"],
            begun_for=row["begun_for"],
            anchor=row["anchor"],
            division=row["division"],
            version=row["version"],
            state=PlanState(row["state"]),
            stage=row["stage"],
            stage_kind=row["stage_kind"],
            decided_at=row["decided_at"],
            decision=row["decision"],
        )
        for row in rows
    ]


async def tests_of(connection: Connection, plan_ids: Collection[UUID]) -> list[TestHeld]:
    """Return the tests that plans ask for."""
    rows = await QUERIES.fetch(connection, "tests_of_people", plan_ids=list(plan_ids))
    return [
        TestHeld(
            row["test_id"],
            row["plan_id"],
            row["due_on"],
            tuple(row["rules"]),
            row["state"],
            row["division"],
        )
        for row in rows
    ]


async def write(
    connection: Connection,
    plans: Sequence[PlanVersion],
    care_lists: Mapping[str, str],
    *,
    now: datetime,
    cause: str,
) -> None:
    """Write plans with their versions and stages; the first version of a plan makes it.

    `care_lists` says on which list each kind of stage puts people.

    A plan that goes to another person makes room for one of their own, so what is there is written first.
    """
    for query, of in (
        ("update_plans", [plan for plan in plans if plan.version > 1]),
        ("insert_plans", [plan for plan in plans if plan.version == 1]),
    ):
        if of:
            await QUERIES.execute(connection, query, decided_at=now, **_columns(of))
    await QUERIES.execute(
        connection,
        "insert_versions",
        plan_ids=[plan.plan_id for plan in plans],
        versions=[plan.version for plan in plans],
        governing_rules=[plan.governing_rule for plan in plans],
        policy_versions=[plan.policy_version for plan in plans],
        decisions=[orjson.dumps(plan.decision).decode() for plan in plans],
        differences=[
            None if plan.difference is None else orjson.dumps(plan.difference).decode() for plan in plans
        ],
        decided_at=now,
        cause=cause,
    )
    await _write_stages(connection, plans, care_lists)


def _columns(plans: Sequence[PlanVersion]) -> dict[str, Sequence[object]]:
    return {
        "plan_ids": [plan.plan_id for plan in plans],
        "person_ids": [plan.person_id for plan in plans],
        "return_ids": [plan.return_id for plan in plans],
        "anchors": [plan.anchor for plan in plans],
        "divisions": [plan.division for plan in plans],
        "versions": [plan.version for plan in plans],
        "governing_rules": [plan.governing_rule for plan in plans],
        "day_zeros": [plan.day_zero for plan in plans],
        "last_days": [plan.last_day for plan in plans],
        "stages": [plan.stage.position for plan in plans],
        "stage_kinds": [plan.stage.kind for plan in plans],
        "stage_last_days": [plan.stage.last_day for plan in plans],
    }


async def _write_stages(
    connection: Connection, plans: Sequence[PlanVersion], care_lists: Mapping[str, str]
) -> None:
    changed = [plan.plan_id for plan in plans if plan.version > 1]
    if changed:
        await QUERIES.execute(connection, "clear_stages", plan_ids=changed)
    rows = [(plan.plan_id, stage) for plan in plans for stage in plan.stages]
    await QUERIES.execute(
        connection,
        "insert_stages",
        plan_ids=[plan_id for plan_id, _ in rows],
        positions=[stage.position for _, stage in rows],
        kinds=[stage.kind for _, stage in rows],
        first_days=[stage.first_day for _, stage in rows],
        last_days=[stage.last_day for _, stage in rows],
        care_lists=[care_lists[stage.kind] for _, stage in rows],
    )


async def write_tests(connection: Connection, tests: Sequence[TestWritten]) -> None:
    """Write tests that are new, asked for again, or asked for by other rules."""
    await QUERIES.execute(
        connection,
        "write_tests",
        test_ids=[test.test_id for test in tests],
        plan_ids=[test.plan_id for test in tests],
        person_ids=[test.person_id for test in tests],
        divisions=[test.division for test in tests],
        due_ons=[test.due_on for test in tests],
        rules=[" ".join(test.rules) for test in tests],
    )


async def drop_tests(connection: Connection, test_ids: Sequence[UUID]) -> None:
    """Ask for tests no more."""
    await QUERIES.execute(connection, "drop_tests", test_ids=list(test_ids))


async def withdraw(connection: Connection, plan_ids: Sequence[UUID], now: datetime) -> None:
    """End plans that nothing asks for any more."""
    await QUERIES.execute(connection, "withdraw_plans", plan_ids=list(plan_ids), changed_at=now)


async def give_back(connection: Connection, owners: Mapping[UUID, UUID]) -> None:
    """Give plans that have ended back to those for whom they were begun, where a merge was undone.

    `owners` gives for every id that stands for one of the people the id of the person.
    """
    await QUERIES.execute(
        connection, "give_back_plans", person_ids=list(owners), owner_ids=list(owners.values())
    )


async def move(connection: Connection, ends: Mapping[UUID, UUID]) -> None:
    """Let plans that were about returns which ended in others be about those."""
    await QUERIES.execute(connection, "move_plans", return_ids=list(ends), into_ids=list(ends.values()))
