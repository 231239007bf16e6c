"""Areas of the country and the world: which codes are known, and what lies in what."""

import pytest

from shared.areas import AreaRegister, area_prefix, canonical_area, covers, wider_areas
from shared.divisions import DivisionRegister
from shared.settings import PROJECT

DIVISIONS = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")
AREAS = AreaRegister.load(PROJECT / "data" / "areas.csv", DIVISIONS)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("130104", True),
        ("130100", True),
        ("130000", True),
        ("130104001", True),  # townships elsewhere are taken by their county
        ("130104001002", True),
        ("139999", False),
        ("139999001", False),
        ("500104102001", True),
        ("500104102999", False),  # at home every village is known
        ("MM", True),
        ("CN", False),  # the country itself is no place to have come from
        ("ZZ", False),
    ],
)
def test_which_codes_are_known(code: str, known: bool) -> None:
    assert (code in AREAS) is known


@pytest.mark.parametrize(
    ("area", "place", "within"),
    [
        ("130000", "130104", True),
        ("130100", "130104", True),
        ("130100", "130204", False),
        ("130104", "130104001", True),
        ("130104001", "130104", False),
        ("130104001000", "130104001", True),
        ("130104000", "130104", True),
        ("130104", "130104000000", True),
        ("110000", "110101", True),
        ("MM", "MM", True),
        ("MM", "MY", False),
        ("130000", "MM", False),
    ],
)
def test_what_lies_in_what(area: str, place: str, within: bool) -> None:
    assert covers(area, place) is within


def test_shortest_codes_and_what_an_area_lies_in() -> None:
    assert [canonical_area(code) for code in ("130104000000", "130104001000", "130104001002", "MM")] == [
        *("130104", "130104001", "130104001002", "MM")
    ]
    assert wider_areas("130104001002") == ("130104001", "130104", "130100", "130000")
    assert wider_areas("130100") == ("130000",)
    assert wider_areas("130000") == wider_areas("MM") == ()
    assert all(area_prefix("130104001").startswith(area_prefix(wider)) for wider in wider_areas("130104001"))


def test_names_are_told_with_their_province() -> None:
    assert AREAS.name("130104") == "河北省石家庄市桥西区"
    assert AREAS.name("130104001") == "河北省石家庄市桥西区（130104001）"
    assert (AREAS.name("500000"), AREAS.name("500104"), AREAS.name("110100")) == (
        *("重庆市", "重庆市大渡口区", "北京市"),
    )
    assert AREAS.name("130104", "en") == "河北省石家庄市桥西区 (130104)"
    assert AREAS.name("429004") == "湖北省仙桃市"
    assert (AREAS.name("MM"), AREAS.name("MM", "en")) == ("缅甸", "Myanmar (Burma)")
