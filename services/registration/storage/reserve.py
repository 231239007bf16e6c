"""The rows from which the reserve of quarantine rooms is reckoned: the cases that count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "reserve.sql")


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A case that counts."""

    case_id: UUID
    division: str


async def hold(connection: Connection, district: str) -> None:
    """Let nobody else change a district's reserve until the transaction ends."""
    await QUERIES.fetch(connection, "hold_reserve", district=district)


async def open_case(
    connection: Connection, case_id: UUID, division: str, opened_at: datetime, now: datetime
) -> bool:
    """Note that a case was opened; True when it counts from now on and did not before."""
    counts = await QUERIES.fetchval(
        connection, "open_case", case_id=case_id, division=division, opened_at=opened_at, now=now
    )
    return bool(counts)


async def withdraw_case(
    connection: Connection, case_id: UUID, division: str, withdrawn_at: datetime, now: datetime
) -> None:
    """Note that a case was withdrawn, be it before its opening is heard of."""
    await QUERIES.fetchval(
        connection, "withdraw_case", case_id=case_id, division=division, withdrawn_at=withdrawn_at, now=now
    )


async def count_infected(connection: Connection, bounds: tuple[str, str]) -> int:
    """Return how many cases of a subtree count."""
    return await QUERIES.fetchval(connection, "count_infected", low=bounds[0], high=bounds[1])


async def newest_case(connection: Connection, bounds: tuple[str, str]) -> CountedCase | None:
    """Return the case of a subtree that was opened last."""
    row = await QUERIES.fetchrow(connection, "newest_case", low=bounds[0], high=bounds[1])
    return None if row is None else CountedCase(row["case_id"], row["division"])


async def infected_by_division(connection: Connection, bounds: tuple[str, str]) -> Mapping[str, int]:
    """Return how many cases count, by division, where there are any."""
    rows = await QUERIES.fetch(connection, "infected_by_division", low=bounds[0], high=bounds[1])
    return {row["division"]: row["infected"] for row in rows}
