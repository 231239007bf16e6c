"""Identity documents 身份证件: the resident identity card with its check digit, passports, others.

The card's number follows GB 11643-1999: six digits of an area, eight of the day of birth, three in a row, and
a check digit after ISO 7064, MOD 11-2.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from shared.identity_cards import birth_date_of, check_digit


class IdentityKind(StrEnum):
    """Which document names a person 证件类型."""

    RESIDENT_CARD = "resident-card"
    """居民身份证, with the residence permits for people of Hong Kong, Macao and Taiwan of the same form."""
    PASSPORT = "passport"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity document; the number as `normal_number` writes it."""

    kind: IdentityKind
    number: str


PROVINCES = frozenset(
    str(first)
    for first in (*range(11, 16), 21, 22, 23, *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
) | {"71", "81", "82", "83"}
"""The first two digits that cards are issued with (GB/T 2260); 81 to 83 on residence permits."""

_CARD = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_FIRST_GENERATION = re.compile(r"[1-9]\d{14}", re.ASCII)
_PASSPORT = re.compile(r"[A-Z0-9]{5,20}", re.ASCII)
_OTHER = re.compile(r"[A-Z0-9][A-Z0-9/()-]{2,29}", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+", re.ASCII)
_FRACTION = re.compile(r"\d+\.\d*", re.ASCII)

MADE_A_NUMBER = (
    "has been made a number by Excel, which keeps 15 digits and loses the rest: "
    "format the column as text and enter it again"
)


def normal_number(text: str) -> str:
    """Return a number as it is compared: capital letters, half-width, without blanks."""
    half_width = unicodedata.normalize("NFKC", text)
    return "".join(half_width.split()).strip("'’‘").upper()


def excel_damage(text: str) -> str | None:
    """Return advice when Excel has turned a number that is a name into a figure; None when it is whole.

    Recognised are `5.00104E+17`, a fraction such as `.0`, and a card's number that ends in 000 and whose
    check digit does not fit: Excel has put zeros for the last three digits. A sound number may end in 000
    (one in eleven hundred does), so it is the check digit that tells them apart.
    """
    number = normal_number(text)
    if _SCIENTIFIC.fullmatch(number) or _FRACTION.fullmatch(number):
        return MADE_A_NUMBER
    if _CARD.fullmatch(number) and number.endswith("000") and check_digit(number) != "0":
        return MADE_A_NUMBER
    return None


def refusal_of(identity: Identity) -> str | None:
    """Return why a number is none of its kind, fit for its sender; None when it is good.

    The reason never repeats the number. A day of birth in the future is for `problems_of` a person, which
    knows the day.
    """
    if (advice := excel_damage(identity.number)) is not None:
        return advice
    if identity.kind is IdentityKind.RESIDENT_CARD:
        return _refusal_of_card(identity.number)
    if identity.kind is IdentityKind.PASSPORT:
        good = _PASSPORT.fullmatch(identity.number) and any(one.isdigit() for one in identity.number)
        return None if good else "is no passport number: 5 to 20 letters and digits"
    return None if _OTHER.fullmatch(identity.number) else "must have 3 to 30 letters, digits and / ( ) -"


def _refusal_of_card(number: str) -> str | None:
    if _FIRST_GENERATION.fullmatch(number):
        return "has 15 digits, as cards had until 2012: enter the 18 digits of the present card"
    if not _CARD.fullmatch(number):
        return "must have 17 digits and a check digit, which may be X"
    if number[:2] not in PROVINCES:
        return "begins with digits that no province has"
    if birth_date_of(number) is None:
        return "holds a day of birth that does not exist"
    if check_digit(number) != number[17]:
        return "has a check digit that does not fit: one of the digits is wrong"
    return None
