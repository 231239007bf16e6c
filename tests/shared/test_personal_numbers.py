"""Numbers of people in marks and names, and the long marks that are nobody's number."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.personal_numbers import number_in

CARD = "11010519491231002X"
OLD_CARD = "110105491231002"

NUMBERS = {
    "identity": [
        CARD,
        CARD.lower(),
        f"H-{CARD}",
        f"{CARD}-2",
        "110105-19491231-002X",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        OLD_CARD,
        f"no{OLD_CARD}",
        "110105-491231-002",
        f"张伟{CARD}",
    ],
    "mobile": [
        "13812345678",
        "19912345678",
        "T13812345678",
        "13812345678-1",
        "H/2021/13812345678",
        "138-1234-5678",
        "138 1234 5678",
        "138.1234.5678",
        "138-12345678",
        "1381234-5678",
        "138–1234–5678",
        "8613812345678",
        "008613812345678",
        "+8613812345678",
        "+86 138 1234 5678",
        "+86-13812345678",
        "0086-138-1234-5678",
        "86-13812345678",
        "建胜广场 电话13812345678",
        "１３８１２３４５６７８",
    ],
    "telephone": [
        "023-68812345",
        "023 68812345",
        "(023)68812345",
        "（023）6881 2345",
        "023-6881-2345",
        "010-62345678",
        "0830-3612345",
        "0755-26712345",
        "+86-23-68812345",
        "+862368812345",
        "0086-23-68812345",
        "卫生院 023-68812345",
    ],
}

NOBODYS = [
    "",
    "T-1",
    "2021020100012",  # thirteen digits of a laboratory
    "20210201000123",
    "1234567890",
    "12012345678",  # no mobile number begins with 12
    "10012345678",
    "138123456789",  # twelve digits, which are not eleven and one more
    "99913812345678",  # fourteen digits, wherever eleven of them would be a number
    "138123-45678",
    "18-2-1201",
    "16-20211-1201",
    "1801-0203-001",
    "02368812345",  # a number in a row, filled up with a zero
    "023-20210201",  # a code with a day in it
    "0351-20210001",
    "023-0000001",
    "0260-1234567",
    "500104102201000123",  # a village's code and a number in its row
    "500104210115001",  # a district's code, a day of this decade and a number in its row
    "110105491331002",  # no such month
    "990105491231002",  # no such province
    f"{CARD[:17]}1",  # the check digit does not fit
    "91500104756200999X",
    "KB-2021-000123456",
    "jiansheng-square",
    "建胜镇广场采样点",
    "EPI_ISL_402124",
    "0b1e0a86-1f4c-5a75-9a0f-13812345678a",
    "9e107d9d372bb6826bd81d3542a41913",
]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in NUMBERS.items() for text in texts]
)
def test_a_number_is_found_however_it_is_dressed_and_never_repeated(kind: str, text: str) -> None:
    reason = number_in(text)
    assert reason is not None
    assert f" {kind} number" in reason
    assert text not in reason


@pytest.mark.parametrize("text", NOBODYS)
def test_an_ordinary_mark_is_nobodys_number(text: str) -> None:
    assert number_in(text) is None


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", "no-", "JS:", "村", "86", "0086", "+86 "]),
    st.sampled_from(["", "-a", "/JS", " 转"]),
)
def test_no_prefix_or_suffix_hides_a_mobile_number(number: str, before: str, after: str) -> None:
    assert number_in(before + number + after) is not None


@given(st.uuids())
def test_an_id_of_ours_is_nobodys_number(id_: UUID) -> None:
    text = str(id_)
    assert number_in(text) is None or not any(character in "abcdef" for character in text)
