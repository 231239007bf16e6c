"""What a cell of a workbook says: text, dates, yes and no, codes, as officials write and Excel keeps them.

Each reader returns a value fit for JSON, or raises ValueError with a reason fit for the person who filled
the sheet in. What stands in an empty cell is not asked.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from shared.clock import SHANGHAI

LONGEST_TEXT = 2_000
BLANKS_AROUND = 1_000
"""How much of a text may be tidied away; what is longer still is not looked at."""
EXACT_DIGITS = 15
"""Excel keeps so many digits of a number; the rest become zeros."""

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)\s*日?", re.ASCII)
_TIME = re.compile(r"(\d{1,2})\s*[:时点]\s*(?:(\d{1,2})\s*分?)?(?:\s*:\s*(\d{1,2}))?", re.ASCII)
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+", re.ASCII)
_SEPARATORS = re.compile(r"[、,，;；\n]+")

LOST_DIGITS = (
    "Excel has made this a number and lost its last digits: format the column as text and enter it again"
)
NO_TIME = "needs a time of day, such as 2021-02-01 18:30"
NO_DATE = "is no date such as 2021-02-01"
NO_SUCH_DAY = "is no day that exists"
FAILED_FORMULA = "holds a formula that failed"
_FAILED = frozenset(
    ("#N/A", "#NAME?", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
"""What Excel keeps beside a formula that it could not work out."""


class Kind(StrEnum):
    """How a column's cells are read."""

    TEXT = "text"
    DIGITS = "digits"
    """Numbers that are names: identity numbers, telephones, codes. Never rounded."""
    DATE = "date"
    INSTANT = "instant"
    """A moment; without an offset it is Asia/Shanghai's."""
    TRUTH = "truth"
    INTEGER = "integer"
    DECIMAL = "decimal"
    LIST = "list"
    """Texts with 、 , ; or line breaks between them."""


def is_empty(value: Any) -> bool:
    """Tell whether nothing stands in a cell; blanks and lone dashes are nothing."""
    if isinstance(value, str):
        return len(value) <= BLANKS_AROUND and tidy(value) in ("", "-", "/", "—", "无数据")
    return value is None


def tidy(text: str) -> str:
    """Return a text without what keyboards and Excel leave in it: full-width forms, odd blanks, quotes."""
    return unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("\ufeff", "").strip().strip("'")


def read_text(value: Any) -> str:
    """Return a cell as text; a whole number without its `.0`."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**EXACT_DIGITS:
        value = int(value)
    if isinstance(value, datetime):
        value = value.date() if value.time() == time() else value
    written = str(value)
    if len(written) > LONGEST_TEXT + BLANKS_AROUND or len(text := tidy(written)) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT} characters")
    if text in _FAILED:
        raise ValueError(FAILED_FORMULA)
    return text


def read_digits(value: Any) -> str:
    """Return a number that is a name, exactly; what Excel has rounded is refused with advice."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) >= 10**EXACT_DIGITS or value != int(value) or value < 0:
            raise ValueError(LOST_DIGITS)
        return str(int(value))
    text = read_text(value).replace(" ", "")
    if _SCIENTIFIC.fullmatch(text):
        raise ValueError(LOST_DIGITS)
    return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


def read_date(value: Any) -> str:
    """Return a day as `2021-02-01`."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    found = _DATE.match(read_text(value))
    if found is None:
        raise ValueError(NO_DATE)
    return _day(found).isoformat()


def read_instant(value: Any) -> str:
    """Return a moment in RFC 3339; a day without a time of day is refused, for a clock may run from it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=SHANGHAI).isoformat()
    text = read_text(value)
    if _RFC_3339.fullmatch(text):
        return text
    found = _DATE.match(text)
    if found is None:
        raise ValueError(NO_DATE)
    clock = _TIME.fullmatch(text[found.end() :].strip())
    if clock is None:
        raise ValueError(NO_TIME)
    day = _day(found)
    hour, minute, second = (int(part or 0) for part in clock.groups())
    try:
        return datetime.combine(day, time(hour, minute, second), SHANGHAI).isoformat()
    except ValueError:
        raise ValueError(NO_TIME) from None


def _day(found: re.Match[str]) -> date:
    year, month, day = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(NO_SUCH_DAY) from None


_TRUTHS = {
    **dict.fromkeys(("是", "有", "对", "√", "y", "yes", "true", "1"), True),
    **dict.fromkeys(("否", "无", "没有", "×", "x", "n", "no", "false", "0"), False),
}


def read_truth(value: Any) -> bool:
    """Return yes or no."""
    truth = _TRUTHS.get(read_text(value).lower())
    if truth is None:
        raise ValueError("must be 是 or 否, yes or no")
    return truth


def read_integer(value: Any) -> int:
    """Return a whole number."""
    try:
        return int(read_text(value))
    except ValueError:
        raise ValueError("must be a whole number") from None


def read_decimal(value: Any) -> float:
    """Return a number."""
    try:
        number = float(read_text(value).removesuffix("℃").removesuffix("°C"))
    except ValueError:
        raise ValueError("must be a number") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("must be a number")
    return number


def read_list(value: Any) -> list[str]:
    """Return the texts that stand in one cell."""
    return [part for part in (tidy(part) for part in _SEPARATORS.split(read_text(value))) if part]


READERS: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: read_text,
    Kind.DIGITS: read_digits,
    Kind.DATE: read_date,
    Kind.INSTANT: read_instant,
    Kind.TRUTH: read_truth,
    Kind.INTEGER: read_integer,
    Kind.DECIMAL: read_decimal,
    Kind.LIST: read_list,
}
