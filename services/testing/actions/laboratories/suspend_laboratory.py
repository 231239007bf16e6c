"""Suspend a laboratory, by rule or by order, and reinstate it."""

from dataclasses import replace
from datetime import datetime

from services.testing.actions.laboratories.read_laboratories import found
from services.testing.rules.laboratories.suspension import Suspension, SuspensionCause
from services.testing.storage import laboratories
from services.testing.storage import laboratory_quality as storage
from services.testing.storage.laboratory_quality import PlacedSuspension, Sent
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.testing import LaboratoryReinstated, LaboratorySuspended
from shared.errors import Conflict, FieldProblem, InvalidInput
from shared.postgres import Connection, Database


async def suspend_laboratory(
    database: Database,
    code: str,
    reason_code: str,
    suspended_at: datetime,
    *,
    bounds: tuple[str, str],
    sent: Sent,
) -> tuple[PlacedSuspension, bool]:
    """Return the suspension that a laboratory is under, and whether it is new; its work is re-routed.

    One that is suspended already stays as it is. Raises NotFound, or Conflict for a moment that does not
    follow the end of an earlier suspension.
    """
    async with database.transaction() as connection:
        await laboratories.lock(connection, [code])
        division = (await found(connection, code, bounds)).laboratory.division
        suspension = Suspension(
            laboratory=code,
            cause=SuspensionCause.ORDER,
            cause_reference=None,
            reason_code=reason_code,
            suspended_at=suspended_at,
            suspended_by=sent.received_from,
        )
        return await suspend(connection, suspension, division, recorded_at=sent.recorded_at, now=sent.now)


async def suspend(
    connection: Connection, suspension: Suspension, division: str, *, recorded_at: datetime, now: datetime
) -> tuple[PlacedSuspension, bool]:
    """Do so within the caller's transaction, which holds the laboratory's lock."""
    last = await storage.last_suspension(connection, suspension.laboratory)
    if last is not None and last.ended_at is None:
        return PlacedSuspension(last, division), False
    if last is not None and last.ended_at is not None and suspension.suspended_at <= last.ended_at:
        raise Conflict(f"The laboratory was suspended until {last.ended_at.isoformat()} before.")
    await storage.insert_suspension(connection, suspension, recorded_at=recorded_at, now=now)
    await outbox.put(connection, [_suspended(suspension, division, recorded_at)], now=now)
    return PlacedSuspension(suspension, division), True


async def reinstate_laboratory(
    database: Database,
    code: str,
    reason_code: str,
    ended_at: datetime,
    *,
    bounds: tuple[str, str],
    sent: Sent,
) -> PlacedSuspension:
    """Let a laboratory test again and return its suspension; repeating it changes nothing.

    Its runs and rounds until then do not count against it any more. Raises NotFound, Conflict for one that
    was never suspended, or InvalidInput for a moment before it was.
    """
    async with database.transaction() as connection:
        await laboratories.lock(connection, [code])
        division = (await found(connection, code, bounds)).laboratory.division
        last = await storage.last_suspension(connection, code)
        if last is None:
            raise Conflict("The laboratory is not suspended.")
        if last.ended_at is not None:
            return PlacedSuspension(last, division)
        if ended_at < last.suspended_at:
            problem = FieldProblem("ended_at", "lies before the laboratory was suspended")
            raise InvalidInput("The laboratory cannot be reinstated then.", problems=[problem])
        ended = replace(last, ended_at=ended_at, ended_by=sent.received_from, ended_reason_code=reason_code)
        await storage.end_suspension(connection, ended, now=sent.now)
        await outbox.put(connection, [_reinstated(ended, division, sent.recorded_at)], now=sent.now)
    return PlacedSuspension(ended, division)


def _suspended(suspension: Suspension, division: str, recorded_at: datetime) -> Envelope:
    event = LaboratorySuspended(
        division=division,
        occurred_at=suspension.suspended_at,
        recorded_at=recorded_at,
        suspension_id=suspension.id,
        laboratory=suspension.laboratory,
        cause=suspension.cause,
        cause_reference=suspension.cause_reference,
        reason_code=suspension.reason_code,
    )
    return envelop(event, id=derived_id(event.TYPE, suspension.id))


def _reinstated(suspension: Suspension, division: str, recorded_at: datetime) -> Envelope:
    assert suspension.ended_at is not None
    event = LaboratoryReinstated(
        division=division,
        occurred_at=suspension.ended_at,
        recorded_at=recorded_at,
        suspension_id=suspension.id,
        laboratory=suspension.laboratory,
        reason_code=suspension.ended_reason_code or "",
    )
    return envelop(event, id=derived_id(event.TYPE, suspension.id))
