"""Whom changes of risk areas touch, found bit by bit, and how far that has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.storage.risk_areas import QUERIES, RiskAreaChange, Touched, risk_area_change
from shared.areas import area_prefix, wider_areas
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class ReturnTouched:
    """A return whose route a change touches."""

    return_id: UUID
    person_id: UUID | None
    division: str


async def claim_change(connection: Connection) -> tuple[RiskAreaChange, UUID] | None:
    """Return the oldest change that is not finished and nobody works at, and the return it has come to."""
    row = await QUERIES.fetchrow(connection, "claim_change")
    return None if row is None else (risk_area_change(row), row["after_return"])


async def returns_touched(
    connection: Connection, change: RiskAreaChange, after: UUID, most: int
) -> list[ReturnTouched]:
    """Return the next returns, in the order of ids, with a stay on the days and in the area of a change."""
    prefix = area_prefix(change.area)
    rows = await QUERIES.fetch(
        connection,
        "returns_touched",
        low=prefix,
        high=prefix + "~",
        wider=list(wider_areas(change.area)),
        first_day=change.first_day,
        last_day=change.last_day,
        after=after,
        most=most,
    )
    return [ReturnTouched(row["return_id"], row["person_id"], row["division"]) for row in rows]


async def note(
    connection: Connection,
    change: RiskAreaChange,
    touched: Sequence[Touched],
    *,
    finished: bool,
    now: datetime,
) -> None:
    """Write down who was touched, and how far a change has come."""
    await QUERIES.execute(
        connection,
        "note_touched",
        risk_area_id=change.risk_area_id,
        change_id=change.id,
        judged_at=now,
        touched_ids=[one.id for one in touched],
        return_ids=[one.return_id for one in touched],
        person_ids=[one.person_id for one in touched],
        divisions=[one.division for one in touched],
        plan_ids=[one.plan_id for one in touched],
        plan_versions=[one.plan_version for one in touched],
    )
    await QUERIES.execute(
        connection,
        "advance_change",
        change_id=change.id,
        after_return=max((one.return_id for one in touched), default=UUID(int=0)),
        returns=len(touched),
        plans=sum(one.plan_version is not None for one in touched),
        finished_at=now if finished else None,
    )
