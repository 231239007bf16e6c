"""Tubes, steps and results as they are told, made short; and what is known and was told afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.testing.actions.results.correct_result import correct_result
from services.testing.actions.results.store_results import store_results
from services.testing.actions.tubes.receive_steps import receive_steps
from services.testing.actions.tubes.receive_tubes import receive_tubes
from services.testing.rules.results.correction import Correction
from services.testing.rules.results.result import Registers, ResultFacts
from services.testing.rules.tubes.chain import Step, StepKind, StepTold
from services.testing.rules.tubes.tube import Member, TubeHead, TubeTold, tube_id_of
from services.testing.storage.results import NewResult
from shared.contracts import EVENTS, Event, open_envelope
from shared.contracts.testing import (
    PeopleToldToStay,
    PoolPositive,
    PoolResolved,
    PoolWithdrawn,
    SampleInconclusive,
    SamplePositive,
    SamplePositiveWithdrawn,
    SamplesNegative,
)
from shared.outbox import read_headers
from shared.postgres import Database
from shared.verdicts import RowVerdict
from shared.vocabulary import Method, Result, SubjectKind
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG

MORNING = datetime(2021, 2, 1, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai."""
NOW = MORNING + timedelta(days=3)
CDC, HOSPITAL, HEALTH_CENTRE = "500104-cdc", "500104-h01", "500104102-hc"
REGISTERS = Registers({A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, "500104"}, {CDC, HOSPITAL, HEALTH_CENTRE})
HOUR = timedelta(hours=1)
P, N, I = Result.POSITIVE, Result.NEGATIVE, Result.INCONCLUSIVE  # noqa: E741


def person(number: int) -> UUID:
    return UUID(int=number)


def a_member(number: int, at: datetime = MORNING, **changes: Any) -> Member:
    fields: dict[str, Any] = {
        "subject_kind": SubjectKind.PERSON,
        "division": A_VILLAGE,
        "sampled_at": at,
        "person_id": person(number),
        **changes,
    }
    return Member(**fields)


def a_tube(
    code: str,
    *members: int | Member,
    size: int = 10,
    at: datetime = MORNING,
    received_from: str = "key",
    **head: Any,
) -> TubeTold:
    """A tube with people by their numbers."""
    fields: dict[str, Any] = {
        "tube_id": tube_id_of("point-1", code, at),
        "code": code,
        "division": A_VILLAGE,
        "point": "point-1",
        "size": size,
        "campaign_id": None,
        "laboratory": None,
        "opened_at": at,
        **head,
    }
    taken = tuple(one if isinstance(one, Member) else a_member(one, at) for one in members)
    return TubeTold(TubeHead(**fields), taken, NOW, received_from)


def a_result(
    code: str,
    result: Result = N,
    *,
    at: datetime = MORNING + 8 * HOUR,
    institution: str = CDC,
    **changes: Any,
) -> NewResult:
    fields: dict[str, Any] = {
        "tube_code": code,
        "institution": institution,
        "division": A_VILLAGE,
        "method": Method.PCR,
        "result": result,
        "sampled_at": MORNING,
        "resulted_at": at,
        **changes,
    }
    return NewResult(ResultFacts(**fields), NOW, "key")


def a_step(kind: StepKind, code: str | None, at: datetime, **changes: Any) -> StepTold:
    fields: dict[str, Any] = {"box": None, "division": JIANSHENG, **changes}
    if kind in (StepKind.RECEIVED, StepKind.REGISTERED, StepKind.RUN):
        fields = {"institution": CDC, **fields}
    return StepTold(Step(kind, at, code, **fields), NOW, NOW, "key", "500104")


def everywhere(_: str) -> bool:
    return True


async def tell(
    database: Database, *told: TubeTold, now: datetime = NOW, registers: Registers = REGISTERS
) -> list[RowVerdict]:
    return await receive_tubes(database, told, registers=registers, reaches=everywhere, now=now)


async def step(database: Database, *told: StepTold, now: datetime = NOW) -> list[RowVerdict]:
    return [*await receive_steps(database, told, registers=REGISTERS, reaches=everywhere, now=now)]


async def find(database: Database, *results: NewResult, now: datetime = NOW) -> list[str]:
    return [stored.verdict for stored in await store_results(database, results, now=now)]


async def correct(database: Database, found: NewResult, result: Result, at: datetime) -> None:
    await correct_result(
        database,
        found.facts.sample_id,
        Correction(result, "contamination"),
        bounds=("", "~"),
        occurred_at=at,
        recorded_at=at,
        received_from="key",
        now=NOW,
    )


async def events(database: Database) -> list[Event]:
    """Everything that was told, in its order."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT headers, body FROM outbox ORDER BY id")
    return [open_envelope(read_headers(row["headers"]), row["body"], EVENTS)[1] for row in rows]


Whose = tuple[UUID, int, Result]
"""A sample's person, with the highest revision of its result."""


@dataclass
class Heard:
    """What whoever listens makes of all events: the other services, each as it does it."""

    cases: set[UUID] = field(default_factory=set[UUID])
    withdrawn: set[UUID] = field(default_factory=set[UUID])
    samples: dict[UUID, tuple[UUID, int, Result]] = field(
        default_factory=dict[UUID, tuple[UUID, int, Result]]
    )
    pools: dict[UUID, str] = field(default_factory=dict[UUID, str])
    """The pools that hold, each with its tube's code."""
    resolved: set[UUID] = field(default_factory=set[UUID])
    to_stay: dict[UUID, set[UUID]] = field(default_factory=dict[UUID, set[UUID]])

    def stays(self) -> list[tuple[str, set[UUID]]]:
        """Who is to stay because of which tube."""
        return sorted((code, self.to_stay.get(pool, set())) for pool, code in self.pools.items())

    def settled(self) -> dict[UUID, set[Result]]:
        """What holds of each person: an unclear sample says no more than none."""
        found: dict[UUID, set[Result]] = {}
        for person_id, _, result in self.samples.values():
            if result is not I:
                found.setdefault(person_id, set()).add(result)
        return found


def hear(told: Sequence[Event]) -> Heard:
    """Listen as the others do: the highest revision holds, and a withdrawal is for good."""
    heard, gone = Heard(), set[UUID]()
    for event in told:
        _hear_of_sample(heard, event)
        _hear_of_pool(heard, gone, event)
    heard.cases -= heard.withdrawn
    heard.pools = {pool: code for pool, code in heard.pools.items() if pool not in gone}
    heard.resolved -= gone
    heard.to_stay = {pool: people for pool, people in heard.to_stay.items() if pool in heard.pools}
    return heard


def _hear_of_sample(heard: Heard, event: Event) -> None:
    match event:
        case SamplePositive():
            heard.cases.add(event.sample_id)
            _keep(heard, event.sample_id, event.person_id, event.revision, P)
        case SamplePositiveWithdrawn():
            heard.withdrawn.add(event.sample_id)
            _keep(heard, event.sample_id, event.person_id, event.revision, event.result or I)
        case SampleInconclusive():
            _keep(heard, event.sample_id, event.person_id, event.revision, I)
        case SamplesNegative():
            for one in event.people:
                _keep(heard, one.sample_id, one.person_id, one.revision, N)
        case _:
            pass


def _hear_of_pool(heard: Heard, gone: set[UUID], event: Event) -> None:
    match event:
        case PoolPositive():
            heard.pools[event.pool_id] = event.tube_code
        case PoolWithdrawn():
            gone.add(event.pool_id)
        case PoolResolved():
            heard.resolved.add(event.pool_id)
        case PeopleToldToStay():
            heard.to_stay.setdefault(event.pool_id, set()).update(event.person_ids)
        case _:
            pass


def _keep(heard: Heard, sample_id: UUID, person_id: UUID | None, revision: int, result: Result) -> None:
    if person_id is None:
        return
    known = heard.samples.get(sample_id)
    if known is None or revision > known[1]:
        heard.samples[sample_id] = (person_id, revision, result)


async def state(database: Database) -> dict[str, Any]:
    """What the tables amount to, without what tells only of the order in which it came."""
    async with database.connection() as connection:
        tubes = await connection.fetch(
            "SELECT code, is_open, members, sealed_at, boxed_at, handed_over_at, arrived_at, registered_at,"
            " run_at, laboratory, flags, result, result_sample_id, result_revision, resulted_at, told_members"
            " FROM tube ORDER BY tube_id"
        )
        samples = await connection.fetch("SELECT sample_id, tube_id, person_id FROM sample ORDER BY 1")
        pools = await connection.fetch(
            "SELECT tube_code, tube_id, result, institution, resulted_at, resolved_at FROM pool"
            " WHERE withdrawn_at IS NULL ORDER BY 1, institution"
        )
        members = await connection.fetch(
            "SELECT member.tube_code, pool_member.sample_id, person_id, state, decided_by FROM pool_member"
            " JOIN pool AS member USING (pool_id) WHERE withdrawn_at IS NULL ORDER BY 1, 2"
        )
        waiting = await connection.fetch("SELECT person_id, tube_id FROM open_member ORDER BY 1")
        steps = await connection.fetchval("SELECT count(*) FROM tube_step")
    tables = {"tubes": tubes, "samples": samples, "pools": pools, "members": members, "waiting": waiting}
    return {**{name: [dict(row) for row in rows] for name, rows in tables.items()}, "steps": steps}


async def empty(database: Database) -> None:
    """Empty what a world filled; `database` is the administrator's, since the service's role may not."""
    async with database.connection() as connection:
        await connection.execute(
            "TRUNCATE tube, sample, tube_step, pool, pool_member, pooled_result, open_member, second_look,"
            " sample_result, result_key, outbox, taken_sample, due_test"
        )
