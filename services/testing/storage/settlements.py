"""The rows that settle due tests: swabs, the tests of named subjects, and lines that count."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from asyncpg import UniqueViolationError

from services.testing.rules.due.settlement import Owed, Swab, Taken
from shared.day_count import begins_at, day_of
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "settlements.sql")
_COLUMNS = (
    *("subject_id", "sampled_at", "sample_id", "division", "category", "place"),
    *("due_id", "revision", "stands"),
)


@dataclass(frozen=True, slots=True)
class HeldTest:
    """A due test that is being settled, or a line of several."""

    due_id: UUID
    source: str
    series: UUID
    division: str
    at_once: bool
    opened_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class NamedTest(HeldTest):
    """A due test of a named subject."""

    subject_id: UUID
    owed: Owed
    sample_id: UUID | None
    told_at: datetime
    category: str
    kind: str | None
    reference: str | None
    double_of: UUID | None
    """The test that asks the same of the same person, while there is one."""


@dataclass(frozen=True, slots=True)
class Line(HeldTest):
    """A line of so many tests without named subjects."""

    wanted: int
    done: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many subjects were sampled for a line, and by which sample, when, it was complete."""

    found: int
    settled_at: datetime | None
    sample_id: UUID | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What a telling of swabs changed: whose they are, and those that say what they are for."""

    subjects: set[UUID]
    purposeful: list[Taken]


async def keep_samples(connection: Connection, taken: Sequence[Taken]) -> Kept:
    """Keep swabs, in their order, each once; return what was new about them.

    They are copied as if all were new, at half the price; when one is not, each is looked at.
    """
    try:
        async with connection.transaction():
            await connection.copy_records_to_table(
                "taken_sample", columns=_COLUMNS, records=[_record(one) for one in taken]
            )
    except UniqueViolationError:
        return await _keep_each(connection, taken)
    return Kept(
        {one.subject_id or one.sample_id for one in taken},
        [one for one in taken if one.category is not None or one.due_id is not None],
    )


def _record(one: Taken) -> tuple[object, ...]:
    subject_id = one.subject_id or one.sample_id
    return (
        *(subject_id, one.sampled_at, one.sample_id, one.division, one.category, one.place),
        *(one.due_id, one.revision, one.stands),
    )


async def _keep_each(connection: Connection, taken: Sequence[Taken]) -> Kept:
    rows = await QUERIES.fetch(
        connection,
        "keep_samples",
        subject_ids=[one.subject_id or one.sample_id for one in taken],
        sampled_ats=[one.sampled_at for one in taken],
        sample_ids=[one.sample_id for one in taken],
        divisions=[one.division for one in taken],
        categories=[one.category for one in taken],
        places=[one.place for one in taken],
        due_ids=[one.due_id for one in taken],
        revisions=[one.revision for one in taken],
        stand=[one.stands for one in taken],
    )
    return Kept(
        {row["subject_id"] for row in rows},
        [
            Taken(
                sample_id=row["sample_id"],
                sampled_at=row["sampled_at"],
                division=row["division"],
                subject_id=row["subject_id"],
                category=row["category"],
                place=row["place"],
                due_id=row["due_id"],
            )
            for row in rows
            if row["category"] is not None or row["due_id"] is not None
        ],
    )


async def lock_tests_of(connection: Connection, subject_ids: Iterable[UUID], since: date) -> list[NamedTest]:
    """Return the due tests of subjects that may change, and keep them for this transaction."""
    rows = await QUERIES.fetch(connection, "lock_tests_of", subject_ids=list(subject_ids), since=since)
    return [
        NamedTest(
            due_id=row["due_id"],
            source=row["source"],
            series=row["series"],
            division=row["division"],
            at_once=row["at_once"],
            opened_at=row["opened_at"],
            settled_at=row["settled_at"],
            subject_id=row["subject_id"],
            owed=Owed(row["due_id"], row["series"], row["from_on"], row["due_on"], row["until_on"]),
            sample_id=row["sample_id"],
            told_at=row["told_at"],
            category=row["category"],
            kind=row["kind"],
            reference=row["reference"],
            double_of=row["double_of"],
        )
        for row in rows
    ]


async def write_doubles(connection: Connection, doubles: Sequence[tuple[UUID, UUID | None]]) -> None:
    """Write of which test each is a double; None for one that is due by itself."""
    await QUERIES.execute(
        connection,
        "write_doubles",
        due_ids=[due_id for due_id, _ in doubles],
        doubles_of=[of for _, of in doubles],
    )


async def swabs_of(
    connection: Connection, subject_ids: Iterable[UUID], since: date
) -> Mapping[UUID, Sequence[Swab]]:
    """Return the swabs of subjects that stand, from a day on."""
    rows = await QUERIES.fetch(connection, "swabs_of", subject_ids=list(subject_ids), since=begins_at(since))
    found: defaultdict[UUID, list[Swab]] = defaultdict(list)
    for row in rows:
        found[row["subject_id"]].append(Swab(row["sampled_at"], row["sample_id"], row["due_id"]))
    return found


async def settle_tests(connection: Connection, settled: Sequence[tuple[UUID, Swab | None]]) -> None:
    """Write by which sample each test is settled; None opens it again."""
    await QUERIES.execute(
        connection,
        "settle_tests",
        due_ids=[due_id for due_id, _ in settled],
        settled_ats=[swab and swab.sampled_at for _, swab in settled],
        settled_ons=[swab and day_of(swab.sampled_at) for _, swab in settled],
        sample_ids=[swab and swab.sample_id for _, swab in settled],
    )


async def lines_for(connection: Connection, taken: Sequence[Taken]) -> list[UUID]:
    """Return the lines that swabs may count for, by their mark or by unit and category."""
    if not taken:
        return []
    marked = [one.due_id for one in taken if one.due_id is not None]
    counted = [one for one in taken if one.category is not None and one.due_id is None]
    rows = await QUERIES.fetch(
        connection,
        "lines_for",
        due_ids=marked,
        divisions=[one.division for one in counted],
        kinds=[one.category for one in counted],
        places=[one.place for one in counted],
        days=[day_of(one.sampled_at) for one in counted],
    )
    return [row["due_id"] for row in rows]


async def sampled_lines(connection: Connection, due_ids: Sequence[UUID], since: date) -> list[UUID]:
    """Return those of the lines for which something was counted before, or may be now."""
    rows = await QUERIES.fetch(connection, "sampled_lines", due_ids=list(due_ids), since=begins_at(since))
    return [row["due_id"] for row in rows]


async def lock_lines(connection: Connection, due_ids: Sequence[UUID], since: date) -> list[Line]:
    """Return lines whose window begins on a day or later, and keep them for this transaction."""
    rows = await QUERIES.fetch(connection, "lock_lines", due_ids=list(due_ids), since=since)
    return [
        Line(
            due_id=row["due_id"],
            source=row["source"],
            series=row["series"],
            division=row["division"],
            at_once=row["at_once"],
            opened_at=row["opened_at"],
            settled_at=row["settled_at"],
            wanted=row["wanted"],
            done=row["done"],
        )
        for row in rows
    ]


async def count_lines(connection: Connection, due_ids: Sequence[UUID]) -> Mapping[UUID, Counted]:
    """Return what was sampled for each line."""
    rows = await QUERIES.fetch(connection, "count_lines", due_ids=list(due_ids))
    return {row["due_id"]: Counted(row["found"], row["settled_at"], row["sample_id"]) for row in rows}


async def settle_lines(connection: Connection, counted: Sequence[tuple[Line, Counted]]) -> None:
    """Write how many of each line are done, and whether it is complete."""
    await QUERIES.execute(
        connection,
        "settle_lines",
        due_ids=[line.due_id for line, _ in counted],
        done=[min(found.found, line.wanted) for line, found in counted],
        settled_ats=[found.settled_at for _, found in counted],
        settled_ons=[found.settled_at and day_of(found.settled_at) for _, found in counted],
        sample_ids=[found.sample_id for _, found in counted],
    )


async def keep_weeks(
    connection: Connection, first_at: datetime, last_at: datetime, forget_before: datetime
) -> int:
    """Make the tables of weeks that have none, drop those that are forgotten; return how many changed."""
    changed = await QUERIES.fetchval(
        connection,
        "keep_taken_weeks",
        first_at=first_at,
        last_at=last_at,
        forget_before=forget_before,
    )
    return int(changed)
