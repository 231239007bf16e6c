"""The daily health reports and the responsibility grid, as workbooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.registration.actions.care.fill_grid import GridTools
from services.registration.actions.care.receive_grid_rows import receive_grid_rows
from services.registration.actions.care.receive_health_rows import receive_health_rows
from services.registration.importing import Body, Importer
from services.registration.service import Registration
from services.registration.wire.care_books import GridBookRow, HealthBookRow
from services.registration.workbook_ledgers.bodies import COLUMNS, mark_of
from shared.access import Principal
from shared.verdicts import RowVerdict
from shared.workbooks.columns import Ledger

_NONE = frozenset(("无", "无症状", "没有", "正常", "none"))


async def _receive_health_reports(
    registration: Registration, principal: Principal, rows: Sequence[HealthBookRow], now: datetime
) -> Sequence[RowVerdict]:
    return await receive_health_rows(
        registration.database,
        registration.sealer,
        registration.care_law.health_reports,
        [row.said(now=now, received_from=principal.id) for row in rows],
        reaches=principal.reaches,
        now=now,
    )


async def _receive_grid(
    registration: Registration, principal: Principal, rows: Sequence[GridBookRow], now: datetime
) -> Sequence[RowVerdict]:
    return await receive_grid_rows(
        GridTools(registration.database, registration.divisions, registration.care_law, registration.sealer),
        [row.row() for row in rows],
        principal=principal,
        now=now,
    )


def _complete_health_report(_: Registration, body: Body) -> None:
    """Officials write 无 where somebody has no symptoms."""
    if "symptoms" in body:
        body["symptoms"] = [one for one in body["symptoms"] if one not in _NONE]


def _complete_grid_row(registration: Registration, body: Body) -> None:
    """Whoever has no mark of the office's gets one that follows from who they are, and names nobody."""
    if "id" not in body:
        about = [body.get(field) for field in ("division", "name", "telephone")]
        body["id"] = f"g-{mark_of(registration, about)[:12]}-0"


IMPORTERS: Sequence[Importer[Any]] = (
    Importer(
        "health-reports",
        "health:write",
        Ledger.load(COLUMNS, "health-reports"),
        HealthBookRow,
        _receive_health_reports,
        _complete_health_report,
    ),
    Importer(
        "grid",
        "grid:write",
        Ledger.load(COLUMNS, "grid"),
        GridBookRow,
        _receive_grid,
        _complete_grid_row,
    ),
)
