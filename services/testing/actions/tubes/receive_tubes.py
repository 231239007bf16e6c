"""Take tubes with their members as sampling points tell of them: judge each telling, store it whole."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from services.testing.actions.campaigns.count_tubes import (
    Change,
    before_settling,
    count_tubes,
    opened_tube,
)
from services.testing.actions.due.settle_samples import settle_samples
from services.testing.actions.tubes.settle_pools import pools_of, settle_pools
from services.testing.actions.tubes.settle_tubes import settle_tubes
from services.testing.rules.results.result import Registers
from services.testing.rules.results.told_code import remarks_on_code
from services.testing.rules.tubes.admission import Admission, AdmittedTube
from services.testing.rules.tubes.tube import (
    Member,
    TubeHead,
    TubeTold,
    problems_of,
    problems_of_marks,
    without_tests,
)
from services.testing.storage import due_tests, tubes
from services.testing.storage.tubes import NewSample, TubeRow
from shared import outbox
from shared.day_count import day_of
from shared.errors import FieldProblem, Unavailable
from shared.postgres import Connection, Database
from shared.verdicts import RowVerdict, Verdict, store_good_rows

ATTEMPTS = 3


class _ChangedMeanwhile(Exception):  # no error: all is looked at anew, and seen then
    """Somebody else opened one of the tubes, or put one of the people into another, in the same moment."""


async def receive_tubes(
    database: Database,
    told: Sequence[TubeTold],
    *,
    registers: Registers,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each telling, in their order; the good ones are stored in one transaction.

    A telling is stored whole or not at all. The same one again is `duplicate`; one with further members
    adds them. What is known of the tubes already, steps or results, is joined with them, and the tests that
    were due of their members are settled. A member marked for a due test that the caller does not reach is
    stored without the mark, and the verdict says so; so it does of a code that is not told to others. Raises
    Unavailable.
    """

    def judge(one: TubeTold) -> Sequence[FieldProblem]:
        return problems_of(one, registers, reaches, now)

    async def store(good: Sequence[TubeTold]) -> list[RowVerdict]:
        for _ in range(ATTEMPTS):
            try:
                return await _store(database, good, reaches, now)
            except _ChangedMeanwhile:
                continue
        raise Unavailable("Others are telling of the same tubes; nothing was stored, send it again.")

    return await store_good_rows(told, problems_of=judge, store=store)


async def _store(
    database: Database, sent: Sequence[TubeTold], reaches: Callable[[str], bool], now: datetime
) -> list[RowVerdict]:
    async with database.transaction() as connection:
        due_ids = {member.due_id for one in sent for member in one.members if member.due_id is not None}
        divisions = await due_tests.divisions_of(connection, due_ids) if due_ids else {}
        foreign = {due_id for due_id, division in divisions.items() if not reaches(division)}
        told = [without_tests(one, foreign) for one in sent]
        rows = await tubes.lock_tubes(connection, sorted({one.head.tube_id for one in told}))
        admission = await _look(connection, told, rows)
        verdicts: list[RowVerdict] = []
        for as_sent, one in zip(sent, told, strict=True):
            admitted = admission.admit(one)
            verdict = Verdict.STORED if admitted.is_news else Verdict.DUPLICATE
            if admitted.problems:
                verdict = Verdict.REFUSED
            remarks = (*problems_of_marks(as_sent, foreign), *remarks_on_code("code", one.head.code))
            problems = admitted.problems or remarks
            verdicts.append(RowVerdict(verdict, one.head.tube_id, problems))
        await _write(connection, admission, rows, now)
    return verdicts


async def _look(connection: Connection, told: Sequence[TubeTold], rows: dict[UUID, TubeRow]) -> Admission:
    codes = sorted({one.head.code for one in told if one.head.tube_id not in rows})
    others = [one for listed in (await tubes.tubes_of_codes(connection, codes)).values() for one in listed]
    # One that was opened since the lock was looked for is the same tube told again, and no other of its code.
    if {one.head.tube_id for one in told} & {other.known.tube_id for other in others} - rows.keys():
        raise _ChangedMeanwhile
    people = {member.person_id for one in told for member in one.members if member.person_id is not None}
    samples = await tubes.samples_of(connection, list(rows.values()))
    members: dict[UUID, tuple[TubeHead, bool, dict[UUID, Member]]] = {
        tube_id: (row.head, row.is_open, {one.sample_id: one.member for one in samples.get(tube_id, ())})
        for tube_id, row in rows.items()
    }
    return Admission(
        tubes=members,
        others=others,
        results=await tubes.results_of_codes(connection, codes) if codes else (),
        claims=await tubes.claims_of(connection, people),
    )


async def _write(
    connection: Connection, admission: Admission, rows: dict[UUID, TubeRow], now: datetime
) -> None:
    changed = [one for one in admission.tubes.values() if one.is_new or one.added]
    if not changed:
        return
    today = day_of(now)
    opened = [one for one in changed if one.is_new]
    if opened and not await tubes.insert_tubes(connection, opened, received_at=now, stored_on=today):
        raise _ChangedMeanwhile
    if admission.claims and not await tubes.claim_people(connection, list(admission.claims.values())):
        raise _ChangedMeanwhile
    grown = {one.head.tube_id: len(one.members) for one in changed if not one.is_new}
    if grown:
        await tubes.count_members(connection, grown)
    samples = [
        sample
        for one in changed
        for sample in _samples_of(one, today if one.is_new else rows[one.head.tube_id].stored_on)
    ]
    await tubes.insert_samples(connection, samples, received_at=now)
    await count_tubes(connection, [_counted(one, rows.get(one.head.tube_id)) for one in changed])
    await tubes.look_again(connection, "tube", sorted(str(one.head.tube_id) for one in opened))
    outcome = await settle_tubes(connection, [one.head.tube_id for one in changed], now=now)
    pool_ids = outcome.pool_ids | await pools_of(connection, outcome.singles, ())
    events = [*outcome.events, *await settle_pools(connection, pool_ids, now=now)]
    points = {one.head.tube_id: one.head.point for one in changed}
    taken = [one.member.taken(one.sample_id, points[one.tube_id]) for one in samples]
    await settle_samples(connection, taken, now=now)
    await outbox.put(connection, events, now=now)


def _counted(tube: AdmittedTube, row: TubeRow | None) -> Change:
    """Return what a campaign counts of a tube that is new, or has got further members."""
    if row is None:
        return None, opened_tube(tube.head, len(tube.members))
    return before_settling(row), before_settling(row, len(tube.members))


def _samples_of(tube: AdmittedTube, stored_on: date) -> list[NewSample]:
    known = len(tube.members) - len(tube.added)
    return [
        NewSample(sample_id, tube.head.tube_id, stored_on, known + place, member, recorded_at)
        for place, (sample_id, (member, recorded_at)) in enumerate(tube.added.items(), start=1)
    ]
