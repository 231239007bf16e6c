"""The ledgers of places, goods, gatherings and notices taken away as files."""

import io
import json
from datetime import UTC, datetime

import httpx
import openpyxl
import pytest

from tests.registration.movement.statements import a_notice
from tests.registration.places.statements import PROOFS, a_code, a_gathering, a_lot, a_place, an_inspection

LEDGERS = ("places", "findings", "cold-chain-lots", "gatherings", "assistance-notices", "notice-matches")


@pytest.fixture
async def filled(town: httpx.AsyncClient) -> httpx.AsyncClient:
    """The town with one row in each ledger."""
    code, now = a_code(), datetime.now(UTC)
    assert (await town.put(f"/v1/places/{code}", json=a_place(name="=敬老院"))).is_success
    lot = a_lot(code, *PROOFS[:3])
    for path, body in (
        (f"/v1/places/{code}/inspections", an_inspection(now)),
        ("/v1/cold-chain-lots", lot),
        ("/v1/gatherings", a_gathering(now)),
        ("/v1/assistance-notices", a_notice(now, {"kind": "goods", "lot": lot["number"]})),
    ):
        answer = await town.post(path, json=body)
        assert answer.status_code == 201, answer.text
    return town


async def test_every_ledger_is_taken_away_as_a_workbook_and_as_lines(filled: httpx.AsyncClient) -> None:
    for ledger in LEDGERS:
        listed = (await filled.get(f"/v1/{ledger}")).json()["items"]
        lines = await filled.get(f"/v1/{ledger}/export", params={"format": "ndjson"})
        exported = [json.loads(line) for line in lines.text.splitlines()]
        assert len(exported) == 1, ledger
        assert set(exported[0]) == set(listed[0]), ledger
        book = await filled.get(f"/v1/{ledger}/export")
        sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
        assert sheet is not None
        head, row = sheet.iter_rows(values_only=True)
        assert len(head) == len(row)
        assert "行政区划代码 Division" in head


async def test_what_lies_sealed_stays_masked_in_files(filled: httpx.AsyncClient) -> None:
    for ledger, secrets in (("places", ("王建国", "13800138000")), ("gatherings", ("李明", "13900139000"))):
        lines = (await filled.get(f"/v1/{ledger}/export", params={"format": "ndjson"})).text
        assert not [secret for secret in secrets if secret in lines]
