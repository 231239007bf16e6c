"""The testing service's rows: results by sample and revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.results.result import ResultFacts
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Method, Result

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "results.sql")


@dataclass(frozen=True, slots=True)
class StoredResult:
    """One revision of a sample's result as it is on record."""

    sample_id: UUID
    revision: int
    facts: ResultFacts
    recorded_at: datetime
    received_at: datetime
    reason_code: str | None


@dataclass(frozen=True, slots=True)
class NewResult:
    """A result that is to be stored, with who sent it and when it was entered there."""

    facts: ResultFacts
    recorded_at: datetime
    received_from: str


def _stored(row: Record) -> StoredResult:
    facts = ResultFacts(
        tube_code=row["tube_code"],
        institution=row["institution"],
        division=row["division"],
        method=Method(row["method"]),
        result=Result(row["result"]),
        sampled_at=row["sampled_at"],
        resulted_at=row["resulted_at"],
        person_id=row["person_id"],
    )
    return StoredResult(
        sample_id=row["sample_id"],
        revision=row["revision"],
        facts=facts,
        recorded_at=row["recorded_at"],
        received_at=row["received_at"],
        reason_code=row["reason_code"],
    )


async def insert_results(
    connection: Connection, results: Sequence[NewResult], *, received_at: datetime
) -> set[UUID]:
    """Store first results and return the ids of the samples that were new.

    No sample may stand twice among `results`.
    """
    facts = [result.facts for result in results]
    rows = await QUERIES.fetch(
        connection,
        "insert_results",
        sample_ids=[fact.sample_id for fact in facts],
        tube_codes=[fact.tube_code for fact in facts],
        institutions=[fact.institution for fact in facts],
        divisions=[fact.division for fact in facts],
        methods=[fact.method for fact in facts],
        results=[fact.result for fact in facts],
        sampled_ats=[fact.sampled_at for fact in facts],
        resulted_ats=[fact.resulted_at for fact in facts],
        person_ids=[fact.person_id for fact in facts],
        recorded_ats=[result.recorded_at for result in results],
        received_froms=[result.received_from for result in results],
        received_at=received_at,
    )
    return {row["sample_id"] for row in rows}


async def first_results(connection: Connection, sample_ids: Sequence[UUID]) -> Mapping[UUID, StoredResult]:
    """Return the first revision of each sample that is known."""
    rows = await QUERIES.fetch(connection, "first_results", sample_ids=list(sample_ids))
    return {row["sample_id"]: _stored(row) for row in rows}


async def lock_sample(connection: Connection, sample_id: UUID) -> None:
    """Let corrections of one sample follow one another until the transaction ends."""
    await QUERIES.execute(connection, "lock_sample", sample_id=sample_id)


async def sample_history(
    connection: Connection, sample_id: UUID, bounds: tuple[str, str]
) -> Sequence[StoredResult]:
    """Return all revisions of a sample of the subtree, oldest first; empty when there is none."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "sample_history", sample_id=sample_id, low=low, high=high)
    return [_stored(row) for row in rows]


async def append_revision(connection: Connection, stored: StoredResult, *, received_from: str) -> None:
    """Store a further revision of a sample."""
    facts = stored.facts
    await QUERIES.execute(
        connection,
        "append_revision",
        sample_id=stored.sample_id,
        revision=stored.revision,
        tube_code=facts.tube_code,
        institution=facts.institution,
        division=facts.division,
        method=facts.method,
        result=facts.result,
        sampled_at=facts.sampled_at,
        resulted_at=facts.resulted_at,
        person_id=facts.person_id,
        recorded_at=stored.recorded_at,
        received_at=stored.received_at,
        received_from=received_from,
        reason_code=stored.reason_code,
    )
