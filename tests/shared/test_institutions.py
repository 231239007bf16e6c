"""The register of institutions as a file: what it may not hold."""

from pathlib import Path

import pytest

from shared.institutions import InstitutionRegister


@pytest.mark.parametrize(
    ("code", "name", "refused"),
    [
        ("500104-13812345678", "门诊部", "the code of an institution looks like a mobile number"),
        ("500104-p1", "张医生诊所 023-68812345", "the name of an institution looks like a telephone number"),
    ],
)
def test_an_institution_is_called_by_nobodys_number(
    tmp_path: Path, code: str, name: str, refused: str
) -> None:
    file = tmp_path / "institutions.csv"
    head = "code,name,kind,division\n500104-cdc,疾控中心,disease-control,500104\n"
    file.write_text(head)
    assert "500104-cdc" in InstitutionRegister.load(file)
    file.write_text(f"{head}{code},{name},hospital,500104\n")
    with pytest.raises(ValueError, match=f":3: {refused}"):
        InstitutionRegister.load(file)
