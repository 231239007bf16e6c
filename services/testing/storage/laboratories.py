"""The rows of the register of laboratories."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from services.testing.rules.laboratories.laboratory import Laboratory, LaboratoryFacts
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "laboratories.sql")
_FACTS: TypeAdapter[LaboratoryFacts] = TypeAdapter(LaboratoryFacts)


@dataclass(frozen=True, slots=True)
class LaboratoryWindow:
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
class StoredLaboratory:
    """A laboratory as it stands in the register, and since when it must not test."""

    laboratory: Laboratory
    revision: int
    registered_at: datetime
    changed_at: datetime
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What was once said of a laboratory."""

    number: int
    facts: LaboratoryFacts
    recorded_at: datetime
    received_at: datetime


def _stored(row: Record) -> StoredLaboratory:
    return StoredLaboratory(
        Laboratory(row["laboratory"], row["division"], row["kind"], _FACTS.validate_python(row["facts"])),
        row["revision"],
        row["registered_at"],
        row["changed_at"],
        row["suspended_at"],
    )


async def put(
    connection: Connection,
    laboratory: Laboratory,
    *,
    recorded_at: datetime,
    received_from: str,
    now: datetime,
) -> int | None:
    """Register or change a laboratory and return its revision; None when it stood so already."""
    facts = _FACTS.dump_python(laboratory.facts, mode="json")
    row = await QUERIES.fetchrow(
        connection,
        "put_laboratory",
        code=laboratory.code,
        division=laboratory.division,
        kind=laboratory.kind,
        tubes_per_day=laboratory.facts.tubes_per_day,
        facts=facts,
        now=now,
        received_from=received_from,
    )
    if row is None:
        return None
    await QUERIES.execute(
        connection,
        "append_laboratory_revision",
        code=laboratory.code,
        revision=row["revision"],
        facts=facts,
        recorded_at=recorded_at,
        now=now,
        received_from=received_from,
    )
    return row["revision"]


async def lock(connection: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Let what is decided about laboratories follow one another; returns the division of those registered."""
    rows = await QUERIES.fetch(connection, "lock_laboratories", codes=sorted(set(codes)))
    return {row["laboratory"]: row["division"] for row in rows}


async def divisions_of(connection: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Return the division of each of these laboratories that is registered."""
    rows = await QUERIES.fetch(connection, "divisions_of_laboratories", codes=list(codes))
    return {row["laboratory"]: row["division"] for row in rows}


async def find(connection: Connection, code: str, bounds: tuple[str, str]) -> StoredLaboratory | None:
    """Return a laboratory of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_laboratory", code=code, low=low, high=high)
    return None if row is None else _stored(row)


async def list_page(
    connection: Connection,
    window: LaboratoryWindow,
    *,
    kind: str | None = None,
    suspended: bool | None = None,
) -> list[StoredLaboratory]:
    """Return the laboratories of a window, of a kind or of all, suspended or not or both."""
    rows = await QUERIES.fetch(
        connection, "list_laboratories", kind=kind, suspended=suspended, **window.values()
    )
    return [_stored(row) for row in rows]


async def history(connection: Connection, code: str, most: int) -> list[Revision]:
    """Return what was said of a laboratory, the last first."""
    rows = await QUERIES.fetch(connection, "laboratory_history", code=code, most=most)
    return [
        Revision(
            row["revision"],
            _FACTS.validate_python(row["facts"]),
            row["recorded_at"],
            row["received_at"],
        )
        for row in rows
    ]
