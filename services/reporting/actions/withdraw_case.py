"""End a case whose positive result was withdrawn; it stays on record."""

from dataclasses import replace
from datetime import datetime

from services.reporting.rules.case_events import case_withdrawn
from services.reporting.rules.case_facts import Withdrawal, case_id_of
from services.reporting.rules.case_order import Step, follow
from services.reporting.storage import cases
from shared import outbox
from shared.contracts.testing import SamplePositiveWithdrawn
from shared.postgres import Database


async def withdraw_case(database: Database, event: SamplePositiveWithdrawn, *, now: datetime) -> bool:
    """Keep the withdrawal and end its case; return whether there was a case to end.

    A withdrawal that comes before its positive is kept until that comes. Said twice, nothing happens.
    """
    withdrawal = Withdrawal(
        sample_id=event.sample_id,
        division=event.division,
        institution=event.institution,
        reason_code=event.reason_code,
        withdrawn_by=event.withdrawn_by,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        received_at=now,
    )
    async with database.transaction() as connection:
        await cases.halt_openings(connection)
        if not await cases.insert_withdrawal(connection, withdrawal):
            return False
        file = await cases.lock_case(connection, case_id_of(event.sample_id), cases.EVERYWHERE)
        if file is None:
            return False
        ended = replace(
            file, state=follow(file.state, Step.WITHDRAW, clause=""), withdrawn_at=withdrawal.occurred_at
        )
        await cases.update_case(connection, ended)
        await outbox.put(connection, [case_withdrawn(ended, withdrawal)], now=now)
    return True
