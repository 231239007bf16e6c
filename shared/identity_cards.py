"""The number of a resident identity card 居民身份证 (GB 11643-1999), and marks that hold one.

Six digits of an area, eight of the day of birth, three in a row, and a check digit after ISO 7064, MOD 11-2.
"""

import re
from datetime import date

_WEIGHTS = tuple(2**power % 11 for power in range(17, 0, -1))
_CHECK_DIGITS = "10X98765432"
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s._:/-]+(?=[\dXx])", re.ASCII)
_LIKE_A_CARD = re.compile(r"(?<!\d)[1-8]\d{16}[\dXx](?![\dXx])", re.ASCII)


def check_digit(number: str) -> str:
    """Return the check digit that belongs to the first 17 digits of a card's number."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECK_DIGITS[total % 11]


def birth_date_of(number: str) -> date | None:
    """Return the day of birth in a card's number; None when there is no such day."""
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born_on if born_on.year >= 1850 else None


def holds_card_number(mark: str) -> bool:
    """Return whether the number of a card stands in a mark, whole or parted by blanks, . _ : / or -.

    Only a number whose day of birth exists and whose check digit fits counts: a village's own marks are
    long runs of digits as well, and those are not to be refused.
    """
    return any(
        _is_card_number(found.upper())
        for text in (mark, _BETWEEN_DIGITS.sub("", mark))
        for found in _LIKE_A_CARD.findall(text)
    )


def _is_card_number(number: str) -> bool:
    return birth_date_of(number) is not None and check_digit(number) == number[17]
