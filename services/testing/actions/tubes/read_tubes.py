"""Read tubes with their chain and members, and samples with who reported, sampled and tested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.testing.actions.tubes.look_at_tubes import points_elsewhere, steps_of_tubes
from services.testing.rules.tubes.chain import Chain, chain_of
from services.testing.rules.tubes.holder import ResultSeen, results_by_tube
from services.testing.rules.tubes.pool import MemberState
from services.testing.storage import pools, tubes
from services.testing.storage import results as result_storage
from services.testing.storage.pools import MemberRow, Pool
from services.testing.storage.results import StoredResult
from services.testing.storage.tubes import SampleRow, TubeRow
from shared.errors import NotFound
from shared.postgres import Connection, Database
from shared.vocabulary import Result

Bounds = tuple[str, str]
AFTER_ALL = (datetime.fromisoformat("9999-12-31T00:00:00+00:00"), UUID(int=0))
"""Where the first page of a list begins that shows the latest first."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a sample, and which result decided it, by its sample id."""

    state: MemberState
    decided_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class TubeReport:
    """A tube with all that is known of it."""

    row: TubeRow
    samples: Sequence[SampleRow]
    chain: Chain
    results: Sequence[ResultSeen]
    pool_id: UUID | None
    """The pool that it is at present, if its result is not negative."""
    fates: Mapping[UUID, Fate]


@dataclass(frozen=True, slots=True)
class SampleReport:
    """A sample with the revisions of its tube's result, and where it is known the tube it is in."""

    sample_id: UUID
    history: Sequence[StoredResult]
    tube: TubeReport | None
    sample: SampleRow | None


def is_within(division: str, bounds: Bounds) -> bool:
    """Tell whether a division lies between the bounds of a subtree."""
    return bounds[0] <= division < bounds[1]


async def read_tube(database: Database, tube_id: UUID, bounds: Bounds) -> TubeReport:
    """Return a tube of the subtree; raises NotFound."""
    async with database.connection() as connection:
        row = await tubes.read_tube(connection, tube_id)
        if row is None or not is_within(row.head.division, bounds):
            raise NotFound("There is no such tube.")
        return await _report(connection, row)


async def list_tubes(
    database: Database,
    bounds: Bounds,
    *,
    code: str | None,
    is_open: bool | None,
    flagged: bool,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> Sequence[TubeRow]:
    """Return a page of the subtree's tubes, the latest first."""
    async with database.connection() as connection:
        return await tubes.list_tubes(
            connection,
            bounds,
            code=code,
            is_open=is_open,
            flagged=flagged,
            before=before or AFTER_ALL,
            most=most,
        )


async def read_sample_wherever(database: Database, sample_id: UUID, bounds: Bounds) -> SampleReport:
    """Return a sample by its result's id, or by the one that it has in its tube; raises NotFound."""
    async with database.connection() as connection:
        history = await result_storage.sample_history(connection, sample_id, bounds)
        if history:
            return await _of_result(connection, history, bounds)
        sample = await tubes.find_sample(connection, sample_id)
        row = await tubes.read_tube(connection, sample.tube_id) if sample else None
        if row is None or sample is None or not _is_seen(row, sample, bounds):
            raise NotFound("There is no such sample.")
        report = await _report(connection, row)
        holder = row.told.result_sample_id
        found = await result_storage.sample_history(connection, holder, ("", "~")) if holder else ()
        return SampleReport(sample_id, found, report, sample)


def _is_seen(row: TubeRow, sample: SampleRow, bounds: Bounds) -> bool:
    return is_within(row.head.division, bounds) or is_within(sample.member.division, bounds)


async def _of_result(connection: Connection, history: Sequence[StoredResult], bounds: Bounds) -> SampleReport:
    first = history[0]
    code = first.facts.tube_code
    known = [other.known for other in (await tubes.tubes_of_codes(connection, [code])).get(code, ())]
    of_tube = results_by_tube(await tubes.results_of_codes(connection, [code]), known)
    tube_id = next(
        (
            tube_id
            for tube_id, results in of_tube.items()
            if any(seen.sample_id == first.sample_id for seen in results)
        ),
        None,
    )
    row = await tubes.read_tube(connection, tube_id) if tube_id else None
    # Who may see a result need not see the tube that it was joined with, which may be of the whole township.
    report = await _report(connection, row) if row and is_within(row.head.division, bounds) else None
    sample = report.samples[0] if report and not report.row.head.is_pool and report.samples else None
    return SampleReport(first.sample_id, history, report, sample)


async def _report(connection: Connection, row: TubeRow) -> TubeReport:
    code = row.head.code
    others = await tubes.tubes_of_codes(connection, [code])
    steps = await steps_of_tubes(connection, [row], others)
    seen = await tubes.results_of_codes(connection, [code])
    of_tube = results_by_tube(seen, [other.known for other in others[code]])
    elsewhere = await points_elsewhere(connection, [row], steps)
    samples = (await tubes.samples_of(connection, [row])).get(row.head.tube_id, [])
    members: Mapping[UUID, MemberRow] = {}
    pool = await pools.find_pool_of_tube(connection, row.head.tube_id) if row.head.is_pool else None
    if pool is not None:
        rows = await pools.members_of(connection, [pool.pool_id])
        members = {one.member.sample_id: one for one in rows.get(pool.pool_id, ())}
    return TubeReport(
        row=row,
        samples=samples,
        chain=chain_of(row.head.opened_at, row.resulted_at, steps.get(row.head.tube_id, ()), elsewhere),
        results=of_tube.get(row.head.tube_id, ()),
        pool_id=pool.pool_id if pool else None,
        fates={one.sample_id: _fate_of(one, row, members) for one in samples},
    )


def _fate_of(sample: SampleRow, row: TubeRow, members: Mapping[UUID, MemberRow]) -> Fate:
    """A member of a pool that was not negative has its own; of the others the tube's result decides."""
    decided_by = row.told.result_sample_id
    if row.told.result is Result.NEGATIVE and sample.number <= row.told.members:
        return Fate(MemberState.CLEARED, decided_by)
    member = members.get(sample.sample_id)
    if row.head.is_pool and member is not None:
        return Fate(member.state, member.decided_by)
    if row.told.result is Result.POSITIVE and not row.head.is_pool:
        return Fate(MemberState.POSITIVE, decided_by)
    return Fate(MemberState.PENDING)


@dataclass(frozen=True, slots=True)
class PoolReport:
    """A pool that was not negative, with its members."""

    pool: Pool
    members: Sequence[MemberRow]


async def read_pool(database: Database, pool_id: UUID, bounds: Bounds) -> PoolReport:
    """Return a pool of the subtree with what became of each member; raises NotFound."""
    async with database.connection() as connection:
        pool = await pools.find_pool(connection, pool_id)
        if pool is None or not is_within(pool.division, bounds):
            raise NotFound("There is no such pool.")
        members = await pools.members_of(connection, [pool_id])
        return PoolReport(pool, members.get(pool_id, []))


async def list_pools(
    database: Database,
    bounds: Bounds,
    *,
    unresolved: bool,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> Sequence[Pool]:
    """Return a page of the subtree's pools that were not negative, the latest result first."""
    async with database.connection() as connection:
        return await pools.list_pools(
            connection, bounds, unresolved=unresolved, before=before or AFTER_ALL, most=most
        )
