"""Withdraw a clock by hand, with a reason and a name; it stays on record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.alerts.actions.absorb_facts import Absorbed, absorb_in
from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_state import Clock
from services.alerts.rules.clock_terms import BY_HAND, FactKind, Law
from services.alerts.storage import clocks as storage
from shared import audit
from shared.access import Principal
from shared.contracts import derived_id
from shared.errors import Conflict, NotFound
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a clock is withdrawn, and who answers for it."""

    reason: str
    name: str


async def void_clock(
    database: Database,
    clock_id: UUID,
    withdrawal: Withdrawal,
    law: Law,
    *,
    principal: Principal,
    now: datetime,
) -> Absorbed:
    """Withdraw a clock and return what changed; the same withdrawal again changes nothing.

    A duty that was met or breached can be withdrawn too: its positive may turn out to be false later. Raises
    NotFound outside the caller's subtree, Conflict when it was withdrawn otherwise before.
    """
    async with database.transaction() as connection:
        locked, _ = await storage.lock_clocks(connection, [clock_id])
        clock = locked.get(clock_id)
        if clock is None or clock.started_at is None or not principal.reaches(clock.division):
            raise NotFound("This clock does not exist.")
        if clock.voided_at is not None:
            if (clock.void_reason, clock.voided_by) == (withdrawal.reason, withdrawal.name):
                return Absorbed(())
            raise Conflict("This clock has been withdrawn already; the first withdrawal stays.")
        await audit.done_by(connection, principal.id)
        return await absorb_in(connection, [_fact(clock, withdrawal, principal, now)], law, now)


def _fact(clock: Clock, withdrawal: Withdrawal, principal: Principal, now: datetime) -> Fact:
    return Fact(
        clock_id=clock.id,
        rule_id=clock.rule_id,
        subject=clock.subject,
        kind=FactKind.VOID,
        event_id=derived_id(BY_HAND, clock.id, principal.id, withdrawal.reason, withdrawal.name),
        event_type=BY_HAND,
        division=clock.division,
        occurred_at=now,
        recorded_at=now,
        received_at=now,
        reason=withdrawal.reason,
        name=withdrawal.name,
    )
