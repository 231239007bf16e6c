"""What may be a reference: marks of machines and registers pass, people's data does not."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.reference import LONGEST, refusal_of


@pytest.mark.parametrize(
    "reference",
    [
        "JS-2021-00017",
        "1",
        "a1",
        "js/2021:7.b_3-x",
        "20210201000123",  # fourteen digits
        "2021-02-01-000123",
        "20210201-0001-123456",  # eighteen digits between separators, with no birthday among them
        "1234567890",
        "123456789012",
        "91500104756200999X",  # a credit code: enterprises begin with 9
        "915001047562009990",
        "0b1e0a86-1f4c-5a75-9a0f-13812345678a",  # a UUID is nobody's number
        "9e107d9d372bb6826bd81d3542a41913",
        "A" * (LONGEST - 1) + "1",
    ],
)
def test_marks_pass(reference: str) -> None:
    assert refusal_of(reference) is None


@pytest.mark.parametrize(
    ("reference", "word"),
    [
        ("", "characters"),
        ("1" * (LONGEST + 1), "characters"),
        ("张伟", "name"),
        ("张伟-1", "name"),
        ("Zhang Wei 1", "name"),
        ("ZhangWei", "name"),
        ("zhang.wei", "name"),
        ("-1", "letters"),
        ("a1\n", "letters"),
        ("１２３", "letters"),
        ("500104199001011236", "identity"),
        ("50010419900101123X", "identity"),
        ("50010419900101123x", "identity"),
        ("ID:50010419900101123X", "identity"),
        ("500104-19900101-123X", "identity"),
        ("500104-1990-01-01-1236", "identity"),
        ("a500104199001011236", "identity"),
        ("13812345678", "mobile"),
        ("10000000000", "mobile"),
        ("138-1234-5678", "mobile"),
        ("tel-13812345678", "mobile"),
        ("JS2021/13812345678", "mobile"),
        ("8613812345678", "mobile"),
        ("0086-138-1234-5678", "mobile"),
    ],
)
def test_what_looks_like_a_person_is_refused_with_its_reason(reference: str, word: str) -> None:
    reason = refusal_of(reference)
    assert reason is not None
    assert word in reason
    assert not reference or reference not in reason


@given(st.uuids())
def test_every_uuid_passes_that_has_a_letter(reference: UUID) -> None:
    text = str(reference)
    assert refusal_of(text) is None or not any(character in "abcdef" for character in text)


@given(
    st.from_regex(r"[1-8][0-9]{16}[0-9X]", fullmatch=True) | st.from_regex(r"1[0-9]{10}", fullmatch=True),
    st.sampled_from(["", "no-", "JS:", "x/"]),
    st.sampled_from(["", "-a", "/JS", ".b"]),
)
def test_no_prefix_or_suffix_of_letters_hides_a_number(number: str, before: str, after: str) -> None:
    assert refusal_of(before + number + after) is not None
