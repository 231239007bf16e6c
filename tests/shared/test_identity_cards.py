"""Marks that hold the number of an identity card, and marks that only look long."""

import pytest

from shared.identity_cards import check_digit, holds_card_number

SOUND = "11010519491231002X"


@pytest.mark.parametrize(
    "mark",
    [SOUND, SOUND.lower(), f"H-{SOUND}", f"{SOUND}-2", "110105-19491231-002X", "110105/1949.12.31/002-x"],
)
def test_a_cards_number_is_found_however_it_is_dressed(mark: str) -> None:
    assert holds_card_number(mark)


@pytest.mark.parametrize(
    "mark",
    [
        "H-0001",
        "500104102201000123",  # a village's code and a number in its row: no such day of birth
        f"{SOUND[:17]}{'1' if check_digit(SOUND) != '1' else '2'}",
        "1101051949123100",
        f"9{SOUND}",
        "2026112800123456789",
    ],
)
def test_a_long_mark_that_is_no_cards_number_is_left_alone(mark: str) -> None:
    assert not holds_card_number(mark)
