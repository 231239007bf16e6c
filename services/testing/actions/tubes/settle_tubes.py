"""Bring tubes to what their steps, members and results amount to, in the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.testing.actions.campaigns.count_tubes import (
    Change,
    after_settling,
    before_settling,
    count_tubes,
)
from services.testing.actions.due.settle_samples import Taken, settle_samples
from services.testing.actions.laboratories.tally_stages import tally_stages
from services.testing.actions.tubes import tell_tubes
from services.testing.actions.tubes.look_at_tubes import FoundTube, has_news, look_at_tubes
from services.testing.rules.tubes.chain import Flag
from services.testing.rules.tubes.holder import ResultSeen
from services.testing.rules.tubes.telling import Telling, What, telling_of, what_of
from services.testing.storage import pools, tubes
from services.testing.storage.pools import Pool
from services.testing.storage.tubes import SampleRow, Settled, TubeRow
from shared.contracts import Envelope, derived_id
from shared.postgres import Connection
from shared.vocabulary import Result

NEGATIVE_AFTER_ALL = "negative"
OTHER_RESULT = "other-result"
SINGLE = "single"
"""Why a pool is withdrawn: its result is negative, another result holds, its tube is a single one."""


@dataclass
class Outcome:
    """What settling tubes brought about, for the caller to tell and to go on with."""

    events: list[Envelope] = field(default_factory=list[Envelope])
    assigned: set[UUID] = field(default_factory=set[UUID])
    """Results that are of a tube here."""
    told: set[UUID] = field(default_factory=set[UUID])
    """Results that are told by these events, or are a pool's and not to be told."""
    people: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])
    """Whose single sample a result turned out to be of."""
    singles: list[SampleRow] = field(default_factory=list[SampleRow])
    """Samples taken singly about which something was found: they may decide about members of pools."""
    pool_ids: set[UUID] = field(default_factory=set[UUID])
    """Pools that have to be looked at in any case."""


@dataclass
class _Changes:
    """What is written about pools when the tubes have been gone through."""

    kept: list[Pool] = field(default_factory=list[Pool])
    members: list[tuple[UUID, SampleRow]] = field(default_factory=list[tuple[UUID, SampleRow]])
    withdrawn: list[tuple[Pool, str]] = field(default_factory=list[tuple[Pool, str]])
    judged: list[Taken] = field(default_factory=list[Taken])
    """Samples whose result says whether they must be taken again."""
    cleared: list[tuple[ResultSeen, str, Sequence[SampleRow], int]] = field(
        default_factory=list[tuple[ResultSeen, str, Sequence[SampleRow], int]]
    )
    pooled: set[UUID] = field(default_factory=set[UUID])
    not_pooled: set[UUID] = field(default_factory=set[UUID])

    def withdraw(self, withdrawn: Iterable[Pool], reason: str) -> None:
        """Have pools withdrawn."""
        self.withdrawn += [(pool, reason) for pool in withdrawn]


@dataclass(frozen=True, slots=True)
class _Known:
    """What had been told of the results as pools."""

    pools: Mapping[UUID, Sequence[Pool]]
    pooled: set[UUID]

    def of(self, results: Iterable[ResultSeen]) -> list[Pool]:
        """Return all pools that these results made."""
        return [pool for seen in results for pool in self.pools.get(seen.sample_id, ())]


async def settle_tubes(
    connection: Connection,
    tube_ids: Iterable[UUID],
    *,
    fresh: Collection[UUID] = frozenset(),
    tells_singles: bool = True,
    now: datetime,
) -> Outcome:
    """Work out anew what tubes amount to; return what must be told, which may be nothing.

    May be called at any time and any number of times: it looks at what is on record and at what was told
    before. `fresh` are results that nobody has been told of yet. Without `tells_singles` whoever calls
    tells of single samples.
    """
    outcome = Outcome()
    locked = await tubes.lock_tubes(connection, sorted(set(tube_ids)))
    if not locked:
        return outcome
    found = await look_at_tubes(connection, list(locked.values()))
    ids = {seen.sample_id for one in found for seen in one.results}
    known = _Known(await pools.known_pools(connection, ids), await pools.pooled_among(connection, ids))
    outcome.assigned = ids
    changes, settled, counted = _Changes(), list[Settled](), list[Change]()
    for one in found:
        if one.row.head.is_pool:
            told = _settle_pool(one, known, fresh, changes, outcome, now)
        else:
            told = _settle_single(one, known, fresh, changes, outcome, tells_singles)
        after = _settled(one, *told)
        if after != _before(one.row, after):
            settled.append(after)
            counted.append((before_settling(one.row), after_settling(one.row, after)))
    if settled:
        await tubes.update_tubes(connection, settled)
        await count_tubes(connection, counted)
        await tally_stages(connection, [(locked[one.tube_id], one) for one in settled])
    await _write(connection, changes, known, outcome, now)
    return outcome


def _settle_pool(
    one: FoundTube,
    known: _Known,
    fresh: Collection[UUID],
    changes: _Changes,
    outcome: Outcome,
    now: datetime,
) -> tuple[int, int]:
    """Return up to which member, and how often, the tube's members have been told now."""
    row, holder = one.row, one.holder
    if holder is None:
        return row.told.members, row.told.revision
    _take_off_record(one, known, fresh, changes, outcome, now)
    kept = _pool_that_holds(one, holder, known, changes)
    if has_news(row, holder):
        telling = telling_of(row.told, holder, one.samples)
        told = (len(one.samples), telling.revision)
    else:
        telling, told = _nothing(row, holder), (row.told.members, row.told.revision)
    is_clear = telling.what is What.CLEARED
    if not is_clear or telling.revision > 1:
        changes.judged += _judged(one, telling.members, telling.revision, is_clear)
    if not is_clear:
        _keep_pool(one, holder, telling, kept, known, changes, outcome, now)
    elif telling.members:
        changes.cleared.append((holder, row.head.division, telling.members, telling.revision))
        outcome.told.add(holder.sample_id)
    return told


def _nothing(row: TubeRow, holder: ResultSeen) -> Telling[SampleRow]:
    return Telling(what_of(holder.result), row.told.revision, ())


def _judged(one: FoundTube, samples: Sequence[SampleRow], revision: int, stands: bool) -> list[Taken]:
    """Return samples as the tests that are due see them: what must be taken again settles none."""
    head = one.row.head
    return [
        sample.member.taken(sample.sample_id, head.point, revision=revision, stands=stands)
        for sample in samples
    ]


def _take_off_record(
    one: FoundTube,
    known: _Known,
    fresh: Collection[UUID],
    changes: _Changes,
    outcome: Outcome,
    now: datetime,
) -> None:
    """Withdraw what had been told as a positive: a pool opens no case."""
    for seen in one.results:
        if seen.result is not Result.NEGATIVE:
            outcome.told.add(seen.sample_id)
        if seen.was_positive:
            changes.pooled.add(seen.sample_id)
            if seen.sample_id not in known.pooled and seen.sample_id not in fresh:
                outcome.events.append(tell_tubes.not_a_case(seen, one.row.opened_by, now))


def _pool_that_holds(one: FoundTube, holder: ResultSeen, known: _Known, changes: _Changes) -> Pool | None:
    """Return the pool that the tube is already, whichever result made it one; the others are withdrawn."""
    live = [pool for pool in known.of(one.results) if pool.withdrawn_at is None]
    if holder.result is Result.NEGATIVE:
        changes.withdraw(live, NEGATIVE_AFTER_ALL)
        return None
    live.sort(key=lambda pool: (pool.tube_id is None, pool.pool_id))
    changes.withdraw(live[1:], OTHER_RESULT)
    return live[0] if live else None


def _keep_pool(
    one: FoundTube,
    holder: ResultSeen,
    telling: Telling[SampleRow],
    kept: Pool | None,
    known: _Known,
    changes: _Changes,
    outcome: Outcome,
    now: datetime,
) -> None:
    pool = pool_of(holder, one.row, known.of([holder]), one.results, kept)
    if pool == kept and not telling.members:
        return
    if kept is None or kept.result != pool.result or kept.resulted_at > pool.resulted_at:
        outcome.events.append(tell_tubes.pool_positive(pool, holder.recorded_at))
    changes.kept.append(pool)
    changes.members += [(pool.pool_id, sample) for sample in telling.members]
    outcome.events += tell_tubes.recalled(holder, telling.recalled, telling.revision)
    outcome.events += tell_tubes.told_to_stay(pool.pool_id, telling.members, now)
    outcome.pool_ids.add(pool.pool_id)


def pool_of(
    holder: ResultSeen,
    row: TubeRow | None,
    before: Sequence[Pool],
    results: Sequence[ResultSeen],
    kept: Pool | None,
) -> Pool:
    """Return the pool that a tube is by the result that holds, known here or not; `kept` is what it was.

    One that was withdrawn does not hold again: its clock is void for good, so there is a further pool.
    """
    sample_id = kept.sample_id if kept else holder.sample_id
    further = derived_id("pool", sample_id, len(before)) if before else sample_id
    doubted = [seen.doubted_at for seen in results if seen.result is not Result.NEGATIVE and seen.doubted_at]
    return Pool(
        pool_id=kept.pool_id if kept else further,
        sample_id=sample_id,
        tube_id=row.head.tube_id if row else None,
        tube_code=holder.tube_code,
        institution=holder.institution,
        division=row.head.division if row else holder.division,
        method=holder.method,
        result=holder.result,
        revision=holder.revision,
        size=row.head.size if row else holder.pool_size,
        sampled_at=holder.sampled_at,
        resulted_at=min(doubted, default=holder.first_resulted_at),
        received_at=kept.received_at if kept else holder.recorded_at,
        resolved_at=kept.resolved_at if kept else None,
    )


def _settle_single(
    one: FoundTube,
    known: _Known,
    fresh: Collection[UUID],
    changes: _Changes,
    outcome: Outcome,
    tells_singles: bool,
) -> tuple[int, int]:
    """Return how many members know their result, and how often that was told."""
    row, holder = one.row, one.holder
    if holder is None:
        return row.told.members, row.told.revision
    was_pool = _withdraw_pools_of_single(one, known, changes)
    if not has_news(row, holder):
        return row.told.members, row.told.revision
    outcome.singles += one.samples
    is_clear = holder.result is not Result.INCONCLUSIVE
    if not is_clear or holder.revision > 1:
        changes.judged += _judged(one, one.samples, holder.revision, is_clear)
    person = one.samples[0].member.person_id if one.samples else None
    is_news = holder.sample_id in was_pool
    if person is not None and holder.person_id is None:
        outcome.people[holder.sample_id] = person
        is_news = True
    if is_news and tells_singles:
        again = holder.sample_id not in fresh and holder.sample_id not in was_pool
        outcome.events.append(tell_tubes.single(holder, holder.person_id or person, again=again))
        outcome.told.add(holder.sample_id)
    return len(one.samples), row.told.revision + is_news


def _withdraw_pools_of_single(one: FoundTube, known: _Known, changes: _Changes) -> set[UUID]:
    """Return the results that had been told as a pool's, for their rows said so; the tube knows better."""
    live = [pool for pool in known.of(one.results) if pool.withdrawn_at is None]
    changes.withdraw(live, SINGLE)
    wrong = {pool.sample_id for pool in live}
    changes.not_pooled |= wrong
    return wrong


def _settled(one: FoundTube, told_members: int, told_revision: int) -> Settled:
    row = one.row
    flags = set(one.chain.flags)
    if one.was_early:
        flags.add(Flag.RESULT_BEFORE_SAMPLING)
    if len({seen.result for seen in one.results}) > 1:
        flags.add(Flag.RESULTS_DIFFER)
    laboratory = one.chain.laboratory or row.head.laboratory
    if one.holder and laboratory is not None and one.holder.institution != laboratory:
        flags.add(Flag.OTHER_LABORATORY)
    if one.is_of_other_point:
        flags.add(Flag.OTHER_POINT)
    if one.is_named_elsewhere:
        flags.add(Flag.OTHER_DIVISION)
    if _is_other_person(one):
        flags.add(Flag.OTHER_PERSON)
    return Settled(
        tube_id=row.head.tube_id,
        members=row.members,
        first=one.chain.first,
        laboratory=laboratory or (one.holder and one.holder.institution),
        flags=frozenset(flags),
        holder=one.holder,
        told_members=told_members,
        told_revision=told_revision,
    )


def _is_other_person(one: FoundTube) -> bool:
    if one.row.head.is_pool or one.holder is None:
        return False
    if not one.samples:
        return Flag.OTHER_PERSON in one.row.flags
    said, taken = one.holder.person_id, one.samples[0].member.person_id
    return said is not None and taken is not None and said != taken


def _before(row: TubeRow, after: Settled) -> Settled:
    """What is on record, with the new holder where that is the same, so that the two can be compared."""
    holder = after.holder
    is_same = holder is not None and (row.told.result_sample_id, row.told.result, row.result_revision) == (
        holder.sample_id,
        holder.result,
        holder.revision,
    )
    return replace(
        after,
        first=row.first,
        laboratory=row.laboratory,
        flags=row.flags,
        holder=holder if is_same else None,
        told_members=row.told.members,
        told_revision=row.told.revision,
    )


async def _write(
    connection: Connection, changes: _Changes, known: _Known, outcome: Outcome, now: datetime
) -> None:
    outcome.events += tell_tubes.cleared(changes.cleared)
    outcome.events += [tell_tubes.pool_withdrawn(pool, reason, now) for pool, reason in changes.withdrawn]
    reasons = {pool.pool_id: reason for pool, reason in changes.withdrawn}
    clears = {pool_id for pool_id, reason in reasons.items() if reason == NEGATIVE_AFTER_ALL}
    await pools.withdraw_pools(connection, reasons, clears=clears, now=now)
    await pools.keep_pools(connection, changes.kept, received_at=now)
    await pools.insert_members(connection, changes.members, told_at=now)
    await pools.keep_pooled(connection, changes.pooled - known.pooled, known_at=now)
    await pools.drop_pooled(connection, changes.not_pooled)
    if changes.judged:
        await settle_samples(connection, changes.judged, now=now)
