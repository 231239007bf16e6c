"""The testing service's rows: results by sample and revision, each with a key of its own.

The rows lie in a table for each week of receipt, the keys, which make each stand once, in one for all. Both
are filled by COPY: a row costs PostgreSQL a third of what an INSERT that looks for conflicts does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast
from uuid import UUID

from asyncpg import UniqueViolationError
from msgspec import Struct

from services.testing.rules.results.result import ResultFacts
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Method, Result

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "results.sql")

_KEY_COLUMNS = ("institution", "tube_code", "revision", "sample_id", "received_at")
_RESULT_COLUMNS = (
    *("sample_id", "revision", "tube_code", "institution", "division", "method", "result", "sampled_at"),
    *("resulted_at", "recorded_at", "received_at", "received_from", "person_id"),
    "pool_size",
)


@dataclass(frozen=True, slots=True)
class StoredResult:
    """One revision of a sample's result as it is on record."""

    sample_id: UUID
    revision: int
    facts: ResultFacts
    recorded_at: datetime
    received_at: datetime
    reason_code: str | None


class NewResult(Struct, frozen=True, gc=False):
    """A result that is to be stored, with who sent it and when it was entered there."""

    facts: ResultFacts
    recorded_at: datetime
    received_from: str
    stated_division: str | None = None
    """The division that the laboratory stated, where the tube's word counts instead."""


class SampleKnown(Exception):
    """Among results that were to be new, one is of a sample that is on record; the transaction is lost."""


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
        pool_size=row["pool_size"],
        sample_id=row["sample_id"],
    )
    return StoredResult(
        sample_id=row["sample_id"],
        revision=row["revision"],
        facts=facts,
        recorded_at=row["recorded_at"],
        received_at=row["received_at"],
        reason_code=row["reason_code"],
    )


def in_order_of_keys(results: Iterable[NewResult]) -> list[NewResult]:
    """Return results as they must be stored: two batches with the same samples then wait in turn."""
    return sorted(results, key=lambda result: (result.facts.institution, result.facts.tube_code))


async def copy_new_results(
    connection: Connection, results: Sequence[NewResult], *, received_at: datetime
) -> None:
    """Store first results of samples that are all new, in the order of their keys.

    Raises SampleKnown when one of them is not; nothing can be done in that transaction any more.
    """
    try:
        await connection.copy_records_to_table(
            "result_key",
            columns=_KEY_COLUMNS,
            records=[
                (result.facts.institution, result.facts.tube_code, 1, result.facts.sample_id, received_at)
                for result in results
            ],
        )
    except UniqueViolationError:
        raise SampleKnown from None
    await _copy_facts(connection, results, received_at)


async def insert_unknown_results(
    connection: Connection, results: Sequence[NewResult], *, received_at: datetime
) -> set[UUID]:
    """Store first results of those samples that are new and return their ids; no sample may stand twice."""
    facts = [result.facts for result in results]
    rows = await QUERIES.fetch(
        connection,
        "insert_keys",
        institutions=[fact.institution for fact in facts],
        tube_codes=[fact.tube_code for fact in facts],
        sample_ids=[fact.sample_id for fact in facts],
        received_at=received_at,
    )
    new = {row["sample_id"] for row in rows}
    if new:
        unknown = [result for result in results if result.facts.sample_id in new]
        await _copy_facts(connection, unknown, received_at)
    return new


async def _copy_facts(connection: Connection, results: Sequence[NewResult], received_at: datetime) -> None:
    await connection.copy_records_to_table(
        "sample_result",
        columns=_RESULT_COLUMNS,
        records=[
            (
                *(facts.sample_id, 1, facts.tube_code, facts.institution, facts.division, facts.method),
                *(facts.result, facts.sampled_at, facts.resulted_at, result.recorded_at, received_at),
                *(result.received_from, facts.person_id, facts.pool_size),
            )
            for result in results
            for facts in (result.facts,)
        ],
    )


async def first_results(
    connection: Connection, facts: Sequence[ResultFacts]
) -> Mapping[tuple[str, str], StoredResult]:
    """Return the first revision of each sample that is known, by institution and tube code."""
    found = await QUERIES.fetchrow(
        connection,
        "first_and_last_receipt",
        institutions=[fact.institution for fact in facts],
        tube_codes=[fact.tube_code for fact in facts],
    )
    if found is None or found["first_at"] is None:
        return {}
    rows = await QUERIES.fetch(
        connection,
        "first_results",
        sample_ids=found["sample_ids"],
        first_at=found["first_at"],
        last_at=found["last_at"],
    )
    return {(row["institution"], row["tube_code"]): _stored(row) for row in rows}


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
    """Store a further revision of a sample, with its key."""
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
        pool_size=facts.pool_size,
        recorded_at=stored.recorded_at,
        received_at=stored.received_at,
        received_from=received_from,
        reason_code=stored.reason_code,
    )


async def keep_weeks(connection: Connection, first_at: datetime, last_at: datetime) -> int:
    """Make the tables of the weeks between two instants that have none yet, and return how many."""
    made = await QUERIES.fetchval(connection, "keep_weeks", first_at=first_at, last_at=last_at)
    return cast("int", made)
