"""The rows of residents who leave, of what destinations ask, and of whoever wants to move."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.day_count import begins_at
from services.registration.rules.movement.departure import BeforeLeaving, Departure, DepartureStated, Purpose
from services.registration.rules.movement.passage import Mover
from services.registration.storage.listing import Window
from shared.areas import area_prefix
from shared.contracts import derived_id
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "movement.sql")


@dataclass(frozen=True, slots=True)
class Demand:
    """What a destination asks: how old a negative result may be at the most; None where none is asked."""

    area: str
    within_hours: int | None
    source: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Homecoming:
    """The return after a departure, and whether its route names the destination."""

    return_id: UUID
    arrived_at: datetime
    names_destination: bool


@dataclass(frozen=True, slots=True)
class FoundMover:
    """Somebody who wants to move, with the plan that counts."""

    person_id: UUID
    mover: Mover
    plan_id: UUID | None
    stage_last_day: date | None


def _demand(row: Record) -> Demand:
    return Demand(row["area"], row["within_hours"], row["source"], row["recorded_at"])


def _departure(row: Record) -> Departure:
    due_on: date | None = row["test_due_on"]
    return Departure(
        id=row["departure_id"],
        reference=row["reference"],
        division=row["division"],
        person_id=row["person_id"],
        destination=row["destination"],
        leaving_on=row["leaving_on"],
        purpose=Purpose(row["purpose"]),
        within_hours=row["within_hours"],
        recorded_at=row["recorded_at"],
        test=None if due_on is None else BeforeLeaving(row["test_from"], due_on),
        withdrawn_at=row["withdrawn_at"],
    )


async def put_demand(
    connection: Connection, demand: Demand, *, now: datetime, received_from: str
) -> tuple[Demand, bool]:
    """Keep what a destination asks and return it, and whether nothing was known of the area."""
    row = await QUERIES.fetchrow(
        connection,
        "put_demand",
        area=demand.area,
        within_hours=demand.within_hours,
        source=demand.source,
        recorded_at=demand.recorded_at,
        received_at=now,
        received_from=received_from,
    )
    assert row is not None
    return _demand(row), row["is_new"]


async def demands_of(connection: Connection, areas: Collection[str]) -> Mapping[str, Demand]:
    """Return what is asked in each of these areas where anything is known."""
    rows = await QUERIES.fetch(connection, "demands_of", areas=sorted(areas))
    return {row["area"]: _demand(row) for row in rows}


async def list_demands(connection: Connection, after: str, most: int) -> list[Demand]:
    """Return what destinations ask, in the order of their codes."""
    rows = await QUERIES.fetch(connection, "list_demands", after_area=after, most=most)
    return [_demand(row) for row in rows]


async def departures_to(connection: Connection, area: str, today: date) -> list[UUID]:
    """Return the departures that lie ahead and lead to an area or into it."""
    rows = await QUERIES.fetch(connection, "departures_to", prefix=area_prefix(area), today=today)
    return [row["departure_id"] for row in rows]


async def lock(connection: Connection, ids: Collection[UUID]) -> list[Departure]:
    """Return departures, in the order of ids, and let nobody else change them."""
    rows = await QUERIES.fetch(connection, "lock_departures", departure_ids=sorted(ids))
    return [_departure(row) for row in rows]


async def insert(connection: Connection, departure: Departure, *, now: datetime, received_from: str) -> bool:
    """Store a departure; False when it is on record already."""
    test = departure.test
    row = await QUERIES.fetchrow(
        connection,
        "insert_departure",
        departure_id=departure.id,
        division=departure.division,
        reference=departure.reference,
        person_id=departure.person_id,
        destination=departure.destination,
        leaving_on=departure.leaving_on,
        purpose=departure.purpose,
        within_hours=departure.within_hours,
        test_id=departure.test_id,
        test_from=test and test.from_on,
        test_due_on=test and test.due_on,
        recorded_at=departure.recorded_at,
        received_at=now,
        received_from=received_from,
    )
    return row is not None


async def update(connection: Connection, departures: Sequence[Departure], now: datetime) -> None:
    """Write what holds now of departures that are locked."""
    await QUERIES.execute(
        connection,
        "update_departures",
        departure_ids=[one.id for one in departures],
        destinations=[one.destination for one in departures],
        leaving_ons=[one.leaving_on for one in departures],
        purposes=[one.purpose for one in departures],
        within_hours=[one.within_hours for one in departures],
        withdrawn_ats=[one.withdrawn_at for one in departures],
        test_ids=[one.test_id for one in departures],
        test_froms=[one.test and one.test.from_on for one in departures],
        test_due_ons=[one.test and one.test.due_on for one in departures],
        recorded_ats=[one.recorded_at for one in departures],
        changed_at=now,
    )


async def append(connection: Connection, stated: DepartureStated, *, now: datetime) -> bool:
    """Keep what was said of a departure; False when exactly this had been said."""
    return await _append(
        connection, stated, stated.statement_id, stated.recorded_at, now, stated.received_from
    )


async def append_withdrawal(
    connection: Connection, held: Departure, *, now: datetime, received_from: str
) -> None:
    """Keep that a departure was withdrawn."""
    withdrawal_id = derived_id("departure-withdrawal", held.id)
    await _append(connection, held, withdrawal_id, now, now, received_from, withdrawn=True)


async def _append(
    connection: Connection,
    stated: DepartureStated | Departure,
    statement_id: UUID,
    recorded_at: datetime,
    now: datetime,
    received_from: str,
    *,
    withdrawn: bool = False,
) -> bool:
    row = await QUERIES.fetchrow(
        connection,
        "append_departure_statement",
        departure_id=stated.id,
        statement_id=statement_id,
        destination=stated.destination,
        leaving_on=stated.leaving_on,
        purpose=stated.purpose,
        within_hours=stated.within_hours,
        withdrawn=withdrawn,
        recorded_at=recorded_at,
        received_at=now,
        received_from=received_from,
    )
    return row is not None


async def share_demands(connection: Connection) -> None:
    """Keep what destinations ask as it is until the transaction ends."""
    await QUERIES.fetch(connection, "share_demands")


async def hold_demands(connection: Connection) -> None:
    """Wait for every departure that is being recorded and let none begin until the transaction ends."""
    await QUERIES.fetch(connection, "hold_demands")


async def find(connection: Connection, departure_id: UUID, bounds: tuple[str, str]) -> Departure | None:
    """Return a departure of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_departure", departure_id=departure_id, low=low, high=high)
    return None if row is None else _departure(row)


async def list_page(connection: Connection, window: Window) -> list[Departure]:
    """Return the departures of a window, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_departures", **window.values())
    return [_departure(row) for row in rows]


async def homecomings(
    connection: Connection, departures: Sequence[Departure], same: Mapping[UUID, Collection[UUID]]
) -> Mapping[UUID, Homecoming]:
    """Return the first return after each departure; `same` gives all ids that stand for its person."""
    asked = [
        (one.id, id_, begins_at(one.leaving_on), area_prefix(one.destination))
        for one in departures
        for id_ in same.get(one.person_id, (one.person_id,))
    ]
    if not asked:
        return {}
    ids, person_ids, since, prefixes = zip(*asked, strict=True)
    rows = await QUERIES.fetch(
        connection,
        "returns_after",
        departure_ids=list(ids),
        person_ids=list(person_ids),
        since=list(since),
        prefixes=list(prefixes),
    )
    found: dict[UUID, Homecoming] = {}
    for row in rows:
        home = Homecoming(row["return_id"], row["arrived_at"], row["names_destination"])
        found.setdefault(row["departure_id"], home)
    return found


async def find_mover(
    connection: Connection, person_id: UUID, same: Collection[UUID], bounds: tuple[str, str], today: date
) -> FoundMover | None:
    """Return somebody whom the caller may see, with what counts of their plan on a day; None otherwise."""
    low, high = bounds
    row = await QUERIES.fetchrow(
        connection, "find_mover", person_id=person_id, same=list(same), low=low, high=high
    )
    if row is None:
        return None
    stage = await QUERIES.fetchrow(connection, "stage_of", same=list(same), today=today.isoformat())
    if stage is None:
        return FoundMover(person_id, Mover(None, occupation=row["occupation"]), None, None)
    mover = Mover(stage["stage_kind"], frozenset(stage["restrictions"]), row["occupation"])
    return FoundMover(person_id, mover, stage["plan_id"], stage["stage_last_day"])
