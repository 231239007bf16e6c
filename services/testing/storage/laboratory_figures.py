"""The rows of what laboratories result: hours, durations, what is in doubt, and what was noticed of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from services.testing.rules.laboratories.suspension import Suspension
from services.testing.rules.laboratories.tally import HourTally, Tally
from services.testing.rules.laboratories.turnaround import Durations, Stage, StageOfDay
from services.testing.rules.results.result import ResultFacts
from services.testing.storage.laboratory_quality import suspension_of
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Result

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "laboratory_figures.sql")


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What a laboratory resulted on a day."""

    laboratory: str
    day: date
    results: int
    positives: int
    inconclusives: int
    corrected: int


@dataclass(frozen=True, slots=True)
class FlaggedResult:
    """A result of a time in which its laboratory was suspended."""

    sample_id: UUID
    suspension_id: UUID
    laboratory: str
    division: str
    result: Result
    resulted_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A laboratory that is looked at today."""

    code: str
    division: str
    registered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody should ask a laboratory about."""

    id: UUID
    laboratory: str
    kind: str
    day: date
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A notice on record."""

    notice: Notice
    division: str
    noticed_at: datetime
    ended_at: datetime | None


async def add_tallies(connection: Connection, tally: Tally) -> list[Suspension]:
    """Keep what a transaction adds, and return the suspensions of the laboratories concerned."""
    hours, stages = tally.hours, tally.stages
    rows = await QUERIES.fetch(
        connection,
        "add_tallies",
        hour_laboratories=[one.laboratory for one in hours],
        hours=[one.hour for one in hours],
        results=[one.results for one in hours],
        positives=[one.positives for one in hours],
        inconclusives=[one.inconclusives for one in hours],
        corrected=[one.corrected for one in hours],
        stage_laboratories=[one.laboratory for one in stages],
        days=[one.day for one in stages],
        stages=[one.stage for one in stages],
        buckets=[",".join(map(str, one.counts)) for one in stages],
        counts=[",".join(map(str, one.counts.values())) for one in stages],
        laboratories=sorted(tally.laboratories()),
    )
    return [suspension_of(row) for row in rows]


async def flag(
    connection: Connection, doubtful: Sequence[tuple[ResultFacts, UUID]], received_at: datetime
) -> None:
    """Note which results are in doubt, and by which suspension."""
    await QUERIES.execute(
        connection,
        "flag_results",
        sample_ids=[facts.sample_id for facts, _ in doubtful],
        suspension_ids=[suspension_id for _, suspension_id in doubtful],
        laboratories=[facts.institution for facts, _ in doubtful],
        divisions=[facts.division for facts, _ in doubtful],
        results=[facts.result for facts, _ in doubtful],
        resulted_ats=[facts.resulted_at for facts, _ in doubtful],
        received_at=received_at,
    )


async def add_up(connection: Connection, most: int) -> int | None:
    """Add tallies to their hours and days and return how many there were; None when another process does."""
    if not await QUERIES.fetchval(connection, "try_to_add_up"):
        return None
    hours: int = await QUERIES.fetchval(connection, "add_up_hours", most=most)
    stages: int = await QUERIES.fetchval(connection, "add_up_stages", most=most)
    return max(hours, stages)


async def days_of(
    connection: Connection, codes: Sequence[str], first: datetime, until: datetime
) -> list[DayFigures]:
    """Return what laboratories resulted on each day between two instants."""
    rows = await QUERIES.fetch(connection, "days_of", codes=list(codes), first=first, until=until)
    return [
        DayFigures(
            row["laboratory"],
            row["day"],
            row["results"],
            row["positives"],
            row["inconclusives"],
            row["corrected"],
        )
        for row in rows
    ]


async def hours_of(connection: Connection, code: str, first: datetime, until: datetime) -> list[HourTally]:
    """Return what a laboratory resulted in each hour between two instants."""
    rows = await QUERIES.fetch(connection, "hours_of", code=code, first=first, until=until)
    return [
        HourTally(
            row["laboratory"],
            row["hour"],
            row["results"],
            row["positives"],
            row["inconclusives"],
            row["corrected"],
        )
        for row in rows
    ]


async def stages_of(
    connection: Connection, codes: Sequence[str], first: date, last: date
) -> list[StageOfDay]:
    """Return how long the stages took on the days of a period, by laboratory, day and stage."""
    rows = await QUERIES.fetch(connection, "stages_of", codes=list(codes), first=first, last=last)
    counts: defaultdict[tuple[str, date, Stage], dict[int, int]] = defaultdict(dict)
    for row in rows:
        counts[row["laboratory"], row["day"], Stage(row["stage"])][row["bucket"]] = row["count"]
    return [
        StageOfDay(laboratory, day, stage, Durations(found))
        for (laboratory, day, stage), found in sorted(counts.items(), key=_place)
    ]


def _place(item: tuple[tuple[str, date, Stage], object]) -> tuple[str, date, int]:
    (laboratory, day, stage), _ = item
    return laboratory, day, list(Stage).index(stage)


async def unregistered(connection: Connection) -> list[str]:
    """Return the codes of those that result and are not in the register."""
    rows = await QUERIES.fetch(connection, "unregistered_laboratories")
    return sorted(row["laboratory"] for row in rows)


async def list_flagged(
    connection: Connection,
    code: str | None,
    bounds: tuple[str, str],
    after: tuple[datetime, UUID],
    most: int,
) -> list[FlaggedResult]:
    """Return results in doubt of the subtree, of a laboratory or of all, by when they were received."""
    (low, high), (after_at, after_id) = bounds, after
    rows = await QUERIES.fetch(
        connection,
        "list_flagged",
        code=code,
        low=low,
        high=high,
        after_at=after_at,
        after_id=after_id,
        most=most,
    )
    return [_flagged(row) for row in rows]


def _flagged(row: Record) -> FlaggedResult:
    return FlaggedResult(
        row["sample_id"],
        row["suspension_id"],
        row["laboratory"],
        row["division"],
        Result(row["result"]),
        row["resulted_at"],
        row["received_at"],
    )


async def report_days(
    connection: Connection, codes: Sequence[str], look_back: timedelta
) -> dict[str, frozenset[date]]:
    """Return the days with a result of each laboratory, of the look-back up to its last one."""
    rows = await QUERIES.fetch(connection, "report_days_of", codes=list(codes), look_back=look_back)
    days: dict[str, set[date]] = {code: set() for code in codes}
    for row in rows:
        days[row["laboratory"]].add(row["day"])
    return {code: frozenset(found) for code, found in days.items()}


async def claim_for_rates(connection: Connection, today: date, most: int) -> list[LookedAt]:
    """Return laboratories whose rates nobody has looked at today."""
    rows = await QUERIES.fetch(connection, "claim_for_rates", today=today, most=most)
    return [LookedAt(row["laboratory"], row["division"]) for row in rows]


async def claim_for_silence(connection: Connection, today: date, most: int) -> list[LookedAt]:
    """Return laboratories whose silence nobody has looked at today."""
    rows = await QUERIES.fetch(connection, "claim_for_silence", today=today, most=most)
    return [LookedAt(row["laboratory"], row["division"], row["registered_at"]) for row in rows]


async def mark_rates(connection: Connection, codes: Sequence[str], today: date) -> None:
    """Note that the rates of laboratories have been looked at today."""
    await QUERIES.execute(connection, "mark_rates_looked_at", codes=list(codes), today=today)


async def mark_silence(connection: Connection, codes: Sequence[str], today: date) -> None:
    """Note that the silence of laboratories has been looked at today."""
    await QUERIES.execute(connection, "mark_silence_looked_at", codes=list(codes), today=today)


async def insert_notices(
    connection: Connection, notices: Sequence[Notice], noticed_at: datetime
) -> set[UUID]:
    """Keep notices and return the ids of those that are new; where one of a kind is open, that one stays."""
    rows = await QUERIES.fetch(
        connection,
        "insert_notices",
        notice_ids=[one.id for one in notices],
        laboratories=[one.laboratory for one in notices],
        kinds=[one.kind for one in notices],
        days=[one.day for one in notices],
        details=[orjson.dumps(one.detail).decode() for one in notices],
        noticed_at=noticed_at,
    )
    return {row["notice_id"] for row in rows}


async def days_of_open_notices(
    connection: Connection, codes: Sequence[str]
) -> Mapping[tuple[str, str], date]:
    """Return the day of each open notice of laboratories, by code and kind."""
    rows = await QUERIES.fetch(connection, "open_notices_of", codes=list(codes))
    return {(row["laboratory"], row["kind"]): row["day"] for row in rows}


async def end_notices(connection: Connection, over: Sequence[tuple[str, str]], now: datetime) -> None:
    """End the open notices of these laboratories and kinds."""
    await QUERIES.execute(
        connection,
        "end_notices",
        laboratories=[code for code, _ in over],
        kinds=[kind for _, kind in over],
        now=now,
    )


async def list_notices(
    connection: Connection,
    bounds: tuple[str, str],
    after: tuple[datetime, UUID],
    most: int,
    is_open: bool | None,
) -> list[StoredNotice]:
    """Return what was noticed of a subtree's laboratories, by when."""
    (low, high), (after_at, after_id) = bounds, after
    rows = await QUERIES.fetch(
        connection,
        "list_notices",
        low=low,
        high=high,
        after_at=after_at,
        after_id=after_id,
        most=most,
        open=is_open,
    )
    return [
        StoredNotice(
            Notice(row["notice_id"], row["laboratory"], row["kind"], row["day"], row["detail"]),
            row["division"],
            row["noticed_at"],
            row["ended_at"],
        )
        for row in rows
    ]


async def figures(connection: Connection) -> Mapping[str, int]:
    """Return how many laboratories there are and are suspended, results in doubt, tallies not added up."""
    row = await QUERIES.fetchrow(connection, "laboratory_figures")
    assert row is not None
    return {name: row[name] for name in ("laboratories", "suspended", "flagged", "tallies_waiting")}


async def open_notices(connection: Connection) -> Mapping[str, int]:
    """Return how many notices of each kind are open."""
    rows = await QUERIES.fetch(connection, "open_notices")
    return {row["kind"]: row["notices"] for row in rows}
