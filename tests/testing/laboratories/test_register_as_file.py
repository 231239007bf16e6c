"""The register of laboratories is taken away as a file, every word and heading as people read it."""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, get_args

import httpx
import pytest
from pydantic import BaseModel

from services.testing.exported_lists import words_of
from services.testing.wire.laboratories import LaboratoryView
from services.testing.wire.residents import ResidentView
from tests.registration.workbooks.books import rows_of
from tests.testing.laboratories.builders import CDC, THIRD_PARTY, a_laboratory, the_law

WORDS = words_of(the_law().ledger)


def fields_in(kind: Any) -> Iterator[str]:
    """Every field that a view shows, also of what stands in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield name
            yield from fields_in(field.annotation)
    for part in get_args(kind):
        yield from fields_in(part)


def words_in(kind: Any) -> Iterator[str]:
    """Every word that a view may hold."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        yield from kind
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for field in kind.model_fields.values():
            yield from words_in(field.annotation)
    for part in get_args(kind):
        yield from words_in(part)


@pytest.mark.parametrize("view", [LaboratoryView, ResidentView])
def test_every_heading_and_word_is_chinese(view: type[BaseModel]) -> None:
    shown_by_other_doors_only = {"recorded_at"}
    fields = set(fields_in(view)) - shown_by_other_doors_only
    assert [field for field in fields if WORDS.heading_of(field) == field] == []
    assert [word for word in words_in(view) if WORDS.word_of(word, "laboratories") == word] == []
    law = the_law().ledger
    named = [*law.kinds, *(one.id for one in (*law.staff, *law.instruments, *law.materials))]
    assert [word for word in named if WORDS.word_of(word, "laboratories") == word] == []


@pytest.mark.system
async def test_the_register_is_taken_away_whole(
    municipality: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    lacking = a_laboratory(staff=[{"role": "extraction", "present": 1, "needed": 4}])
    for code, body in ((CDC, lacking), (THIRD_PARTY, a_laboratory())):
        assert (await municipality.put(f"/v1/laboratories/{code}", json=body)).status_code == 201
    listed = (await municipality.get("/v1/laboratories")).json()["items"]
    lines = (await municipality.get("/v1/laboratories/export?format=ndjson")).text.splitlines()
    assert [json.loads(line) for line in lines] == listed
    head, *rows = rows_of(await municipality.get("/v1/laboratories/export"))
    assert [row[head.index("机构代码 Code")] for row in rows] == [CDC, THIRD_PARTY]
    assert rows[0][head.index("类别 Kind")] == "疾控机构"
    assert "核酸提取" in rows[0][head.index("缺口 Gaps")]
    assert rows[1][head.index("缺口 Gaps")] in (None, "")
    own = (await neighbour.get("/v1/laboratories/export?format=ndjson")).text.splitlines()
    assert [json.loads(line)["code"] for line in own] == [THIRD_PARTY]
    elsewhere = await neighbour.get("/v1/laboratories/export?division=500104")
    assert elsewhere.status_code == 403
