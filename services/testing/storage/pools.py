"""The rows of pools that were not negative, and of their members."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.tubes.pool import Decided, Finding, MemberState, Place, PoolMember
from services.testing.storage.tubes import SampleRow
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Method, Result

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "pools.sql")


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool that was found positive or unclear, and the result, by its sample id, that made it one."""

    pool_id: UUID
    sample_id: UUID
    tube_id: UUID | None
    tube_code: str
    institution: str
    division: str
    method: Method
    result: Result
    revision: int
    size: int | None
    sampled_at: datetime
    resulted_at: datetime
    received_at: datetime
    resolved_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a pool, with what became of it."""

    pool_id: UUID
    member: PoolMember
    subject_kind: str
    division: str
    told_at: datetime
    state: MemberState
    decided_by: UUID | None


def _place(row: Record) -> Place | None:
    return None if row["object_id"] is None else (row["division"], row["object_id"])


def _pool(row: Record) -> Pool:
    return Pool(
        pool_id=row["pool_id"],
        sample_id=row["sample_id"],
        tube_id=row["tube_id"],
        tube_code=row["tube_code"],
        institution=row["institution"],
        division=row["division"],
        method=Method(row["method"]),
        result=Result(row["result"]),
        revision=row["revision"],
        size=row["size"],
        sampled_at=row["sampled_at"],
        resulted_at=row["resulted_at"],
        received_at=row["received_at"],
        resolved_at=row["resolved_at"],
        withdrawn_at=row["withdrawn_at"],
        withdrawn_because=row["withdrawn_because"],
    )


async def known_pools(connection: Connection, sample_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Pool]]:
    """Return the pools that results made, those withdrawn included, by the results' sample ids."""
    found: defaultdict[UUID, list[Pool]] = defaultdict(list)
    if sample_ids:
        for row in await QUERIES.fetch(connection, "known_pools", sample_ids=list(sample_ids)):
            found[row["sample_id"]].append(_pool(row))
    return found


async def find_pool(connection: Connection, pool_id: UUID) -> Pool | None:
    """Return a pool, or None."""
    row = await QUERIES.fetchrow(connection, "find_pool", pool_id=pool_id)
    return None if row is None else _pool(row)


async def find_pool_of_tube(connection: Connection, tube_id: UUID) -> Pool | None:
    """Return the pool that a tube is at present, or None."""
    row = await QUERIES.fetchrow(connection, "find_pool_of_tube", tube_id=tube_id)
    return None if row is None else _pool(row)


async def lock_pools(connection: Connection, pool_ids: Collection[UUID]) -> dict[UUID, Pool]:
    """Return the pools, in the order of their ids, and keep them for this transaction."""
    if not pool_ids:
        return {}
    rows = await QUERIES.fetch(connection, "lock_pools", pool_ids=list(pool_ids))
    return {row["pool_id"]: _pool(row) for row in rows}


async def list_pools(
    connection: Connection,
    bounds: tuple[str, str],
    *,
    unresolved: bool,
    before: tuple[datetime, UUID],
    most: int,
) -> Sequence[Pool]:
    """Return a page of a subtree's pools, the latest result first."""
    low, high = bounds
    rows = await QUERIES.fetch(
        connection,
        "list_pools",
        low=low,
        high=high,
        unresolved=unresolved,
        before_at=before[0],
        before_id=before[1],
        most=most,
    )
    return [_pool(row) for row in rows]


async def keep_pools(connection: Connection, pools: Sequence[Pool], *, received_at: datetime) -> None:
    """Enter pools, or what has changed about them."""
    if not pools:
        return
    await QUERIES.execute(
        connection,
        "keep_pools",
        pool_ids=[pool.pool_id for pool in pools],
        sample_ids=[pool.sample_id for pool in pools],
        tube_ids=[pool.tube_id for pool in pools],
        tube_codes=[pool.tube_code for pool in pools],
        institutions=[pool.institution for pool in pools],
        divisions=[pool.division for pool in pools],
        methods=[pool.method for pool in pools],
        results=[pool.result for pool in pools],
        revisions=[pool.revision for pool in pools],
        sizes=[pool.size for pool in pools],
        sampled_ats=[pool.sampled_at for pool in pools],
        resulted_ats=[pool.resulted_at for pool in pools],
        received_at=received_at,
    )


async def withdraw_pools(
    connection: Connection, reasons: Mapping[UUID, str], *, clears: Collection[UUID], now: datetime
) -> None:
    """Withdraw pools; those of `clears` are negative after all, the others have no members any more."""
    if not reasons:
        return
    await QUERIES.execute(
        connection,
        "withdraw_pools",
        pool_ids=list(reasons),
        reasons=list(reasons.values()),
        now=now,
    )
    await QUERIES.execute(connection, "clear_members", pool_ids=list(clears))
    await QUERIES.execute(
        connection, "drop_members", pool_ids=[pool_id for pool_id in reasons if pool_id not in clears]
    )


async def insert_members(
    connection: Connection, members: Sequence[tuple[UUID, SampleRow]], *, told_at: datetime
) -> None:
    """Enter members of pools as pending."""
    if not members:
        return
    samples = [sample for _, sample in members]
    await QUERIES.execute(
        connection,
        "insert_members",
        pool_ids=[pool_id for pool_id, _ in members],
        sample_ids=[sample.sample_id for sample in samples],
        subject_kinds=[sample.member.subject_kind for sample in samples],
        person_ids=[sample.member.person_id for sample in samples],
        object_ids=[sample.member.object_id for sample in samples],
        divisions=[sample.member.division for sample in samples],
        sampled_ats=[sample.member.sampled_at for sample in samples],
        told_at=told_at,
    )


async def members_of(connection: Connection, pool_ids: Collection[UUID]) -> Mapping[UUID, list[MemberRow]]:
    """Return the members of pools, by pool."""
    found: defaultdict[UUID, list[MemberRow]] = defaultdict(list)
    if pool_ids:
        for row in await QUERIES.fetch(connection, "members_of_pools", pool_ids=list(pool_ids)):
            member = PoolMember(row["sample_id"], row["sampled_at"], row["person_id"], _place(row))
            found[row["pool_id"]].append(
                MemberRow(
                    pool_id=row["pool_id"],
                    member=member,
                    subject_kind=row["subject_kind"],
                    division=row["division"],
                    told_at=row["told_at"],
                    state=MemberState(row["state"]),
                    decided_by=row["decided_by"],
                )
            )
    return found


async def pools_concerned(
    connection: Connection,
    *,
    person_ids: Collection[UUID],
    object_ids: Collection[str],
    sample_ids: Collection[UUID],
) -> set[UUID]:
    """Return the pools about one of whose members something was found."""
    if not (person_ids or object_ids or sample_ids):
        return set()
    rows = await QUERIES.fetch(
        connection,
        "pools_concerned",
        person_ids=list(person_ids),
        object_ids=list(object_ids),
        sample_ids=list(sample_ids),
    )
    return {row["pool_id"] for row in rows}


async def findings_about(
    connection: Connection, members: Iterable[PoolMember], other_records: Collection[UUID]
) -> Sequence[Finding]:
    """Return what was found of samples that were taken singly of members of pools, since their sampling.

    `other_records` are those under which the members are on record as well.
    """
    listed = list(members)
    if not listed:
        return []
    people = sorted({one.person_id for one in listed if one.person_id is not None} | set(other_records))
    objects = sorted({one.place[1] for one in listed if one.place is not None})
    since = min(one.sampled_at for one in listed)
    singles = await QUERIES.fetch(
        connection,
        "single_findings",
        person_ids=people,
        object_ids=objects,
        sample_ids=[one.sample_id for one in listed],
        since=since,
    )
    told = await QUERIES.fetch(connection, "told_findings", person_ids=people, since=since)
    return [*(_single(row) for row in singles), *_told(told)]


def _single(row: Record) -> Finding:
    return Finding(
        sample_id=row["sample_id"],
        sampled_at=row["sampled_at"],
        result=Result(row["result"]),
        resulted_at=row["resulted_at"],
        person_id=row["person_id"],
        place=_place(row),
        retest_of=row["retest_of"],
    )


def _told(rows: Sequence[Record]) -> Sequence[Finding]:
    """The last revision of each holds; when it was obtained is when the first one was, as for tubes."""
    found: dict[UUID, Finding] = {}
    for row in rows:
        first = found.get(row["sample_id"])
        found[row["sample_id"]] = Finding(
            sample_id=row["sample_id"],
            sampled_at=row["sampled_at"],
            result=Result(row["result"]),
            resulted_at=first.resulted_at if first else row["resulted_at"],
            person_id=row["person_id"],
        )
    return list(found.values())


async def decide_members(connection: Connection, decided: Sequence[tuple[MemberRow, Decided]]) -> None:
    """Write what became of members."""
    if decided:
        await QUERIES.execute(
            connection,
            "decide_members",
            pool_ids=[row.pool_id for row, _ in decided],
            sample_ids=[row.member.sample_id for row, _ in decided],
            states=[one.state for _, one in decided],
            deciders=[one.by and one.by.sample_id for _, one in decided],
        )


async def resolve_pools(connection: Connection, resolved: Mapping[UUID, datetime | None]) -> None:
    """Write since when each member of pools is decided; None where one is pending again."""
    if resolved:
        await QUERIES.execute(
            connection,
            "resolve_pools",
            pool_ids=list(resolved),
            resolved_ats=list(resolved.values()),
        )


async def keep_pooled(connection: Connection, sample_ids: Collection[UUID], *, known_at: datetime) -> None:
    """Note results that are of a pool and open no case."""
    if sample_ids:
        await QUERIES.execute(connection, "keep_pooled", sample_ids=list(sample_ids), known_at=known_at)


async def pooled_among(connection: Connection, sample_ids: Collection[UUID]) -> set[UUID]:
    """Return which results were noted as a pool's."""
    if not sample_ids:
        return set()
    rows = await QUERIES.fetch(connection, "pooled_of", sample_ids=list(sample_ids))
    return {row["sample_id"] for row in rows}


async def drop_pooled(connection: Connection, sample_ids: Collection[UUID]) -> None:
    """Strike out that results are of a pool: they are a single sample's after all."""
    if sample_ids:
        await QUERIES.execute(connection, "drop_pooled", sample_ids=list(sample_ids))
