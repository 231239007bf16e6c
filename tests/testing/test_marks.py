"""Marks and names in the registers of testing: somebody's number is refused by field, and never repeated."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from services.testing.wire.base_numbers import MemberRow
from services.testing.wire.campaigns import EndBody
from services.testing.wire.campaigns import code_in_path as code_of_campaign
from services.testing.wire.laboratory_loans import LoanOrder
from services.testing.wire.laboratory_quality import ControlRunFields, RoundFields
from services.testing.wire.residents import ResidentRow
from services.testing.wire.sampling_points import PointBody, code_to_state
from services.testing.wire.sequencing import SequenceFields
from shared.errors import FieldProblem, InvalidInput
from shared.reasons import told_in_chinese
from shared.strict_json import WireModel, parse_json

CARD = "11010519491231002X"
MOBILE = "13812345678"
VILLAGE = "500104102201"
PERSON = UUID(int=7)


def _problems(body: str, row: type[WireModel]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        parse_json(body.encode(), row)
    return [(one.field, one.reason) for one in refused.value.problems]


AT = "2021-02-01T08:00:00+08:00"
GOOD: dict[type[WireModel], dict[str, Any]] = {
    ResidentRow: {"division": VILLAGE, "building": "1", "reference": "H-1", "household": "101"},
    PointBody: {
        "division": VILLAGE,
        "name": "建胜广场",
        "address": "建胜路 1 号",
        "serves": [VILLAGE],
        "hours": [{"opens": "08:00", "closes": "18:00"}],
    },
    EndBody: {"reason": "全部采完"},
    ControlRunFields: {"run": "R-1", "lot": "L-1", "controls": [], "measured_at": AT},
    RoundFields: {
        "round": "R-1",
        "organiser": "nccl",
        "items": [{"item": "1", "expected": "negative"}],
        "held_at": AT,
    },
    LoanOrder: {
        "reference": "L-1",
        "team": "T-1",
        "lender": "500104-cdc",
        "borrower": "500104-h01",
        "people": 4,
        "tubes_per_day": 100,
        "from_at": AT,
        "until_at": AT,
    },
    SequenceFields: {
        "laboratory": "500104-cdc",
        "lineage": "B.1.1.7",
        "accession": "EPI_ISL_402124",
        "sequenced_at": AT,
    },
}


@pytest.mark.parametrize("row", GOOD)
def test_ordinary_marks_and_names_are_taken(row: type[WireModel]) -> None:
    assert parse_json(json.dumps(GOOD[row]).encode(), row)


@pytest.mark.parametrize("number", [CARD, MOBILE, f"T-{MOBILE}"])
@pytest.mark.parametrize(
    ("row", "field"),
    [
        (ResidentRow, "reference"),
        (ResidentRow, "household"),
        (ResidentRow, "building"),
        (PointBody, "name"),
        (PointBody, "address"),
        (EndBody, "reason"),
        (ControlRunFields, "run"),
        (RoundFields, "round"),
        (RoundFields, "organiser"),
        (LoanOrder, "reference"),
        (LoanOrder, "team"),
        (SequenceFields, "accession"),
    ],
)
def test_a_mark_or_name_chosen_by_hand_is_nobodys_number(
    row: type[WireModel], field: str, number: str
) -> None:
    ((refused, reason),) = _problems(json.dumps({**GOOD[row], field: number}), row)
    assert refused == field
    assert "personal data" in reason
    assert number not in reason


def test_a_telephone_in_a_points_name_is_refused() -> None:
    body = {**GOOD[PointBody], "name": "建胜广场（023-68812345）"}
    assert [field for field, _ in _problems(json.dumps(body), PointBody)] == ["name"]


@pytest.mark.parametrize("read", [code_to_state, code_of_campaign])
def test_a_code_that_stands_in_urls_is_nobodys_number(read: Callable[[str], str]) -> None:
    assert read("jiansheng-square") == "jiansheng-square"
    with pytest.raises(InvalidInput) as refused:
        read(f"square-{MOBILE}")
    ((field, reason),) = [(one.field, one.reason) for one in refused.value.problems]
    assert field == "code"
    assert "mobile number" in reason
    assert MOBILE not in str(refused.value)


def test_a_members_unit_and_code_take_nobodys_number() -> None:
    body = (
        f'{{"kind":"couriers","division":"{VILLAGE}","person_id":"{PERSON}","unit":"{CARD}","code":"{CARD}"}}'
    )
    assert {field for field, _ in _problems(body, MemberRow)} == {"unit", "code"}


def test_a_place_in_words_is_told_what_a_division_looks_like() -> None:
    ((field, reason),) = _problems('{"division":"四胜村","building":"1","reference":"H-1"}', ResidentRow)
    assert field == "division"
    assert "6, 9 or 12 digits" in reason
    assert "行政区划代码" in told_in_chinese(FieldProblem(field, reason))
