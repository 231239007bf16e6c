"""An installation of a part of the register: its own divisions, and the units above them."""

import pytest

from shared.divisions import DivisionRegister, UnknownDivision
from shared.settings import PROJECT, Settings

WHOLE = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")


def test_a_district_knows_its_own_divisions_and_the_municipality_above() -> None:
    district = WHOLE.part(["500104"])
    codes = [unit.code for unit in district.units()]
    assert codes[0] == "500000"
    assert all(code.startswith("500104") for code in codes[1:])
    assert len(codes) == 1 + sum(unit.code.startswith("500104") for unit in WHOLE.units())
    assert [unit.code for unit in district.children("500000")] == ["500104"]


def test_a_township_brings_its_district_along() -> None:
    town = WHOLE.part(["500104102"])
    assert {"500000", "500104", "500104102", "500104102001"} <= {unit.code for unit in town.units()}
    assert "500104001" not in town


def test_of_nothing_it_is_all_and_unknown_codes_are_refused() -> None:
    assert WHOLE.part([]) is WHOLE
    with pytest.raises(UnknownDivision):
        WHOLE.part(["999999"])


@pytest.mark.parametrize(
    ("text", "codes"), [("", ()), ("500104", ("500104",)), ("500104, 500103,", ("500104", "500103"))]
)
def test_the_setting_names_divisions_with_commas(
    text: str, codes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUTYCLOCK_DIVISIONS_UNDER", text)
    settings = Settings.model_validate({"database_url": "unused", "nats_url": "unused"})
    assert settings.divisions_under == codes
