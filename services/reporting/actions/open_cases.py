"""Open a case for each positive sample: exactly one, whatever is delivered twice and in whatever order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.reporting.rules.case_events import case_opened, case_withdrawn
from services.reporting.rules.case_facts import CaseFile, Withdrawal, case_id_of
from services.reporting.rules.case_order import Step, follow
from services.reporting.storage import cases
from shared import outbox
from shared.contracts.testing import SamplePositive
from shared.postgres import Database


async def open_cases(database: Database, positives: Sequence[SamplePositive], *, now: datetime) -> list[bool]:
    """Open the cases that are not open yet, and tell for each positive, in their order, whether it was new.

    A positive whose withdrawal came first is opened and withdrawn, both on record and both told.
    """
    first_of: dict[UUID, SamplePositive] = {}
    for positive in positives:
        first_of.setdefault(positive.sample_id, positive)
    async with database.transaction() as connection:
        await cases.share_openings(connection)
        withdrawals = await cases.find_withdrawals(connection, list(first_of))
        files = [_file_of(positive, withdrawals, now) for positive in first_of.values()]
        opened = await cases.insert_cases(connection, files, received_at=now)
        new = [file for file in files if file.case_id in opened]
        events = [case_opened(file) for file in new]
        events += [
            case_withdrawn(file, withdrawals[file.sample_id]) for file in new if file.sample_id in withdrawals
        ]
        await outbox.put(connection, events, now=now)
    verdicts: list[bool] = []
    for positive in positives:
        case_id = case_id_of(positive.sample_id)
        verdicts.append(case_id in opened)
        opened.discard(case_id)  # what stands a second time in the batch opened nothing
    return verdicts


def _file_of(positive: SamplePositive, withdrawals: Mapping[UUID, Withdrawal], now: datetime) -> CaseFile:
    file = CaseFile(
        case_id=case_id_of(positive.sample_id),
        sample_id=positive.sample_id,
        division=positive.division,
        institution=positive.institution,
        method=positive.method,
        tube_code=positive.tube_code,
        sampled_at=positive.sampled_at,
        positive_at=positive.occurred_at,
        recorded_at=positive.recorded_at,
        received_at=now,
    )
    withdrawal = withdrawals.get(positive.sample_id)
    if withdrawal is None:
        return file
    return replace(
        file, state=follow(file.state, Step.WITHDRAW, clause=""), withdrawn_at=withdrawal.occurred_at
    )
