"""The words of the wire as people read them: each is translated, and as its ledger means it."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, get_args

import httpx
import openpyxl
import pytest
from pydantic import BaseModel

from services.registration.exported_lists import EXPORTED, EXPORTED_OF_DAYS
from services.registration.exporting import Exported, ExportedOfDay, heading_of, word_of
from services.registration.wire.five import ChargeChangeView, OwnChargeView
from services.registration.wire.place_people import PlacePersonView
from services.registration.wire.risk_areas import TouchedView
from services.registration.wire.sentinels import FaultyView
from tests.registration.people.statements import a_person_row
from tests.registration.quarantine.sites import opened
from tests.registration.statements import a_return


def words_in(kind: Any) -> Iterator[str]:
    """Every word that a field may hold."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        yield from kind
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for field in kind.model_fields.values():
            yield from words_in(field.annotation)
    for part in get_args(kind):
        yield from words_in(part)


@pytest.mark.parametrize("exported", [*EXPORTED, *EXPORTED_OF_DAYS], ids=lambda one: one.name)
def test_every_word_is_translated(exported: Exported | ExportedOfDay) -> None:
    words = set(words_in(exported.view))
    assert [word for word in words if word_of(word, exported.name) == word] == []


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("place-people", PlacePersonView),
        ("charges", OwnChargeView),
        ("charge-changes", ChargeChangeView),
        ("touched", TouchedView),
        ("sentinel-faults", FaultyView),
    ],
)
def test_lists_of_one_thing_have_words_and_headings(name: str, view: type[BaseModel]) -> None:
    assert [word for word in set(words_in(view)) if word_of(word, name) == word] == []
    assert [field for field in view.model_fields if heading_of(field) == field] == []


@pytest.mark.parametrize(
    ("ledger", "word", "read"),
    [
        ("sites", "open", "启用"),
        ("plans", "open", "进行中"),
        ("findings", "open", "未整改"),
        ("notice-matches", "open", "待核查"),
        ("symptom-episodes", "open", "未结束"),
        ("sites", "closed", "已停用"),
        ("symptom-reports", "closed", "已停业"),
        ("drug-follow-ups", "closed", "已结束"),
        ("departures", "family", "探亲"),
        ("returns", "family", "家属"),
        ("a-ledger-of-tomorrow", "registered", "已登记"),
        ("sites", "建胜隔离点", "建胜隔离点"),
    ],
)
def test_a_word_means_what_its_ledger_means(ledger: str, word: str, read: str) -> None:
    assert word_of(word, ledger) == read


def test_a_field_has_words_of_its_own() -> None:
    assert word_of("cough", "drug-sales", "category") == "止咳药"
    assert word_of("cough", "drug-sales", "symptoms") == "咳嗽"


async def test_a_plan_and_a_site_are_open_in_different_words(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    come = a_return(now, source="village", registered_at=now.isoformat(), person=a_person_row(1))
    assert (await town.post("/v1/returns", json=come)).status_code == 201
    await opened(town, "jiansheng")
    for ledger, word in (("plans", "进行中"), ("sites", "启用")):
        book = await town.get(f"/v1/{ledger}/export")
        sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
        assert sheet is not None
        head, row = sheet.iter_rows(values_only=True)
        assert row[head.index("状态 State")] == word
