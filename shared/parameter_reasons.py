"""Why a query parameter was refused, in our own words.

Litestar reads parameters with msgspec, which writes its sentences for programmers and repeats the value in
some of them. Each becomes a sentence of the catalogue of reasons, so that it is told in Chinese too and no
value, which may be a name, stands in an answer or a log.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from shared.reasons import pattern_in_words

UNREADABLE = "is not what this parameter takes"
"""What is said when msgspec has a sentence that is not known here."""

_OF_TYPE: Mapping[str, str] = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "uuid": "is no UUID",
    "date": "is no date such as 2021-02-01",
    "datetime": "must be an RFC 3339 time such as 2021-11-05T08:30:00+08:00",
}
_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(sentence), reason)
    for sentence, reason in (
        (r"Expected `int` >= (-?\d+)", "must be at least {}"),
        (r"Expected `int` <= (-?\d+)", "must be at most {}"),
        (r"Expected `str` of length <= (\d+)", "is longer than {} characters"),
        (r"Expected `str` of length >= (\d+)", "is shorter than {} characters"),
        (r"Integer value out of range", _OF_TYPE["int"]),
        (r"Invalid UUID", _OF_TYPE["uuid"]),
        (r"Invalid RFC3339 encoded date", _OF_TYPE["date"]),
        (r"Invalid RFC3339 encoded datetime", _OF_TYPE["datetime"]),
    )
)
_WRONG_TYPE = re.compile(r"Expected `(\w+)(?: \| \w+)*`(?:, got `[^`]*`)?")
_NO_PATTERN = re.compile(r"Expected `str` matching regex (['\"])(.*)\1", re.DOTALL)


def parameter_reason(said: str, annotation: Any) -> str:
    """Return a sentence of msgspec's about a parameter of this type as a reason that the catalogue holds."""
    if words := list(_words(annotation)):
        return f"must be one of {', '.join(words)}"
    for sentence, reason in _SENTENCES:
        if found := sentence.fullmatch(said):
            return reason.format(*found.groups())
    if found := _WRONG_TYPE.fullmatch(said):
        return _OF_TYPE.get(found[1], UNREADABLE)
    if found := _NO_PATTERN.fullmatch(said):
        return pattern_in_words(found[2].replace(r"\\", "\\")) or UNREADABLE
    return UNREADABLE


def _words(annotation: Any) -> Iterator[str]:
    """The words that a parameter takes, of an enumeration or of literals; none for other types."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(member.value) for member in annotation)
    elif get_origin(annotation) is Literal:
        yield from (word for word in get_args(annotation) if isinstance(word, str))
    else:
        for part in get_args(annotation):
            yield from _words(part)
