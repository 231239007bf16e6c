"""Numbers that name people: sound, mistyped, and spoilt by Excel."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.people.identity import (
    MADE_A_NUMBER,
    Identity,
    IdentityKind,
    birth_date_of,
    check_digit,
    excel_damage,
    normal_number,
    refusal_of,
)
from services.registration.rules.people.telephone import normal_telephone, telephone_refusal

CARD, PASSPORT, OTHER = IdentityKind.RESIDENT_CARD, IdentityKind.PASSPORT, IdentityKind.OTHER


def refusal(kind: IdentityKind, text: str) -> str | None:
    return refusal_of(Identity(kind, normal_number(text)))


SOUND = [
    (CARD, "11010519491231002X"),
    (CARD, "11010519491231002x"),
    (CARD, " 110105 19491231 002X "),
    (CARD, "１１０１０５１９４９１２３１００２Ｘ"),
    (CARD, "'11010519491231002X"),
    (CARD, "500104199001010009"),
    (CARD, "500104200002291231"),
    (PASSPORT, "E12345678"),
    (PASSPORT, "eh1234567"),
    (OTHER, "H60123456(01)"),
]


@pytest.mark.parametrize(("kind", "text"), SOUND)
def test_a_sound_number_is_taken(kind: IdentityKind, text: str) -> None:
    number = normal_number(text)
    if kind is CARD:
        assert number == number[:17] + check_digit(number)
    assert refusal(kind, text) is None


REFUSED = [
    (CARD, "110105194912310021", "check digit"),
    (CARD, "11010519491231002", "17 digits"),
    (CARD, "110105491231002", "15 digits"),
    (CARD, "1101051949123100211", "17 digits"),
    (CARD, "16010519491231002X", "no province"),
    (CARD, "910105194912310028", "no province"),
    (CARD, "01010519491231002X", "17 digits"),
    (CARD, "11010519491331002X", "day of birth"),
    (CARD, "110105190002291239", "day of birth"),
    (CARD, "110105184912310028", "day of birth"),
    (CARD, "1101051949123100XX", "17 digits"),
    (CARD, "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "17 digits"),
    (CARD, "", "17 digits"),
    (CARD, "5.00104E+17", "Excel"),
    (CARD, "1.23457E+17", "Excel"),
    (CARD, "1.23457e17", "Excel"),
    (CARD, "500104199001011000.0", "Excel"),
    (CARD, "500104199001011000.", "Excel"),
    (CARD, "500104199001012000", "Excel"),
    (PASSPORT, "E1", "passport"),
    (PASSPORT, "EEEEEEEE", "passport"),
    (PASSPORT, "E12345678.0", "passport"),
    (PASSPORT, "12345678.0", "Excel"),
    (OTHER, "1.5E+10", "Excel"),
    (OTHER, "张伟", "3 to 30"),
    (OTHER, "A" * 31, "3 to 30"),
]


@pytest.mark.parametrize(("kind", "text", "word"), REFUSED)
def test_what_is_refused_says_why_and_never_repeats_the_number(
    kind: IdentityKind, text: str, word: str
) -> None:
    reason = refusal(kind, text)
    assert reason is not None
    assert word in reason
    assert not text or text not in reason


def test_a_sound_number_may_end_in_three_zeros() -> None:
    ending = next(
        number
        for row in range(1, 10)
        for day in range(1, 29)
        if (number := f"500104199001{day:02d}{row}00") and check_digit(number) == "0"
    )
    assert refusal(CARD, f"{ending}0") is None


def _card(area: str, born_on: date, row: int) -> str:
    first = f"{area}{born_on:%Y%m%d}{row:03d}"
    return first + check_digit(first)


cards = st.builds(
    _card,
    st.sampled_from(["110105", "500104", "650102", "810000", "830000"]),
    st.dates(date(1900, 1, 1), date(2021, 2, 1)),
    st.integers(1, 999),
)


@given(cards, st.integers(0, 16), st.sampled_from("0123456789"))
def test_any_single_wrong_digit_is_found(number: str, place: int, digit: str) -> None:
    assert refusal(CARD, number) is None
    wrong = number[:place] + digit + number[place + 1 :]
    assert (refusal(CARD, wrong) is None) is (wrong == number)


@given(cards, st.integers(0, 16))
def test_two_neighbours_exchanged_are_found(number: str, place: int) -> None:
    digits = list(number)
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    wrong = "".join(digits)
    assert (refusal(CARD, wrong) is None) is (wrong == number)


@given(cards)
def test_what_excel_keeps_of_a_number_is_never_taken_for_another(number: str) -> None:
    if number.endswith("X"):  # never a figure
        return
    as_figure = float(number)
    for spoilt in (f"{as_figure:.5E}", f"{as_figure:.0f}.0", repr(as_figure)):
        assert excel_damage(spoilt) == MADE_A_NUMBER
    rounded = f"{number[:15]}000"
    if rounded != number and check_digit(rounded) != "0":
        assert refusal(CARD, rounded) == MADE_A_NUMBER


@given(cards)
def test_the_day_of_birth_is_read(number: str) -> None:
    born_on = birth_date_of(number)
    assert born_on is not None
    assert f"{born_on:%Y%m%d}" == number[6:14]


TELEPHONES = [
    ("13800000000", "13800000000"),
    ("138 0000 0000", "13800000000"),
    ("138-0000-0000", "13800000000"),
    ("+86 138 0000 0000", "13800000000"),
    ("0086-13800000000", "13800000000"),
    ("１３８００００００００", "13800000000"),
    ("'13800000000", "13800000000"),
    ("(023) 4812-3456", "02348123456"),
    ("023－48123456", "02348123456"),
    ("+86 23 4812 3456", "02348123456"),
    ("48123456", "48123456"),
    ("+852 9123 4567", "+85291234567"),
]


@pytest.mark.parametrize(("text", "number"), TELEPHONES)
def test_a_telephone_number_is_known_in_any_dress(text: str, number: str) -> None:
    assert normal_telephone(text) == number
    assert telephone_refusal(number) is None
    assert normal_telephone(number) == number


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("1.38E+10", "Excel"),
        ("13800000000.0", "Excel"),
        ("1380000000", "mobile"),
        ("12800000000", "mobile"),
        ("138000000000", "mobile"),
        ("none", "telephone"),
        ("", "telephone"),
        ("+1", "telephone"),
        ("无", "telephone"),
    ],
)
def test_what_is_no_telephone_number_is_refused(text: str, word: str) -> None:
    reason = telephone_refusal(normal_telephone(text))
    assert reason is not None
    assert word in reason
