"""Marks in the registers of testing: an identity number is refused by field, and never repeated."""

from uuid import UUID

import pytest

from services.testing.wire.base_numbers import MemberRow
from services.testing.wire.residents import ResidentRow
from shared.errors import FieldProblem, InvalidInput
from shared.reasons import told_in_chinese
from shared.strict_json import parse_json

CARD = "11010519491231002X"
VILLAGE = "500104102201"
PERSON = UUID(int=7)


def _problems(body: str, row: type[MemberRow] | type[ResidentRow]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        parse_json(body.encode(), row)
    return [(one.field, one.reason) for one in refused.value.problems]


@pytest.mark.parametrize("field", ["reference", "household"])
def test_the_register_of_households_takes_nobodys_number(field: str) -> None:
    marks = {"reference": "H-1", "household": "101", field: CARD}
    body = (
        f'{{"division":"{VILLAGE}","building":"1","reference":"{marks["reference"]}",'
        f'"household":"{marks["household"]}"}}'
    )
    ((refused, reason),) = _problems(body, ResidentRow)
    assert refused == field
    assert "identity number" in reason
    assert CARD not in reason


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
