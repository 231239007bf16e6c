"""The rows of tubes and of the samples in them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast
from uuid import UUID

from services.testing.rules.tubes.admission import STALE_AFTER, AdmittedTube, Claim, OtherTube
from services.testing.rules.tubes.chain import Flag, KnownTube, StepKind
from services.testing.rules.tubes.holder import ResultSeen
from services.testing.rules.tubes.telling import Told
from services.testing.rules.tubes.tube import Member, TubeHead
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Method, Result, SubjectKind

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "tubes.sql")

COLUMN_OF_STEP: Mapping[StepKind, str] = {
    StepKind.SEALED: "sealed_at",
    StepKind.BOXED: "boxed_at",
    StepKind.HANDED_OVER: "handed_over_at",
    StepKind.RECEIVED: "arrived_at",
    StepKind.REGISTERED: "registered_at",
    StepKind.RUN: "run_at",
}


@dataclass(frozen=True, slots=True)
class TubeRow:
    """A tube as it is on record, with what follows from its steps and results."""

    head: TubeHead
    opened_by: str
    recorded_at: datetime
    received_at: datetime
    stored_on: date
    is_open: bool
    members: int
    first: Mapping[StepKind, datetime]
    laboratory: str | None
    flags: frozenset[Flag]
    told: Told
    result_revision: int | None
    resulted_at: datetime | None

    @property
    def known(self) -> KnownTube:
        """What decides which steps and results are of it."""
        return KnownTube(self.head.tube_id, self.head.code, self.head.division, self.head.opened_at)


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A sample in a tube as it is on record."""

    sample_id: UUID
    tube_id: UUID
    number: int
    member: Member
    recorded_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class NewSample:
    """A sample that is to be stored."""

    sample_id: UUID
    tube_id: UUID
    stored_on: date
    number: int
    member: Member
    recorded_at: datetime


_KINDS: Mapping[str, SubjectKind] = {kind.value: kind for kind in SubjectKind}


def _tube(row: Record) -> TubeRow:
    head = TubeHead(
        tube_id=row["tube_id"],
        code=row["code"],
        division=row["division"],
        point=row["point"],
        size=row["size"],
        campaign_id=row["campaign_id"],
        laboratory=row["planned_laboratory"],
        opened_at=row["opened_at"],
    )
    result = None if row["result"] is None else Result(row["result"])
    return TubeRow(
        head=head,
        opened_by=row["opened_by"],
        recorded_at=row["recorded_at"],
        received_at=row["received_at"],
        stored_on=row["stored_on"],
        is_open=row["is_open"],
        members=row["members"],
        first={kind: row[column] for kind, column in COLUMN_OF_STEP.items() if row[column] is not None},
        laboratory=row["laboratory"],
        flags=frozenset(Flag(flag) for flag in row["flags"]),
        told=Told(row["result_sample_id"], result, row["told_members"], row["told_revision"]),
        result_revision=row["result_revision"],
        resulted_at=row["resulted_at"],
    )


def _sample(row: Record) -> SampleRow:
    member = Member(
        subject_kind=_KINDS[row["subject_kind"]],
        division=row["division"],
        sampled_at=row["sampled_at"],
        person_id=row["person_id"],
        object_id=row["object_id"],
        category=row["category"],
        plan_id=row["plan_id"],
        case_id=row["case_id"],
        due_id=row["due_id"],
        campaign_id=row["campaign_id"],
        retest_of=row["retest_of"],
        reported_at=row["reported_at"],
        position=row["position"],
    )
    return SampleRow(
        row["sample_id"], row["tube_id"], row["number"], member, row["recorded_at"], row["received_at"]
    )


async def lock_tubes(connection: Connection, tube_ids: Sequence[UUID]) -> dict[UUID, TubeRow]:
    """Return the tubes that are known, and keep them for this transaction."""
    if not tube_ids:
        return {}
    rows = await QUERIES.fetch(connection, "lock_tubes", tube_ids=list(tube_ids))
    return {row["tube_id"]: _tube(row) for row in rows}


async def read_tube(connection: Connection, tube_id: UUID) -> TubeRow | None:
    """Return a tube, or None."""
    row = await QUERIES.fetchrow(connection, "read_tubes", tube_ids=[tube_id])
    return None if row is None else _tube(row)


async def list_tubes(
    connection: Connection,
    bounds: tuple[str, str],
    *,
    code: str | None,
    is_open: bool | None,
    flagged: bool,
    before: tuple[datetime, UUID],
    most: int,
) -> Sequence[TubeRow]:
    """Return a page of a subtree's tubes, the latest first."""
    low, high = bounds
    rows = await QUERIES.fetch(
        connection,
        "list_tubes",
        low=low,
        high=high,
        code=code,
        is_open=is_open,
        flagged=flagged,
        before_at=before[0],
        before_id=before[1],
        most=most,
    )
    return [_tube(row) for row in rows]


async def tubes_of_codes(connection: Connection, codes: Sequence[str]) -> Mapping[str, list[OtherTube]]:
    """Return all tubes that ever had one of the codes, by code."""
    found: defaultdict[str, list[OtherTube]] = defaultdict(list)
    for row in await QUERIES.fetch(connection, "tubes_of_codes", codes=list(codes)):
        known = KnownTube(row["tube_id"], row["code"], row["division"], row["opened_at"])
        found[row["code"]].append(OtherTube(known, row["resulted_at"]))
    return found


async def insert_tubes(
    connection: Connection,
    opened: Sequence[AdmittedTube],
    *,
    received_at: datetime,
    stored_on: date,
) -> bool:
    """Open tubes; False when somebody else has opened one of them, or one of its code, meanwhile."""
    ordered = sorted(opened, key=lambda one: (one.head.code, one.head.tube_id))
    heads = [one.head for one in ordered]
    rows = await QUERIES.fetch(
        connection,
        "insert_tubes",
        tube_ids=[head.tube_id for head in heads],
        codes=[head.code for head in heads],
        divisions=[head.division for head in heads],
        points=[head.point for head in heads],
        sizes=[head.size for head in heads],
        campaign_ids=[head.campaign_id for head in heads],
        laboratories=[head.laboratory for head in heads],
        opened_ats=[head.opened_at for head in heads],
        opened_bys=[one.first_told.received_from for one in ordered],
        recorded_ats=[one.first_told.recorded_at for one in ordered],
        are_open=[one.is_open for one in ordered],
        members=[len(one.members) for one in ordered],
        received_at=received_at,
        stored_on=stored_on,
    )
    return len(rows) == len(opened)


async def count_members(connection: Connection, members: Mapping[UUID, int]) -> None:
    """Write how many members tubes have that are locked."""
    await QUERIES.execute(connection, "count_members", tube_ids=list(members), members=list(members.values()))


async def insert_samples(
    connection: Connection, samples: Sequence[NewSample], *, received_at: datetime
) -> None:
    """Put samples into tubes that are locked or new."""
    members = [one.member for one in samples]
    await QUERIES.execute(
        connection,
        "insert_samples",
        sample_ids=[one.sample_id for one in samples],
        stored_ons=[one.stored_on for one in samples],
        tube_ids=[one.tube_id for one in samples],
        numbers=[one.number for one in samples],
        subject_kinds=[member.subject_kind for member in members],
        person_ids=[member.person_id for member in members],
        object_ids=[member.object_id for member in members],
        divisions=[member.division for member in members],
        categories=[member.category for member in members],
        plan_ids=[member.plan_id for member in members],
        case_ids=[member.case_id for member in members],
        due_ids=[member.due_id for member in members],
        campaign_ids=[member.campaign_id for member in members],
        retests=[member.retest_of for member in members],
        reported_ats=[member.reported_at for member in members],
        sampled_ats=[member.sampled_at for member in members],
        positions=[member.position for member in members],
        recorded_ats=[one.recorded_at for one in samples],
        received_at=received_at,
    )


async def samples_of(connection: Connection, tubes: Sequence[TubeRow]) -> Mapping[UUID, list[SampleRow]]:
    """Return the members of tubes, in the order in which they became known."""
    found: defaultdict[UUID, list[SampleRow]] = defaultdict(list)
    if tubes:
        rows = await QUERIES.fetch(
            connection,
            "samples_of_tubes",
            tube_ids=[tube.head.tube_id for tube in tubes],
            stored_ons=[tube.stored_on for tube in tubes],
        )
        for row in rows:
            found[row["tube_id"]].append(_sample(row))
    return found


async def find_sample(connection: Connection, sample_id: UUID) -> SampleRow | None:
    """Return a sample in a tube, or None."""
    row = await QUERIES.fetchrow(connection, "find_sample", sample_id=sample_id)
    return None if row is None else _sample(row)


async def results_of_codes(connection: Connection, codes: Sequence[str]) -> list[ResultSeen]:
    """Return every result that laboratories gave of the codes, as it stands."""
    found: dict[UUID, ResultSeen] = {}
    for row in await QUERIES.fetch(connection, "results_of_codes", codes=list(codes)):
        first = found.get(row["sample_id"])
        result = Result(row["result"])
        found[row["sample_id"]] = ResultSeen(
            sample_id=row["sample_id"],
            tube_code=row["tube_code"],
            institution=row["institution"],
            division=row["division"],
            method=Method(row["method"]),
            result=result,
            revision=row["revision"],
            sampled_at=row["sampled_at"],
            first_resulted_at=first.first_resulted_at if first else row["resulted_at"],
            resulted_at=row["resulted_at"],
            recorded_at=row["recorded_at"],
            person_id=row["person_id"],
            pool_size=row["pool_size"],
            was_positive=result is Result.POSITIVE or (first is not None and first.was_positive),
            doubted_at=(first and first.doubted_at)
            or (None if result is Result.NEGATIVE else row["resulted_at"]),
        )
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Settled:
    """What a tube amounts to now."""

    tube_id: UUID
    members: int
    first: Mapping[StepKind, datetime]
    laboratory: str | None
    flags: frozenset[Flag]
    holder: ResultSeen | None
    told_members: int
    told_revision: int


async def update_tubes(connection: Connection, settled: Sequence[Settled]) -> None:
    """Write what tubes amount to; they are locked."""
    holders = [one.holder for one in settled]
    await QUERIES.execute(
        connection,
        "update_tubes",
        tube_ids=[one.tube_id for one in settled],
        members=[one.members for one in settled],
        sealed=[one.first.get(StepKind.SEALED) for one in settled],
        boxed=[one.first.get(StepKind.BOXED) for one in settled],
        handed_over=[one.first.get(StepKind.HANDED_OVER) for one in settled],
        arrived=[one.first.get(StepKind.RECEIVED) for one in settled],
        registered=[one.first.get(StepKind.REGISTERED) for one in settled],
        run=[one.first.get(StepKind.RUN) for one in settled],
        laboratories=[one.laboratory for one in settled],
        flags=[" ".join(sorted(one.flags)) for one in settled],
        result_ids=[holder and holder.sample_id for holder in holders],
        results=[holder and holder.result for holder in holders],
        revisions=[holder and holder.revision for holder in holders],
        resulted=[holder and holder.first_resulted_at for holder in holders],
        told_members=[one.told_members for one in settled],
        told_revisions=[one.told_revision for one in settled],
    )
    closed = [one.tube_id for one in settled if one.holder is not None]
    if closed:
        await QUERIES.execute(connection, "close_tubes", tube_ids=closed)


async def claim_people(connection: Connection, claims: Sequence[Claim]) -> bool:
    """Enter people as members of open tubes; False when one of them was put into another meanwhile."""
    rows = await QUERIES.fetch(
        connection,
        "claim_people",
        person_ids=[claim.person_id for claim in claims],
        tube_ids=[claim.tube_id for claim in claims],
        opened_ats=[claim.opened_at for claim in claims],
        stale_after=STALE_AFTER,
    )
    return len(rows) == len(claims)


async def claims_of(connection: Connection, person_ids: Collection[UUID]) -> list[Claim]:
    """Return who of these people is in an open tube."""
    if not person_ids:
        return []
    rows = await QUERIES.fetch(connection, "claims_of", person_ids=list(person_ids))
    return [Claim(row["person_id"], row["tube_id"], row["opened_at"]) for row in rows]


async def keep_weeks(connection: Connection, first_at: datetime, last_at: datetime) -> int:
    """Make the tables of the weeks between two instants that have none yet, and return how many."""
    made = await QUERIES.fetchval(connection, "keep_weeks", first_at=first_at, last_at=last_at)
    return cast("int", made)


async def look_again(connection: Connection, what: str, keys: Sequence[str]) -> None:
    """Have tubes, boxes or pools worked out once more when nobody is under way who cannot see them yet."""
    if keys:
        await QUERIES.execute(connection, "look_again", whats=[what] * len(keys), keys=list(keys))


async def take_second_looks(connection: Connection, most: int) -> Mapping[str, list[str]]:
    """Take what is to be looked at again now, by what it is."""
    await QUERIES.execute(connection, "date_second_looks")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in await QUERIES.fetch(connection, "take_second_looks", most=most):
        found[row["what"]].append(row["key"])
    return found
