"""The rows of releases: plans that end, and the certificates issued for them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.plans.certificate import CertificateContent, read_content
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "releases.sql")


@dataclass(frozen=True, slots=True)
class EndingPlan:
    """A plan that is to end, locked."""

    plan_id: UUID
    person_id: UUID
    division: str
    governing_rule: str
    state: str
    last_day: date
    held_since: datetime | None
    certificate: str | None
    is_registered: bool
    """Whether the return that it rests on has been registered; true for one that rests on none."""


@dataclass(frozen=True, slots=True)
class TestOfPlan:
    """A test of a plan with what settled it."""

    due_on: date
    is_done: bool
    sampled_at: datetime | None
    result: str | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it was issued."""

    number: str
    issued_at: datetime
    content: CertificateContent
    content_hash: str


async def lock_plan(connection: Connection, plan_id: UUID, bounds: tuple[str, str]) -> EndingPlan | None:
    """Return a plan of the subtree, locked; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "lock_plan_to_release", plan_id=plan_id, low=low, high=high)
    return None if row is None else EndingPlan(**row)


async def claim(
    connection: Connection, today: date, symptomatic: Sequence[UUID], most: int
) -> list[EndingPlan]:
    """Return plans that seem complete, locked and in the order of their ids; others' are skipped."""
    rows = await QUERIES.fetch(
        connection, "claim_plans_to_release", today=today, symptomatic=list(symptomatic), most=most
    )
    return [EndingPlan(**row) for row in rows]


async def tests_of(connection: Connection, plan_ids: Sequence[UUID]) -> Mapping[UUID, list[TestOfPlan]]:
    """Return the tests of plans, by their days."""
    tests: defaultdict[UUID, list[TestOfPlan]] = defaultdict(list)
    for row in await QUERIES.fetch(connection, "facts_of_releases", plan_ids=list(plan_ids)):
        test = TestOfPlan(row["due_on"], row["is_done"], row["sampled_at"], row["result"])
        tests[row["plan_id"]].append(test)
    return tests


async def next_numbers(connection: Connection, count: int) -> list[int]:
    """Return running numbers that nobody else gets; a transaction that fails leaves a gap."""
    return [row["running"] for row in await QUERIES.fetch(connection, "next_numbers", count=count)]


async def release(
    connection: Connection, certificates: Sequence[Certificate], issued_from: str, released_at: datetime
) -> None:
    """End the plans of certificates and store these."""
    contents = [one.content for one in certificates]
    await QUERIES.execute(
        connection,
        "insert_certificates",
        numbers=[one.number for one in certificates],
        plan_ids=[content.plan_id for content in contents],
        person_ids=[content.person_id for content in contents],
        divisions=[content.division for content in contents],
        contents=[content.document() for content in contents],
        content_hashes=[one.content_hash for one in certificates],
        issued_at=released_at,
        issued_from=issued_from,
    )
    await QUERIES.execute(
        connection,
        "release_plans",
        plan_ids=[content.plan_id for content in contents],
        numbers=[one.number for one in certificates],
        released_at=released_at,
    )


async def certificate_of(
    connection: Connection, plan_id: UUID, bounds: tuple[str, str]
) -> Certificate | None:
    """Return the certificate of a plan of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "certificate_of_plan", plan_id=plan_id, low=low, high=high)
    return None if row is None else _certificate(row)


async def find(connection: Connection, number: str) -> Certificate | None:
    """Return the certificate of a number; None when none was issued under it."""
    row = await QUERIES.fetchrow(connection, "find_certificate", number=number)
    return None if row is None else _certificate(row)


def _certificate(row: Record) -> Certificate:
    return Certificate(row["number"], row["issued_at"], read_content(row["content"]), row["content_hash"])
