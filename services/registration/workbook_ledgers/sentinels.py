"""The ledger of drugs, as a workbook."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.registration.actions.sentinels.receive_drug_sales import receive_drug_sales
from services.registration.importing import Importer
from services.registration.service import Registration
from services.registration.wire.drug_sales import DrugSaleRow
from services.registration.workbook_ledgers.bodies import COLUMNS
from shared.access import Principal
from shared.verdicts import RowVerdict
from shared.workbooks.columns import Ledger


async def _receive_drug_sales(
    registration: Registration, principal: Principal, rows: Sequence[DrugSaleRow], now: datetime
) -> Sequence[RowVerdict]:
    return await receive_drug_sales(
        registration.database,
        [row.sale(now=now, received_from=principal.id) for row in rows],
        registration.drug_keeping,
        reaches=principal.reaches,
        now=now,
    )


IMPORTERS: Sequence[Importer[Any]] = (
    Importer(
        "drug-sales", "drugs:write", Ledger.load(COLUMNS, "drug-sales"), DrugSaleRow, _receive_drug_sales
    ),
)
