"""Areas are found by the names that officials write, as long as one area alone is meant."""

import pytest

from shared.areas import AreaRegister
from shared.settings import PROJECT

AREAS = AreaRegister.load(PROJECT / "data" / "areas.csv")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("河北省石家庄市藁城区", "130109"),
        ("石家庄市藁城区", "130109"),
        ("河北省藁城区", "130109"),
        ("藁城区", "130109"),
        ("广东省深圳市", "440300"),
        ("北京市", "110000"),
        ("市辖区", None),
        ("鼓楼区", None),
        ("天涯", None),
        ("", None),
    ],
)
def test_names(name: str, code: str | None) -> None:
    assert AREAS.code_of(name) == code
