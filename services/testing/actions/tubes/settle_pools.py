"""Bring pools to what was found of their members singly, in the caller's transaction."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from services.testing.actions.tubes import tell_tubes
from services.testing.rules.tubes.pool import Decided, Finding, MemberState, PoolMember, decide, resolved_at
from services.testing.storage import pools, same_people
from services.testing.storage.pools import MemberRow, Pool
from services.testing.storage.tubes import SampleRow, look_again
from shared.contracts import Envelope
from shared.postgres import Connection

Known = TypeVar("Known", PoolMember, Finding)


async def pools_of(
    connection: Connection, singles: Sequence[SampleRow], person_ids: Collection[UUID]
) -> set[UUID]:
    """Return the pools that single samples, or results about people, may decide about."""
    members = [sample.member for sample in singles]
    return await pools.pools_concerned(
        connection,
        person_ids={*person_ids, *(one.person_id for one in members if one.person_id is not None)},
        object_ids={one.object_id for one in members if one.object_id is not None},
        sample_ids={one.retest_of for one in members if one.retest_of is not None},
    )


async def settle_pools(
    connection: Connection, pool_ids: Collection[UUID], *, look_later: bool = True, now: datetime
) -> list[Envelope]:
    """Work out anew what became of the members of pools; return what must be told.

    A member is cleared, or positive, by what was found under any of their records (record 38). May be called
    at any time and any number of times. With `look_later` it is done once more when nobody is
    under way who could not see these pools.
    """
    held = await pools.lock_pools(connection, pool_ids)
    active = {pool_id: pool for pool_id, pool in held.items() if pool.withdrawn_at is None}
    members = await pools.members_of(connection, active)
    found, records = await _look(connection, [row.member for rows in members.values() for row in rows])
    changed: list[tuple[MemberRow, Decided]] = []
    resolved: dict[UUID, datetime | None] = {}
    events: list[Envelope] = []
    for pool_id, pool in active.items():
        decided = _decide(pool, members.get(pool_id, []), found, records)
        changed += [(row, one) for row, one in decided if _differs(row, one)]
        at = resolved_at([one for _, one in decided])
        if at != pool.resolved_at:
            resolved[pool_id] = at
            events += _resolved(pool, at, decided, now)
    await pools.decide_members(connection, changed)
    await pools.resolve_pools(connection, resolved)
    if look_later:
        await look_again(connection, "pool", sorted(str(pool_id) for pool_id in active))
    return events


async def _look(
    connection: Connection, members: Sequence[PoolMember]
) -> tuple[Sequence[Finding], Mapping[UUID, UUID]]:
    """Return what was found of members under any of their records, and which person each record is."""
    people = {one.person_id for one in members if one.person_id is not None}
    records = await same_people.records_of(connection, people) if people else {}
    found = await pools.findings_about(connection, members, records.keys())
    return [_as_one(finding, records) for finding in found], records


def _as_one(known: Known, records: Mapping[UUID, UUID]) -> Known:
    """Return a member or a finding under the record that survives."""
    if known.person_id is None or known.person_id not in records:
        return known
    return replace(known, person_id=records[known.person_id])


def _decide(
    pool: Pool, rows: Sequence[MemberRow], findings: Sequence[Finding], records: Mapping[UUID, UUID]
) -> list[tuple[MemberRow, Decided]]:
    about: defaultdict[object, list[Finding]] = defaultdict(list)
    for finding in findings:
        for key in {finding.person_id, finding.place, finding.retest_of} - {None}:
            about[key].append(finding)
    members = [_as_one(row.member, records) for row in rows]
    return [
        (row, decide(member, pool.resulted_at, _of(member, about)))
        for row, member in zip(rows, members, strict=True)
    ]


def _of(member: PoolMember, about: defaultdict[object, list[Finding]]) -> list[Finding]:
    keys = {member.person_id, member.place, member.sample_id} - {None}
    return [finding for key in keys for finding in about.get(key, ())]


def _differs(row: MemberRow, decided: Decided) -> bool:
    return (row.state, row.decided_by) != (decided.state, decided.by and decided.by.sample_id)


def _resolved(
    pool: Pool, at: datetime | None, decided: Sequence[tuple[MemberRow, Decided]], now: datetime
) -> list[Envelope]:
    if at is None:
        return []
    counts = Counter(one.state for _, one in decided)
    return [
        tell_tubes.pool_resolved(
            pool,
            at,
            cleared=counts[MemberState.CLEARED],
            positive=counts[MemberState.POSITIVE],
            now=now,
        )
    ]
