"""Which ledgers come and go as files: the columns of each, its door's body, and how its rows are read."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.registration.actions.movement.read_departures import list_departures
from services.registration.actions.quarantine.read_sites import list_sites
from services.registration.actions.quarantine.read_transfers import list_transfers
from services.registration.actions.returns.read_returns import list_returns
from services.registration.actions.returns.receive_returns import receive_returns
from services.registration.actions.sentinels.read_drugs import list_follow_ups, list_sales
from services.registration.actions.sentinels.read_symptom_reports import (
    list_symptom_reports,
    show_reports,
)
from services.registration.exporting import Exported
from services.registration.importing import Importer
from services.registration.rules.day_count import day_of
from services.registration.service import Registration
from services.registration.storage.listing import Window
from services.registration.wire.departures import DepartureView
from services.registration.wire.drug_follow_ups import FollowUpView
from services.registration.wire.drug_sales import DrugSaleView
from services.registration.wire.returns import ReturnRow, ReturnView
from services.registration.wire.site_views import SiteLine
from services.registration.wire.symptom_reports import SymptomReportView
from services.registration.wire.transfers import TransferView
from shared.access import Principal
from shared.verdicts import RowVerdict
from shared.workbooks.columns import Ledger

_COLUMNS = Path(__file__).parent / "messages" / "ledgers.yaml"


async def _receive_returns(
    registration: Registration, principal: Principal, rows: Sequence[ReturnRow], now: datetime
) -> Sequence[RowVerdict]:
    return await receive_returns(
        registration.database,
        [row.statement(now=now, received_from=principal.id) for row in rows],
        registration.keeping,
        bounds=principal.bounds(),
        reaches=principal.reaches,
        now=now,
    )


async def _returns(registration: Registration, _: Principal, window: Window) -> Sequence[Any]:
    return await list_returns(registration.database, window, None)


async def _symptom_reports(registration: Registration, _: Principal, window: Window) -> Sequence[Any]:
    held = await list_symptom_reports(registration.database, window, None)
    law, institutions = registration.surveillance.reports, registration.institutions
    return await show_reports(registration.database, held, law, institutions)


async def _transfers(registration: Registration, _: Principal, window: Window) -> Sequence[Any]:
    return await list_transfers(registration.database, window, None)


async def _drug_sales(registration: Registration, _: Principal, window: Window) -> Sequence[Any]:
    return await list_sales(registration.database, window)


async def _follow_ups(registration: Registration, _: Principal, window: Window) -> Sequence[Any]:
    return await list_follow_ups(registration.database, window, None, None)


async def _departures(registration: Registration, _: Principal, window: Window) -> Sequence[Any]:
    today = day_of(registration.clock.now())
    return await list_departures(registration.database, window, today)


async def _sites(registration: Registration, _: Principal, window: Window) -> Sequence[Any]:
    shown = await list_sites(registration.database, window, None, None)
    return [SiteLine.of(one, registration.quarantine) for one in shown]


def _site_line(line: Any, _: datetime) -> SiteLine:
    return line


def _place_of_site(line: Any) -> tuple[str, UUID]:
    return line.division, line.site_id


def _place(row: Any) -> tuple[str, UUID]:
    return row.division, row.id


IMPORTERS: Sequence[Importer[Any]] = (
    Importer(
        "returns", "returns:write", Ledger.load(_COLUMNS, "returns"), ReturnRow, receive=_receive_returns
    ),
)

EXPORTED: Sequence[Exported] = (
    Exported("returns", "returns:read", ReturnView, _returns, ReturnView.of, _place),
    Exported(
        "symptom-reports",
        "symptoms:read",
        SymptomReportView,
        _symptom_reports,
        SymptomReportView.of,
        _place,
    ),
    Exported("transfers", "transfers:read", TransferView, _transfers, TransferView.of, _place),
    Exported(
        "drug-sales",
        "drugs:read",
        DrugSaleView,
        _drug_sales,
        lambda held, _: DrugSaleView.of(held),
        _place,
    ),
    Exported(
        "drug-follow-ups",
        "drugs:read",
        FollowUpView,
        _follow_ups,
        lambda held, _: FollowUpView.of(held),
        _place,
    ),
    Exported(
        "departures",
        "movement:read",
        DepartureView,
        _departures,
        lambda shown, _: DepartureView.of(shown),
        _place,
    ),
    Exported("sites", "sites:read", SiteLine, _sites, _site_line, _place_of_site),
)
