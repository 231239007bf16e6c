"""The rows of due tests: asked for, dropped, opened, listed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.due.asking import Ask, Concerned, Drop, Source
from services.testing.storage.listing import Window
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import SubjectKind

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "due_tests.sql")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A test that was taken back."""

    due_id: UUID
    division: str
    at_once: bool
    dropped_at: datetime
    was_open: bool
    """Whether a clock was running for it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A test that was asked for, and since when it is dropped; None while it stands."""

    source: Source
    division: str
    dropped_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenedTest:
    """A test whose last day has begun."""

    due_id: UUID
    source: str
    division: str
    category: str
    subject_kind: SubjectKind
    due_on: date


@dataclass(frozen=True, slots=True)
class Looks:
    """Tests to be held against samples, once all transactions that began before `horizon` have ended."""

    look_ids: list[int]
    subject_ids: set[UUID]
    line_ids: list[UUID]
    horizon: int


@dataclass(frozen=True, slots=True)
class DueLine:
    """A line of a due list."""

    id: UUID
    source: Source
    division: str
    category: str
    kind: str | None
    subject_kind: SubjectKind
    subject_id: UUID | None
    code: str | None
    place: str | None
    reference: str | None
    wanted: int
    done: int
    at_once: bool
    from_on: date
    due_on: date
    until_on: date | None
    settled_at: datetime | None
    sample_id: UUID | None
    point: str | None


@dataclass(frozen=True, slots=True)
class PointSum:
    """How much of a category is due at a point on a day; the point is None where none serves."""

    point: str | None
    category: str
    due: int
    done: int
    overdue: int


@dataclass(frozen=True, slots=True)
class DueFigures:
    """How many tests are open."""

    open: int
    overdue: int
    at_once: int


async def divisions_of(connection: Connection, due_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the division of each of these tests that is on record."""
    rows = await QUERIES.fetch(connection, "divisions_of_tests", due_ids=sorted(due_ids))
    return {row["due_id"]: row["division"] for row in rows}


async def ask(connection: Connection, asks: Sequence[Ask], received_at: datetime) -> set[UUID]:
    """Store tests that are asked for, each once; return those that stand and are new or asked for anew."""
    rows = await QUERIES.fetch(
        connection,
        "ask_tests",
        due_ids=[one.due_id for one in asks],
        sources=[one.source for one in asks],
        divisions=[one.division for one in asks],
        told_ats=[one.told_at for one in asks],
        series=[one.series for one in asks],
        categories=[one.category for one in asks],
        kinds=[one.kind for one in asks],
        subject_kinds=[one.subject_kind for one in asks],
        subject_ids=[one.subject_id for one in asks],
        places=[one.place for one in asks],
        references=[one.reference for one in asks],
        wanted=[one.wanted for one in asks],
        at_once=[one.at_once for one in asks],
        from_ons=[one.from_on for one in asks],
        due_ons=[one.due_on for one in asks],
        until_ons=[one.until_on for one in asks],
        received_at=received_at,
    )
    return {row["due_id"] for row in rows if row["stands"]}


async def drop(connection: Connection, drops: Sequence[Drop], received_at: datetime) -> list[Dropped]:
    """Take tests back, each once; return those that this changed."""
    rows = await QUERIES.fetch(
        connection,
        "drop_tests",
        due_ids=[one.due_id for one in drops],
        sources=[one.source for one in drops],
        divisions=[one.division for one in drops],
        dropped_ats=[one.dropped_at for one in drops],
        received_at=received_at,
    )
    return [Dropped(**row) for row in rows]


async def lock_series(connection: Connection, series: Iterable[UUID]) -> None:
    """Let nobody else ask for or drop these series until the transaction ends."""
    await QUERIES.execute(connection, "lock_series", series=list(series))


async def dropped_series(connection: Connection, series: Iterable[UUID]) -> Mapping[UUID, datetime]:
    """Return which of the series were dropped as a whole, and when."""
    rows = await QUERIES.fetch(connection, "dropped_series", series=list(series))
    return {row["series"]: row["dropped_at"] for row in rows}


async def drop_series(connection: Connection, series: UUID, dropped_at: datetime) -> list[Drop]:
    """Keep that a series is not asked for any more, and return what stands of it as drops."""
    await QUERIES.execute(connection, "drop_series", series=series, dropped_at=dropped_at)
    rows = await QUERIES.fetch(connection, "tests_of_series", series=series)
    return [Drop(row["due_id"], Source(row["source"]), row["division"], dropped_at) for row in rows]


async def mark_opened(connection: Connection, due_ids: Sequence[UUID], now: datetime) -> None:
    """Note that a clock was started for tests."""
    await QUERIES.execute(connection, "mark_opened", due_ids=list(due_ids), now=now)


async def claim_due_days(
    connection: Connection, today: date, *, now: datetime, most: int
) -> list[OpenedTest]:
    """Mark tests of their own clock opened whose last day has begun, and return them."""
    rows = await QUERIES.fetch(connection, "claim_due_days", today=today, now=now, most=most)
    return [
        OpenedTest(
            row["due_id"],
            row["source"],
            row["division"],
            row["category"],
            SubjectKind(row["subject_kind"]),
            row["due_on"],
        )
        for row in rows
    ]


async def looks(connection: Connection, most: int) -> Looks | None:
    """Return tests that must be held against samples, the first asked for first; None without any."""
    rows = await QUERIES.fetch(connection, "looks", most=most)
    if not rows:
        return None
    return Looks(
        look_ids=[row["look_id"] for row in rows],
        subject_ids={row["subject_id"] for row in rows if row["subject_id"] is not None},
        line_ids=[row["due_id"] for row in rows if row["subject_id"] is None],
        horizon=rows[0]["horizon"],
    )


async def has_passed(connection: Connection, horizon: int) -> bool:
    """Tell whether every transaction that had begun at the mark has ended."""
    return bool(await QUERIES.fetchval(connection, "has_passed", horizon=horizon))


async def forget_looks(connection: Connection, look_ids: Sequence[int]) -> None:
    """Forget what was looked at."""
    await QUERIES.execute(connection, "forget_looks", look_ids=list(look_ids))


def _line(row: Record) -> DueLine:
    return DueLine(
        id=row["due_id"],
        source=Source(row["source"]),
        division=row["division"],
        category=row["category"],
        kind=row["kind"],
        subject_kind=SubjectKind(row["subject_kind"]),
        subject_id=row["subject_id"],
        code=row["code"],
        place=row["place"],
        reference=row["reference"],
        wanted=row["wanted"],
        done=row["done"],
        at_once=row["at_once"],
        from_on=row["from_on"],
        due_on=row["due_on"],
        until_on=row["until_on"],
        settled_at=row["settled_at"],
        sample_id=row["sample_id"],
        point=row["point"],
    )


async def lock(connection: Connection, due_id: UUID, bounds: tuple[str, str]) -> Asked | None:
    """Lock a test of a subtree that was asked for, dropped or not; None when it never was."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "lock_due_test", due_id=due_id, low=low, high=high)
    return None if row is None else Asked(Source(row["source"]), row["division"], row["dropped_at"])


async def append_drop(
    connection: Connection, due_id: UUID, dropped_at: datetime, *, reason: str, received_from: str
) -> None:
    """Keep why a test was taken back by hand, and by whom."""
    await QUERIES.execute(
        connection,
        "append_drop",
        due_id=due_id,
        dropped_at=dropped_at,
        reason=reason,
        received_from=received_from,
    )


async def find(connection: Connection, due_id: UUID, bounds: tuple[str, str]) -> DueLine | None:
    """Return a due test of a subtree; None when there is none that stands."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_due_test", due_id=due_id, low=low, high=high)
    return None if row is None else _line(row)


async def list_due(connection: Connection, window: Window, day: date, point: str | None) -> list[DueLine]:
    """Return a window of what is due on a day, of one point or of all, in the order of division and id."""
    if point is None:
        rows = await QUERIES.fetch(connection, "due_list", day=day, **window.values())
    else:
        rows = await QUERIES.fetch(connection, "due_list_of_point", day=day, point=point, **window.values())
    return [_line(row) for row in rows]


async def summarise(connection: Connection, bounds: tuple[str, str], day: date) -> list[PointSum]:
    """Return how long the list of each point is on a day, by category."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "due_summary", low=low, high=high, day=day)
    return [PointSum(**row) for row in rows]


async def take_figures(connection: Connection, today: date) -> DueFigures:
    """Count what is open."""
    row = await QUERIES.fetchrow(connection, "take_due_figures", today=today)
    assert row is not None
    return DueFigures(**row)


async def concerned_by(connection: Connection, sample_id: UUID, day: date) -> list[Concerned]:
    """Return who is on record in the same unit or household as the person whose sample this is."""
    rows = await QUERIES.fetch(connection, "concerned_by", sample_id=sample_id, day=day)
    return [Concerned(row["subject_id"], row["division"]) for row in rows]


async def doubled_subjects(connection: Connection, due_ids: Iterable[UUID]) -> list[UUID]:
    """Return whose tests are doubles of these."""
    rows = await QUERIES.fetch(connection, "doubled_subjects", due_ids=list(due_ids))
    return [row["subject_id"] for row in rows]


async def standing(connection: Connection, due_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the due tests that are asked for, doubles included."""
    rows = await QUERIES.fetch(connection, "standing_tests", due_ids=list(due_ids))
    return {row["due_id"] for row in rows}
