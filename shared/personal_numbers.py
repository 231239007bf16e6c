"""Numbers of people 个人号码 in marks and names: identity cards, mobile telephones, landlines.

Marks travel further than people's data may: on the bus, in metrics and URLs. What is chosen by hand (a
register's codes and names) is refused when it holds such a number; what is scanned off a tube is kept and
does not travel (record 61). This catches mistakes, not intent, and rather misses a number that is oddly
written than takes an ordinary long mark for one.
"""

import re
import unicodedata
from datetime import date

from pydantic import AfterValidator

from shared.identity_cards import holds_card_number

SHORTEST = 10

_DASHES = re.compile("[‐‑‒–—−]")
_MADE_BY_MACHINE = re.compile(
    r"(?=.*[a-f])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64})", re.ASCII | re.IGNORECASE
)
"""UUIDs and digests: what digits stand in them by chance is no number of anybody's."""

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s._:/-]+(?=\d)", re.ASCII)
_OLD_CARD = re.compile(
    r"(?<!\d)(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{4}(\d{6})\d{3}(?!\d)", re.ASCII
)
_BORN_FROM, _BORN_UNTIL = 1930, 1999
"""Of holders of cards with 15 digits: the last were born in 1999, and what reads as the 1920s is a code with
a day of this decade in it."""

_APART = r"[\s._:/-]{1,2}"
_MOBILE = re.compile(
    r"(?<!\d)(?:(?:00)?86)?1[3-9]\d"
    rf"(?:\d{{8}}|{_APART}\d{{8}}|{_APART}\d{{4}}{_APART}\d{{4}}|\d{{4}}{_APART}\d{{4}})(?!\d)",
    re.ASCII,
)
_LOCAL_OF_EIGHT = r"(?!20[12])[2-8]\d{3}[ -]?\d{4}"
"""No local number begins as a year of ours does: `023-20210201` is a code with a day in it."""
_LOCAL_OF_SEVEN = r"[2-8]\d{2}[ -]?\d{4}"
_LANDLINE = re.compile(
    r"(?<!\d)0(?:"
    rf"(?:10|2[0-57-9])(?:\) ?|[ -]{{1,2}}){_LOCAL_OF_EIGHT}"
    rf"|[3-9]\d\d(?:\) ?|[ -]{{1,2}})(?:{_LOCAL_OF_EIGHT}|{_LOCAL_OF_SEVEN})"
    r")(?!\d)",
    re.ASCII,
)
"""An area code must stand apart: eleven digits that begin with 0 are a number in a row, filled up."""
_LANDLINE_FROM_ABROAD = re.compile(
    r"(?:\+86|(?<!\d)0086[ -])[ -]?(?:"
    rf"(?:10|2[0-57-9])[ -]?{_LOCAL_OF_EIGHT}|[3-9]\d\d[ -]?(?:{_LOCAL_OF_EIGHT}|{_LOCAL_OF_SEVEN})"
    r")(?!\d)",
    re.ASCII,
)


def number_in(text: str) -> str | None:
    """Return why a text is refused that holds somebody's number; None when none is seen in it.

    The reason never repeats the text.
    """
    if len(text) < SHORTEST:
        return None
    plain = text if text.isascii() else _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    if _MADE_BY_MACHINE.fullmatch(plain):
        return None
    if holds_card_number(plain) or _holds_old_card_number(plain):
        return "looks like an identity number, which is personal data and has no place here"
    if _MOBILE.search(plain):
        return "looks like a mobile number, which is personal data and has no place here"
    if _LANDLINE.search(plain) or _LANDLINE_FROM_ABROAD.search(plain):
        return "looks like a telephone number, which is personal data and has no place here"
    return None


def _holds_old_card_number(text: str) -> bool:
    """Return whether a number of a first-generation card stands in a text: 15 digits, no check digit."""
    return any(
        _is_birthday(found)
        for written in (text, _BETWEEN_DIGITS.sub("", text))
        for found in _OLD_CARD.findall(written)
    )


def _is_birthday(digits: str) -> bool:
    try:
        born_on = date(1900 + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        return False
    return _BORN_FROM <= born_on.year <= _BORN_UNTIL


def _nobodys_number(text: str) -> str:
    if (reason := number_in(text)) is not None:
        raise ValueError(reason)
    return text


NOBODYS_NUMBER = AfterValidator(_nobodys_number)
"""For the models of what people choose by hand: refuses what holds somebody's number, with the reason."""
