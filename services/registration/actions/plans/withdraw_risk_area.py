"""Withdraw an entry of the register of risk areas that was wrong from the start."""

from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.record_risk_areas import record_risk_areas
from services.registration.ledger import Recorded
from services.registration.rules.plans.risk_area import RiskArea, RiskAreaStatement
from services.registration.storage import risk_areas
from shared.errors import NotFound
from shared.postgres import Database


async def withdraw_risk_area(
    database: Database,
    risk_area_id: UUID,
    *,
    reason: str,
    recorded_at: datetime,
    received_from: str,
    now: datetime,
) -> Recorded[RiskArea]:
    """Withdraw an entry and return what holds now; everybody it had touched is judged again. Raises NotFound.

    A level that was right and has ended is not withdrawn: its last day is said instead.
    """
    async with database.connection() as connection:
        held = await risk_areas.find(connection, risk_area_id)
    if held is None:
        raise NotFound("There is no such risk area.")
    withdrawal = RiskAreaStatement(
        division=held.division,
        area=held.area,
        name=held.name,
        level=held.level,
        since=held.since,
        until=held.until,
        source=held.source,
        recorded_at=recorded_at,
        received_from=received_from,
        withdrawn_for=reason,
    )
    (recorded,) = await record_risk_areas(database, [withdrawal], now=now)
    return recorded
