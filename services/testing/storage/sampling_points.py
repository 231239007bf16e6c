"""The rows of sampling points, and of which point each division goes to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from services.testing.rules.due.sampling_point import OpeningHours, PointKind, PointStated, Team
from services.testing.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "sampling_points.sql")


def _document(point: PointStated) -> dict[str, Any]:
    return {
        "name": point.name,
        "address": point.address,
        "hours": [
            {"weekdays": one.weekdays, "opens": one.opens.isoformat(), "closes": one.closes.isoformat()}
            for one in point.hours
        ],
        "teams": [
            {
                "code": team.code,
                "hands": team.hands,
                "trained_on": team.trained_on.isoformat() if team.trained_on else None,
            }
            for team in point.teams
        ],
    }


def _point(row: Record) -> PointStated:
    document: Mapping[str, Any] = row["document"]
    return PointStated(
        code=row["code"],
        division=row["division"],
        kind=PointKind(row["kind"]),
        name=document["name"],
        address=document["address"],
        serves=tuple(row["serves"]),
        hours=tuple(
            OpeningHours(
                tuple(one["weekdays"]), time.fromisoformat(one["opens"]), time.fromisoformat(one["closes"])
            )
            for one in document["hours"]
        ),
        teams=tuple(
            Team(
                one["code"],
                one["hands"],
                date.fromisoformat(one["trained_on"]) if one["trained_on"] else None,
            )
            for one in document["teams"]
        ),
        is_open=row["is_open"],
    )


async def lock(connection: Connection) -> None:
    """Let statements of points follow one another until the transaction ends."""
    await QUERIES.execute(connection, "lock_points")


async def find(connection: Connection, code: str) -> PointStated | None:
    """Return a point; None when there is none of that code."""
    row = await QUERIES.fetchrow(connection, "find_point", code=code)
    return None if row is None else _point(row)


async def keep(connection: Connection, point: PointStated, now: datetime) -> None:
    """Write a point whole, with what it serves."""
    await QUERIES.execute(
        connection,
        "keep_point",
        code=point.code,
        point_id=point.id,
        division=point.division,
        kind=point.kind,
        is_open=point.is_open,
        hands=point.hands,
        trained_hands=point.trained_hands,
        document=_document(point),
        now=now,
    )
    await QUERIES.execute(connection, "forget_serves", code=point.code)
    await QUERIES.execute(connection, "keep_serves", code=point.code, divisions=list(point.serves))


async def open_serves(connection: Connection) -> list[tuple[str, str]]:
    """Return every point that is open with each division that it serves."""
    return [(row["point"], row["division"]) for row in await QUERIES.fetch(connection, "open_serves")]


async def designate(connection: Connection, divisions: Sequence[str], point_of: Mapping[str, str]) -> None:
    """Write which point each of `divisions` goes to; those that `point_of` lacks go to none."""
    await QUERIES.execute(connection, "release_divisions", divisions=list(divisions))
    await QUERIES.execute(connection, "designate", divisions=list(point_of), points=list(point_of.values()))


async def list_page(connection: Connection, window: Window) -> list[PointStated]:
    """Return the points of a window, in the order of division and id."""
    return [_point(row) for row in await QUERIES.fetch(connection, "list_points", **window.values())]


async def served_divisions(connection: Connection, bounds: tuple[str, str]) -> set[str]:
    """Return the divisions of a subtree that an open point serves."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "served_divisions", low=low, high=high)
    return {row["division"] for row in rows}


async def divisions_of(connection: Connection, codes: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Return where points lie and what they serve; codes that are no point's are absent."""
    rows = await QUERIES.fetch(connection, "divisions_of_points", codes=sorted(codes))
    return {row["code"]: row["divisions"] for row in rows}
