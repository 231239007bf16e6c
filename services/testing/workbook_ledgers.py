"""Which ledgers of the laboratory side come as workbooks: results 检测结果台账 and households 户籍台账.

Rows are taken a thousand at a time, of results the positives of a thousand before the rest. No personal data
is asked for in either; what else a sheet holds is passed over, and refused rows are kept sealed all the same.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.testing.actions.campaigns.record_residents import record_residents
from services.testing.actions.results.receive_batch import receive_batch
from services.testing.service import Testing
from services.testing.storage.results import NewResult
from services.testing.wire.residents import ResidentRow
from services.testing.wire.results import ResultRow
from shared.access import Principal
from shared.verdicts import RowVerdict
from shared.workbooks.columns import Ledger
from shared.workbooks.importing import Importer

COLUMNS = Path(__file__).parent / "messages" / "ledgers.yaml"


async def _receive_results(
    testing: Testing, principal: Principal, rows: Sequence[ResultRow], now: datetime
) -> Sequence[RowVerdict]:
    results = [NewResult(row.facts(), row.recorded_at or now, principal.id) for row in rows]
    verdicts = await receive_batch(
        testing.database,
        results,
        registers=testing.registers,
        reaches=principal.reaches,
        wake=testing.wake,
        now=now,
    )
    testing.metrics.count_rows(
        (result.facts.result, verdict.verdict) for result, verdict in zip(results, verdicts, strict=True)
    )
    return verdicts


async def _receive_residents(
    testing: Testing, principal: Principal, rows: Sequence[ResidentRow], now: datetime
) -> Sequence[RowVerdict]:
    return await record_residents(
        testing.database,
        [row.resident(now=now, received_from=principal.id) for row in rows],
        registers=testing.registers,
        reaches=principal.reaches,
        now=now,
    )


RESULTS: Importer[Testing, ResultRow] = Importer(
    "results", "results:write", Ledger.load(COLUMNS, "results"), ResultRow, _receive_results
)
RESIDENTS: Importer[Testing, ResidentRow] = Importer(
    "residents", "residents:write", Ledger.load(COLUMNS, "residents"), ResidentRow, _receive_residents
)
