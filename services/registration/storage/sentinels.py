"""The rows of the register of sentinels, how they reported, and their silences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from services.registration.rules.sentinels.sentinel import Sentinel, SentinelKind
from shared.postgres import Connection, Queries, Record
from shared.silence import Habit, Silence

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "sentinels.sql")


@dataclass(frozen=True, slots=True)
class CodeWindow:
    """Which rows a query reads in the order of division and code: those of `bounds` that follow `after`."""

    bounds: tuple[str, str]
    most: int
    after: tuple[str, str] = ("", "")

    def values(self) -> dict[str, Any]:
        """Return the parameters of a list query."""
        (low, high), (division, code) = self.bounds, self.after
        return {
            "low": low,
            "high": high,
            "after_division": division,
            "after_code": code,
            "most": self.most,
        }


@dataclass(frozen=True, slots=True)
class StoredSentinel:
    """A sentinel with the sealed words of who is in charge of it."""

    sentinel: Sentinel
    in_charge_sealed: bytes


@dataclass(frozen=True, slots=True)
class UnregisteredCode:
    """A code that reports or sales name and the register lacks."""

    code: str
    division: str
    reports: int
    sales: int
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Reported:
    """How a sentinel reported what it saw in a period."""

    reports: int
    in_time: int
    late: int
    missing: int
    """Not reported, and the time is up."""
    latest_by: timedelta | None

    @property
    def faults(self) -> int:
        """How many reports were late or are missing."""
        return self.late + self.missing


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What is needed to judge a sentinel's silence."""

    code: str
    division: str
    township: str
    usual_days_per_week: int | None
    open_since: datetime


@dataclass(frozen=True, slots=True)
class OpenSilence:
    """A silence that lasts, and whose it is."""

    code: str
    division: str
    kind: SentinelKind
    name: str
    silence: Silence
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class EndedSilence:
    """A silence that is over, and whose it was."""

    code: str
    division: str
    quiet_since: date


def _sentinel(row: Record) -> Sentinel:
    return Sentinel(
        code=row["sentinel"],
        division=row["division"],
        kind=SentinelKind(row["kind"]),
        name=row["name"],
        usual_days_per_week=row["usual_days_per_week"],
        open_since=row["open_since"],
        closed_at=row["closed_at"],
    )


def _stored(row: Record) -> StoredSentinel:
    return StoredSentinel(_sentinel(row), row["in_charge_sealed"])


def _reported(row: Record) -> Reported:
    return Reported(row["reports"], row["in_time"], row["late"], row["missing"], row["latest_by"])


async def put(
    connection: Connection,
    sentinel: Sentinel,
    in_charge_sealed: bytes,
    *,
    bounds: tuple[str, str],
    received_from: str,
) -> tuple[StoredSentinel, bool] | None:
    """Register or change a sentinel and return it, and whether it is new.

    None when a sentinel outside `bounds` has the code.
    """
    low, high = bounds
    row = await QUERIES.fetchrow(
        connection,
        "put_sentinel",
        code=sentinel.code,
        division=sentinel.division,
        township=sentinel.township,
        kind=sentinel.kind,
        called=sentinel.name,
        in_charge_sealed=in_charge_sealed,
        usual_days_per_week=sentinel.usual_days_per_week,
        now=sentinel.open_since,
        received_from=received_from,
        low=low,
        high=high,
    )
    return None if row is None else (_stored(row), row["is_new"])


async def find(
    connection: Connection, code: str, bounds: tuple[str, str], *, lock: bool = False
) -> StoredSentinel | None:
    """Return a sentinel of the subtree; None when there is none."""
    low, high = bounds
    query = "lock_sentinel" if lock else "find_sentinel"
    row = await QUERIES.fetchrow(connection, query, code=code, low=low, high=high)
    return None if row is None else _stored(row)


async def close(
    connection: Connection, code: str, closed_at: datetime, *, now: datetime, received_from: str
) -> None:
    """Close a sentinel."""
    await QUERIES.execute(
        connection, "close_sentinel", code=code, closed_at=closed_at, now=now, received_from=received_from
    )


async def of_codes(connection: Connection, codes: Sequence[str]) -> Mapping[str, Sentinel]:
    """Return the sentinels that carry these codes, wherever they stand."""
    if not codes:
        return {}
    rows = await QUERIES.fetch(connection, "sentinels_of_codes", codes=sorted(set(codes)))
    return {row["sentinel"]: _sentinel(row) for row in rows}


async def list_page(connection: Connection, window: CodeWindow, is_open: bool | None) -> list[StoredSentinel]:
    """Return the sentinels of a window, open or closed or all, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_sentinels", is_open=is_open, **window.values())
    return [_stored(row) for row in rows]


async def unregistered(connection: Connection, window: CodeWindow) -> list[UnregisteredCode]:
    """Return the codes that reports or sales of a window name and the register lacks."""
    rows = await QUERIES.fetch(connection, "unregistered_codes", **window.values())
    return [
        UnregisteredCode(
            row["sentinel"],
            row["division"],
            row["reports"],
            row["sales"],
            row["first_seen_at"],
            row["last_seen_at"],
        )
        for row in rows
    ]


async def count_reports(
    connection: Connection, sentinel: Sentinel, first: datetime, until: datetime, *, now: datetime
) -> Reported:
    """Return how a sentinel reported what it saw from `first` until before `until`."""
    row = await QUERIES.fetchrow(
        connection,
        "count_reports",
        code=sentinel.code,
        township=sentinel.township,
        first=first,
        until=until,
        now=now,
    )
    assert row is not None
    return _reported(row)


async def count_silences(
    connection: Connection, code: str, first: datetime, until: datetime
) -> tuple[int, bool]:
    """Return how many silences were noticed in a period, and whether one of them lasts."""
    row = await QUERIES.fetchrow(connection, "count_silences", code=code, first=first, until=until)
    assert row is not None
    return row["silences"], row["open"] > 0


async def rank(
    connection: Connection,
    bounds: tuple[str, str],
    period: tuple[datetime, datetime],
    after: tuple[int, str],
    most: int,
    *,
    now: datetime,
) -> list[tuple[StoredSentinel, Reported]]:
    """Return sentinels that were late or owe reports of a period, the worst first.

    `after` holds the faults, below zero, and the code of the row before.
    """
    (low, high), (first, until), (after_faults, after_code) = bounds, period, after
    rows = await QUERIES.fetch(
        connection,
        "rank_sentinels",
        low=low,
        high=high,
        first=first,
        until=until,
        after_faults=after_faults,
        after_code=after_code,
        most=most,
        now=now,
    )
    return [(_stored(row), _reported(row)) for row in rows]


async def claim_to_look_at(connection: Connection, today: date, most: int) -> list[LookedAt]:
    """Return sentinels that nobody has looked at today and that nobody else gets in this transaction."""
    rows = await QUERIES.fetch(connection, "claim_sentinels_to_look_at", today=today, most=most)
    return [
        LookedAt(
            row["sentinel"], row["division"], row["township"], row["usual_days_per_week"], row["open_since"]
        )
        for row in rows
    ]


async def report_days(
    connection: Connection, codes: Sequence[str], look_back: timedelta
) -> Mapping[str, frozenset[date]]:
    """Return the days with a report of each sentinel, of the look-back up to its last one."""
    rows = await QUERIES.fetch(connection, "report_days", codes=list(codes), look_back=look_back)
    days: dict[str, set[date]] = {code: set() for code in codes}
    for row in rows:
        days[row["sentinel"]].add(row["day"])
    return {code: frozenset(found) for code, found in days.items()}


async def insert_silences(
    connection: Connection, silences: Mapping[str, Silence], noticed_at: datetime
) -> set[str]:
    """Keep silences by code and return the codes of those that had not been noticed before."""
    found = [silences[code] for code in sorted(silences)]
    rows = await QUERIES.fetch(
        connection,
        "insert_silences",
        codes=sorted(silences),
        quiet_sinces=[one.quiet_since for one in found],
        quiet_days=[one.quiet_days for one in found],
        habit_reports=[one.habit.reports for one in found],
        habit_days=[one.habit.days for one in found],
        noticed_at=noticed_at,
    )
    return {row["sentinel"] for row in rows}


async def mark_looked_at(connection: Connection, codes: Sequence[str], today: date) -> None:
    """Note that sentinels have been looked at today."""
    await QUERIES.execute(connection, "mark_looked_at", codes=list(codes), today=today)


async def end_silences(
    connection: Connection, heard: Sequence[tuple[str, str, date]], now: datetime
) -> list[EndedSilence]:
    """End the silences of sentinels that were heard; code, township and day of each report are given."""
    rows = await QUERIES.fetch(
        connection,
        "end_silences",
        codes=[code for code, _, _ in heard],
        townships=[township for _, township, _ in heard],
        days=[day for _, _, day in heard],
        now=now,
    )
    return [EndedSilence(row["sentinel"], row["division"], row["quiet_since"]) for row in rows]


async def end_silences_of_closed(connection: Connection, code: str, now: datetime) -> list[EndedSilence]:
    """End the silence, if any, of a sentinel that is closed."""
    rows = await QUERIES.fetch(connection, "end_silences_of_closed", code=code, now=now)
    return [EndedSilence(row["sentinel"], row["division"], row["quiet_since"]) for row in rows]


async def silences(connection: Connection, window: CodeWindow) -> list[OpenSilence]:
    """Return the silences that last, of a window, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_silences", **window.values())
    return [
        OpenSilence(
            row["sentinel"],
            row["division"],
            SentinelKind(row["kind"]),
            row["name"],
            Silence(row["quiet_since"], row["quiet_days"], Habit(row["habit_reports"], row["habit_days"])),
            row["noticed_at"],
        )
        for row in rows
    ]


async def reseal(connection: Connection, code: str, before: bytes, after: bytes) -> None:
    """Replace the seal of who is in charge, unless somebody changed it meanwhile."""
    await QUERIES.execute(connection, "reseal_sentinel", code=code, before=before, after=after)


async def figures(connection: Connection, now: datetime) -> Record:
    """Return how many sentinels are open and silent, and how many reports were late or are missing."""
    row = await QUERIES.fetchrow(connection, "sentinel_figures", now=now)
    assert row is not None
    return row
