"""What may serve as a reference: a mark that means something to its sender and names nobody to others.

References travel further than people's data may. What looks like a name, an identity number or a telephone
number is therefore refused at the door, also when it is dressed with a prefix or separators. This catches
mistakes, not intent: whoever wants to smuggle a number through can.
"""

import re

from shared import personal_numbers

LONGEST = 64

_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*", re.ASCII)
_MADE_BY_MACHINE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64}", re.ASCII | re.IGNORECASE
)
"""UUIDs and digests: what digits stand in them by chance is no number of anybody's."""

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[._:/-]+(?=\d)", re.ASCII)
_MOBILE = re.compile(r"(?<!\d)1\d{10}(?!\d)", re.ASCII)
_MOBILE_DRESSED = re.compile(r"(?<!\d)(?:(?:00)?86)?1[3-9]\d{9}(?!\d)", re.ASCII)
_IDENTITY = re.compile(r"(?<!\d)[1-8]\d{16}[\dXx](?![\dXx])", re.ASCII)
"""No province's code begins with 9, with which the credit codes of enterprises do."""
_IDENTITY_DRESSED = re.compile(
    r"(?<!\d)[1-8]\d{5}(18|19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dXx])", re.ASCII
)


def refusal_of(reference: str) -> str | None:
    """Return why a reference is refused, fit for its sender; None when it is good.

    The reason never repeats the reference.
    """
    if not reference or len(reference) > LONGEST:
        return f"must have 1 to {LONGEST} characters"
    if not _SHAPE.fullmatch(reference):
        return (
            "may hold the letters A to Z, digits and . _ : / - only and begins with a letter or digit; "
            "a person's name is personal data and has no place here"
        )
    if _is_made_by_machine(reference):
        return None
    if not any(character.isdigit() for character in reference):
        return "must hold a digit: a mark of letters alone may be a person's name, which has no place here"
    return number_in(reference)


def number_in(text: str) -> str | None:
    """Return why a text is refused that holds somebody's number; None when none is seen in it.

    Stricter than what all marks are held to: a number of the right length is refused though it is mistyped.
    """
    if (reason := personal_numbers.number_in(text)) is not None:
        return reason
    joined = _BETWEEN_DIGITS.sub("", text)
    if _IDENTITY.search(text) or _IDENTITY_DRESSED.search(joined):
        return "looks like an identity number, which is personal data and has no place here"
    if _MOBILE.search(text) or _MOBILE_DRESSED.search(joined):
        return "looks like a mobile number, which is personal data and has no place here"
    return None


def _is_made_by_machine(reference: str) -> bool:
    return _MADE_BY_MACHINE.fullmatch(reference) is not None and any(
        character in "abcdef" for character in reference.lower()
    )
