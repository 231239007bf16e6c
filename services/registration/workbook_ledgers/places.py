"""The ledgers of key places, of cold-chain lots and of gatherings, as workbooks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.registration.actions.places.receive_gatherings import Announced, receive_gatherings
from services.registration.actions.places.receive_places import receive_places
from services.registration.actions.places.record_lots import record_lots
from services.registration.importing import Body, Importer
from services.registration.service import Registration
from services.registration.wire.cold_chain import LotFields
from services.registration.wire.gatherings import GatheringFields
from services.registration.wire.places import PlaceRow
from services.registration.workbook_ledgers.bodies import COLUMNS, mark_of
from shared.access import Principal
from shared.verdicts import RowVerdict
from shared.workbooks.columns import Ledger


async def _receive_places(
    registration: Registration, principal: Principal, rows: Sequence[PlaceRow], now: datetime
) -> Sequence[RowVerdict]:
    return await receive_places(
        registration.database,
        [row.row(registration.sealer) for row in rows],
        registration.places_law.places,
        divisions=registration.divisions,
        reaches=principal.reaches,
        now=now,
    )


async def _receive_lots(
    registration: Registration, principal: Principal, rows: Sequence[LotFields], now: datetime
) -> Sequence[RowVerdict]:
    recorded = await record_lots(
        registration.database,
        [row.sent(now=now, received_from=principal.id) for row in rows],
        registration.places_law.cold_chain,
        reaches=principal.reaches,
        now=now,
    )
    return [verdict for verdict, _ in recorded]


async def _receive_gatherings(
    registration: Registration, principal: Principal, rows: Sequence[GatheringFields], now: datetime
) -> Sequence[RowVerdict]:
    announced = [
        Announced(row.statement(now=now, received_from=principal.id), row.organiser.contact()) for row in rows
    ]
    return await receive_gatherings(
        registration.database,
        registration.sealer,
        announced,
        registration.places_law,
        divisions=registration.divisions,
        reaches=principal.reaches,
        bounds=principal.bounds(),
        now=now,
    )


def _complete_lot(_: Registration, body: Body) -> None:
    """A sheet has a column for each kind of proof, `proof.<kind>.document`; the wire has a list of them."""
    columns: Mapping[str, Mapping[str, Any]] = body.pop("proof", {})
    proofs = [{"kind": kind, **said} for kind, said in columns.items() if "document" in said]
    if proofs:
        body["proofs"] = proofs


def _complete_gathering(registration: Registration, body: Body) -> None:
    if "reference" not in body:
        about = [body.get(field) for field in ("division", "kind", "venue", "from")]
        body["reference"] = mark_of(registration, about)


IMPORTERS: Sequence[Importer[Any]] = (
    Importer("places", "places:write", Ledger.load(COLUMNS, "places"), PlaceRow, _receive_places),
    Importer(
        "cold-chain-lots",
        "goods:write",
        Ledger.load(COLUMNS, "cold-chain-lots"),
        LotFields,
        _receive_lots,
        _complete_lot,
    ),
    Importer(
        "gatherings",
        "gatherings:write",
        Ledger.load(COLUMNS, "gatherings"),
        GatheringFields,
        _receive_gatherings,
        _complete_gathering,
    ),
)
