"""Which ledgers come as workbooks: the columns of each, its door's body, and what takes its rows."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.registration.actions.people.record_preregistrations import (
    Registers,
    receive_preregistrations,
)
from services.registration.actions.places.receive_places import receive_places
from services.registration.actions.returns.receive_returns import receive_returns
from services.registration.actions.sentinels.receive_drug_sales import receive_drug_sales
from services.registration.importing import Body, Importer
from services.registration.service import Registration
from services.registration.wire.drug_sales import DrugSaleRow
from services.registration.wire.places import PlaceRow
from services.registration.wire.preregistrations import PreregistrationRow
from services.registration.wire.returns import ReturnRow
from shared.access import Principal
from shared.verdicts import RowVerdict
from shared.workbooks.columns import Ledger

_COLUMNS = Path(__file__).parent / "messages" / "ledgers.yaml"
_REFERENCE = "workbook-reference"
_REFERENCE_BYTES = 16


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


async def _receive_preregistrations(
    registration: Registration, principal: Principal, rows: Sequence[PreregistrationRow], now: datetime
) -> Sequence[RowVerdict]:
    received = await receive_preregistrations(
        registration.database,
        registration.sealer,
        [row.announcement(now=now, received_from=principal.id) for row in rows],
        Registers(registration.divisions, registration.areas, registration.keeping.occupations),
        reaches=principal.reaches,
        now=now,
    )
    return [verdict for verdict, _ in received]


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


def _complete_return(registration: Registration, body: Body) -> None:
    body.setdefault("source", "village")
    for proof in body.get("proofs", ()):
        proof.setdefault("kind", "negative-test")
    _name_areas(registration, body)
    _refer(registration, body, "arrived_at")


def _complete_announcement(registration: Registration, body: Body) -> None:
    body.setdefault("source", "village")
    body.setdefault("health", "well")
    _name_areas(registration, body)
    _refer(registration, body, "intended_on")


def _name_areas(registration: Registration, body: Body) -> None:
    """Officials write 河北省石家庄市藁城区, the wire 130109; what is no name of an area stays as it is."""
    areas = registration.areas
    if "origin" in body:
        body["origin"] = areas.code_of(body["origin"]) or body["origin"]
    if "places" in body:
        body["places"] = [areas.code_of(place) or place for place in body["places"]]


def _refer(registration: Registration, body: Body, day: str) -> None:
    """Give a row without a mark one that follows from who it is about and when, and names nobody.

    So the same row sent again is known as a repetition, also after its sheet was sorted anew.
    """
    person: dict[str, Any] = body.get("person", {})
    if "reference" in body or not person:
        return
    about = [
        body.get("division"),
        person.get("identity"),
        person.get("name"),
        person.get("telephone"),
        str(body.get(day, ""))[: len("2021-02-01")],
    ]
    digest = registration.sealer.fingerprint(json.dumps(about, sort_keys=True), purpose=_REFERENCE)
    body["reference"] = digest[:_REFERENCE_BYTES].hex()


IMPORTERS: Sequence[Importer[Any]] = (
    Importer(
        "preregistrations",
        "people:write",
        Ledger.load(_COLUMNS, "preregistrations"),
        PreregistrationRow,
        _receive_preregistrations,
        _complete_announcement,
    ),
    Importer(
        "returns",
        "returns:write",
        Ledger.load(_COLUMNS, "returns"),
        ReturnRow,
        _receive_returns,
        _complete_return,
    ),
    Importer(
        "drug-sales", "drugs:write", Ledger.load(_COLUMNS, "drug-sales"), DrugSaleRow, _receive_drug_sales
    ),
    Importer("places", "places:write", Ledger.load(_COLUMNS, "places"), PlaceRow, _receive_places),
)
