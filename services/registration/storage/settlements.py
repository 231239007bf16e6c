"""The rows of samples whose person is known, and of the tests that they settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.plans.person_sample import SampleSource, SampleTold
from services.registration.rules.plans.settlement import Sample
from shared.postgres import Connection, Queries
from shared.vocabulary import Result

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "settlements.sql")


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """A plan that goes on, locked; `held_since` is set while a positive result keeps it from doing so."""

    plan_id: UUID
    person_id: UUID
    division: str
    held_since: datetime | None


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """A plan by its id, open or not."""

    plan_id: UUID
    person_id: UUID
    division: str
    is_open: bool
    held_since: datetime | None


@dataclass(frozen=True, slots=True)
class PlanTest:
    """A test of a plan as it is on record."""

    test_id: UUID
    plan_id: UUID
    person_id: UUID
    division: str
    due_on: date
    is_done: bool
    sample_id: UUID | None
    sampled_at: datetime | None


async def people_here(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Return which of the ids are people on record."""
    rows = await QUERIES.fetch(connection, "people_here", person_ids=list(ids))
    return {row["person_id"] for row in rows}


async def keep_samples(
    connection: Connection, told: Sequence[SampleTold], received_at: datetime
) -> set[UUID]:
    """Store samples, each once and in the order of their ids; return those that are new or say more."""
    rows = await QUERIES.fetch(
        connection,
        "keep_samples",
        sample_ids=[one.sample_id for one in told],
        person_ids=[one.person_id for one in told],
        divisions=[one.division for one in told],
        sampled_ats=[one.sampled_at for one in told],
        results=[one.result for one in told],
        revisions=[one.revision for one in told],
        resulted_ats=[one.resulted_at for one in told],
        recorded_ats=[one.recorded_at for one in told],
        sources=[one.source for one in told],
        institutions=[one.institution for one in told],
        received_at=received_at,
    )
    return {row["sample_id"] for row in rows}


async def find_sample(connection: Connection, sample_id: UUID) -> SampleTold | None:
    """Return what holds of a sample; None when there is none."""
    row = await QUERIES.fetchrow(connection, "find_sample", sample_id=sample_id)
    if row is None:
        return None
    return SampleTold(
        sample_id=row["sample_id"],
        person_id=row["person_id"],
        division=row["division"],
        sampled_at=row["sampled_at"],
        result=Result(row["result"]),
        revision=row["revision"],
        resulted_at=row["resulted_at"],
        recorded_at=row["recorded_at"],
        source=SampleSource(row["source"]),
        institution=row["institution"],
    )


async def withdraw_sample(
    connection: Connection,
    held: SampleTold,
    *,
    reason: str,
    recorded_at: datetime,
    received_from: str,
    received_at: datetime,
) -> None:
    """Keep why the result of a sample was withdrawn, and what it had said."""
    await QUERIES.execute(
        connection,
        "append_sample_withdrawal",
        sample_id=held.sample_id,
        result=held.result,
        reason=reason,
        recorded_at=recorded_at,
        received_at=received_at,
        received_from=received_from,
    )


async def is_withdrawn(connection: Connection, sample_id: UUID) -> bool:
    """Tell whether the result of a sample was withdrawn."""
    return bool(await QUERIES.fetchval(connection, "is_sample_withdrawn", sample_id=sample_id))


async def owners_of(connection: Connection, sample_id: UUID) -> set[UUID]:
    """Return whose a sample is: the person it was stored for, and whoever they became."""
    rows = await QUERIES.fetch(connection, "owners_of_sample", sample_id=sample_id)
    return {row["person_id"] for row in rows}


async def lock_open_plans(connection: Connection, person_ids: Sequence[UUID]) -> list[OpenPlan]:
    """Return the open plans of people and let nobody else change them until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_open_plans", person_ids=list(person_ids))
    return [OpenPlan(**row) for row in rows]


async def find_plan(connection: Connection, plan_id: UUID, bounds: tuple[str, str]) -> FoundPlan | None:
    """Return a plan of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_plan", plan_id=plan_id, low=low, high=high)
    return None if row is None else FoundPlan(**row)


async def tests_of(connection: Connection, plan_ids: Sequence[UUID]) -> list[PlanTest]:
    """Return the tests that plans ask for, by plan and day."""
    rows = await QUERIES.fetch(connection, "tests_of_plans", plan_ids=list(plan_ids))
    return [
        PlanTest(
            test_id=row["test_id"],
            plan_id=row["plan_id"],
            person_id=row["person_id"],
            division=row["division"],
            due_on=row["due_on"],
            is_done=row["state"] == "done",
            sample_id=row["sample_id"],
            sampled_at=row["sampled_at"],
        )
        for row in rows
    ]


async def samples_of(connection: Connection, plans: Sequence[OpenPlan]) -> dict[UUID, list[Sample]]:
    """Return the samples of the plans' people that no other plan's test has used up."""
    rows = await QUERIES.fetch(
        connection,
        "samples_of_people",
        person_ids=[plan.person_id for plan in plans],
        plan_ids=[plan.plan_id for plan in plans],
    )
    samples: dict[UUID, list[Sample]] = {plan.person_id: [] for plan in plans}
    for row in rows:
        sample = Sample(row["sampled_at"], row["sample_id"], Result(row["result"]), row["resulted_at"])
        samples[row["owner"]].append(sample)
    return samples


async def settle(connection: Connection, settled: Sequence[tuple[UUID, Sample | None]]) -> None:
    """Write which sample did which test; a test without one is due again."""
    await QUERIES.execute(
        connection,
        "settle_tests",
        test_ids=[test_id for test_id, _ in settled],
        states=["due" if sample is None else "done" for _, sample in settled],
        sample_ids=[sample and sample.sample_id for _, sample in settled],
        sampled_ats=[sample and sample.sampled_at for _, sample in settled],
        results=[sample and sample.result for _, sample in settled],
    )


async def hold(
    connection: Connection, held: Sequence[tuple[UUID, datetime | None]], changed_at: datetime
) -> None:
    """Write since when plans are on hold; None lets a plan go on."""
    await QUERIES.execute(
        connection,
        "hold_plans",
        plan_ids=[plan_id for plan_id, _ in held],
        held_sinces=[since for _, since in held],
        changed_at=changed_at,
    )
