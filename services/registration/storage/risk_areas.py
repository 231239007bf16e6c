"""The rows of the register of risk areas, and whom its changes touched."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.plans.risk_area import RiskArea, RiskAreaStatement
from services.registration.rules.plans.risk_level import RiskLevel, RiskPeriod
from services.registration.storage.listing import Window
from shared.areas import area_prefix
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "risk_areas.sql")

NEWEST = (date(9999, 12, 31), UUID(int=2**128 - 1))
"""Before the first row of the list, which begins with the newest."""


@dataclass(frozen=True, slots=True)
class RiskAreaSaid:
    """One statement about an entry as it was kept."""

    name: str
    until: date | None
    source: str
    withdrawn_for: str | None
    recorded_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class RiskAreaChange:
    """A change of an entry: the days on which it matters, and how far judging again has come."""

    id: UUID
    risk_area_id: UUID
    area: str
    first_day: date
    last_day: date | None
    changed_at: datetime
    returns: int = 0
    plans: int = 0
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """A return whose route a change touched, and the version of the plan that followed, if one did."""

    id: UUID
    change_id: UUID
    return_id: UUID
    person_id: UUID | None
    division: str
    plan_id: UUID | None
    plan_version: int | None
    judged_at: datetime


def _held(row: Record) -> RiskArea:
    return RiskArea(
        id=row["risk_area_id"],
        division=row["division"],
        area=row["area"],
        level=RiskLevel(row["level"]),
        since=row["since"],
        name=row["name"],
        until=row["until"],
        source=row["source"],
        withdrawn_for=row["reason"],
        recorded_at=row["recorded_at"],
        received_from=row["received_from"],
    )


def risk_area_change(row: Record) -> RiskAreaChange:
    """Return the change that a query gives."""
    return RiskAreaChange(
        row["change_id"],
        *(row[name] for name in ("risk_area_id", "area", "first_day", "last_day", "changed_at")),
        *(row[name] for name in ("returns", "plans", "finished_at")),
    )


async def hold_judging(connection: Connection) -> None:
    """Wait for every judgement under way and let none begin until the transaction ends."""
    await QUERIES.fetch(connection, "hold_judging")


async def insert(connection: Connection, areas: Sequence[RiskArea], received_at: datetime) -> set[UUID]:
    """Store what is new and return its ids; the rows come in the order of their ids, each once."""
    rows = await QUERIES.fetch(
        connection,
        "insert_risk_areas",
        divisions=[held.division for held in areas],
        areas=[held.area for held in areas],
        prefixes=[area_prefix(held.area) for held in areas],
        levels=[held.level for held in areas],
        sinces=[held.since for held in areas],
        received_at=received_at,
        **_columns(areas),
    )
    return {row["risk_area_id"] for row in rows}


async def lock(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, RiskArea]:
    """Return what is known and let nobody else change it until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_risk_areas", risk_area_ids=list(ids))
    return {row["risk_area_id"]: _held(row) for row in rows}


async def update(connection: Connection, areas: Sequence[RiskArea], changed_at: datetime) -> None:
    """Write what holds now."""
    await QUERIES.execute(connection, "update_risk_areas", received_at=changed_at, **_columns(areas))


def _columns(areas: Sequence[RiskArea]) -> dict[str, Sequence[object]]:
    return {
        "risk_area_ids": [held.id for held in areas],
        "names": [held.name for held in areas],
        "untils": [held.until for held in areas],
        "sources": [held.source for held in areas],
        "recorded_ats": [held.recorded_at for held in areas],
        "received_froms": [held.received_from for held in areas],
        "reasons": [held.withdrawn_for for held in areas],
    }


async def append(
    connection: Connection, statements: Sequence[RiskAreaStatement], received_at: datetime
) -> set[UUID]:
    """Keep statements and return the ids of those that had not been made before."""
    rows = await QUERIES.fetch(
        connection,
        "append_risk_area_statements",
        risk_area_ids=[said.id for said in statements],
        statement_ids=[said.statement_id for said in statements],
        names=[said.name for said in statements],
        untils=[said.until for said in statements],
        sources=[said.source for said in statements],
        reasons=[said.withdrawn_for for said in statements],
        recorded_ats=[said.recorded_at for said in statements],
        received_froms=[said.received_from for said in statements],
        received_at=received_at,
    )
    return {row["statement_id"] for row in rows}


async def note_changes(connection: Connection, changes: Sequence[RiskAreaChange], *, now: datetime) -> None:
    """Put changes on the list of what is to be judged again."""
    await QUERIES.execute(
        connection,
        "insert_risk_area_changes",
        change_ids=[change.id for change in changes],
        risk_area_ids=[change.risk_area_id for change in changes],
        areas=[change.area for change in changes],
        first_days=[change.first_day for change in changes],
        last_days=[change.last_day for change in changes],
        changed_at=now,
        before_all=UUID(int=0),
    )


async def find(connection: Connection, risk_area_id: UUID) -> RiskArea | None:
    """Return what holds of an entry; None when there is none."""
    row = await QUERIES.fetchrow(connection, "find_risk_area", risk_area_id=risk_area_id)
    return None if row is None else _held(row)


async def statements_of(connection: Connection, risk_area_id: UUID) -> list[RiskAreaSaid]:
    """Return everything that was said of an entry, in the order in which it was entered."""
    rows = await QUERIES.fetch(connection, "risk_area_statements", risk_area_id=risk_area_id)
    return [
        RiskAreaSaid(
            *(row[name] for name in ("name", "until", "source", "reason", "recorded_at", "received_at"))
        )
        for row in rows
    ]


async def changes_of(connection: Connection, risk_area_id: UUID) -> list[RiskAreaChange]:
    """Return the changes of an entry, the first one first."""
    rows = await QUERIES.fetch(connection, "risk_area_changes", risk_area_id=risk_area_id)
    return [risk_area_change(row) for row in rows]


async def list_page(
    connection: Connection,
    *,
    before: tuple[date, UUID] | None,
    most: int,
    level: RiskLevel | None,
    day: date | None,
) -> list[RiskArea]:
    """Return entries, the newest first; with `day` only those that stand on it."""
    before_day, before_id = before or NEWEST
    rows = await QUERIES.fetch(
        connection,
        "list_risk_areas",
        before_day=before_day,
        before_id=before_id,
        most=most,
        level=level,
        day=day,
    )
    return [_held(row) for row in rows]


async def periods_touching(
    connection: Connection, areas: Collection[str]
) -> Mapping[str, list[tuple[UUID, RiskPeriod]]]:
    """Return for each area, by its code, the entries that hold it and those that lie in it."""
    found: defaultdict[str, list[tuple[UUID, RiskPeriod]]] = defaultdict(list)
    if not areas:
        return found
    codes = sorted(areas)
    rows = await QUERIES.fetch(
        connection, "periods_touching", areas=codes, prefixes=[area_prefix(code) for code in codes]
    )
    for row in rows:
        period = RiskPeriod(row["area"], RiskLevel(row["level"]), row["since"], row["until"], row["source"])
        found[row["place"]].append((row["risk_area_id"], period))
    return found


async def list_touched(connection: Connection, risk_area_id: UUID, window: Window) -> list[Touched]:
    """Return whom the changes of an entry touched, in the order of division and id, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_touched", risk_area_id=risk_area_id, **window.values())
    return [
        Touched(
            row["touched_id"],
            *(row[name] for name in ("change_id", "return_id", "person_id", "division", "plan_id")),
            *(row[name] for name in ("plan_version", "judged_at")),
        )
        for row in rows
    ]
