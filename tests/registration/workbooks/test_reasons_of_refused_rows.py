"""Whatever a village fills in wrongly comes back with the column's heading and a reason in both languages."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from services.registration.importing import Importer
from services.registration.workbook_ledgers import IMPORTERS
from services.testing.workbook_ledgers import RESIDENTS, RESULTS
from shared.errors import FieldProblem
from shared.reasons import UNTOLD_ZH, told_in_chinese
from shared.strict_json import refusal
from shared.workbooks.columns import Column, Ledger
from shared.workbooks.reading import SheetRow

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LEDGERS = (*IMPORTERS, RESULTS, RESIDENTS)
COMPLETED = frozenset(("proofs.0.kind",))
"""What a ledger fills in itself before its row is judged."""
BAD_CELLS: tuple[Any, ...] = (
    *(
        "=1+1",
        "昨天",
        "2021-02-30 08:00",
        "2021-02-01 08:00",
        "2021-02-01",
        "x" * 3_000,
        "#N/A",
        "没有",
        "a b",
    ),
    *(
        "甲、乙、丙",
        "110105194912310021",
        110105194912310021,
        -1.5,
        10**9,
        0,
        True,
        "，",
        "a\nb",
        "是",
        "A" * 200,
    ),
)
"""What stands in cells where something else is asked for."""


def problems_in(ledger: Ledger, importer: Importer[Any], cells: tuple[Any, ...]) -> tuple[FieldProblem, ...]:
    """Why a row with these cells, one for each column, is refused before anything is looked up."""
    heads = ledger.headings_in([column.heading for column in ledger.columns])
    assert heads is not None
    body, problems = ledger.body_of(SheetRow(2, cells).cells, heads)
    if problems:
        return tuple(problems)
    text = json.dumps(body).encode()
    try:
        importer.validator.validate_json(text)
    except ValidationError as error:
        return refusal(error, text).problems
    return ()


def rows_of(columns: tuple[Column, ...]) -> Iterator[tuple[Any, ...]]:
    """An empty row, one wrong cell at a time, and the same wrong cell everywhere."""
    yield (None,) * len(columns)
    for cell in BAD_CELLS:
        yield (cell,) * len(columns)
        for place in range(len(columns)):
            yield (*(None,) * place, cell, *(None,) * (len(columns) - place - 1))


@pytest.mark.parametrize("importer", LEDGERS, ids=lambda one: one.name)
def test_each_refusal_of_a_cell_is_told_in_both_languages(importer: Importer[Any]) -> None:
    ledger = importer.columns
    seen: set[FieldProblem] = set()
    for cells in rows_of(ledger.columns):
        seen |= set(problems_in(ledger, importer, cells))
    assert len(seen) > len(ledger.columns)
    for problem in seen:
        if problem.field in COMPLETED:
            continue
        assert told_in_chinese(problem) != UNTOLD_ZH, problem
        told = ledger.told(problem)
        heading, reason = told.split("：", 1)
        assert CHINESE.search(heading), f"{problem.field} has no heading: {told}"
        assert CHINESE.search(reason.split("（")[0]), told
        assert problem.reason in told


def test_a_reason_names_other_columns_and_words_as_the_sheet_has_them() -> None:
    (returns,) = (one.columns for one in IMPORTERS if one.name == "returns")
    assert returns.told(FieldProblem("registered_at", "lies before arrived_at")) == (
        "登记时间：早于“抵达时间”（Registered at: lies before arrived_at）"
    )
    assert returns.told(FieldProblem("source", "is none of village, neighbour")).startswith(
        "信息来源：须为以下之一：村、邻居（Source: "
    )
    assert returns.told(FieldProblem("", "either person or person_id is told, not both")).startswith("本行：")
    assert returns.told(FieldProblem("source", "is purple")).startswith(
        "信息来源：此项未通过校验，原因暂无中文说明（Source: "
    )
