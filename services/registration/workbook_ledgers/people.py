"""The ledgers of announced and of known returns, as workbooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.registration.actions.people.record_preregistrations import (
    Registers,
    receive_preregistrations,
)
from services.registration.actions.returns.receive_returns import receive_returns
from services.registration.importing import Body, Importer
from services.registration.service import Registration
from services.registration.wire.preregistrations import PreregistrationRow
from services.registration.wire.returns import ReturnRow
from services.registration.workbook_ledgers.bodies import COLUMNS, mark_of, name_areas
from shared.access import Principal
from shared.verdicts import RowVerdict
from shared.workbooks.columns import Ledger


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


def _complete_return(registration: Registration, body: Body) -> None:
    body.setdefault("source", "village")
    for proof in body.get("proofs", ()):
        proof.setdefault("kind", "negative-test")
    name_areas(registration, body)
    _refer(registration, body, "arrived_at")


def _complete_announcement(registration: Registration, body: Body) -> None:
    body.setdefault("source", "village")
    body.setdefault("health", "well")
    name_areas(registration, body)
    _refer(registration, body, "intended_on")


def _refer(registration: Registration, body: Body, day: str) -> None:
    """Give a row without a mark one that follows from who it is about and when."""
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
    body["reference"] = mark_of(registration, about)


IMPORTERS: Sequence[Importer[Any]] = (
    Importer(
        "preregistrations",
        "people:write",
        Ledger.load(COLUMNS, "preregistrations"),
        PreregistrationRow,
        _receive_preregistrations,
        _complete_announcement,
    ),
    Importer(
        "returns",
        "returns:write",
        Ledger.load(COLUMNS, "returns"),
        ReturnRow,
        _receive_returns,
        _complete_return,
    ),
)
