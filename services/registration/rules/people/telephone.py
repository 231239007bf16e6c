"""Telephone numbers 电话号码: mobile, landline with its area code, foreign with +."""

import re
import unicodedata

from services.registration.rules.people.identity import excel_damage

_ASIDE = re.compile(r"[\s\-‐‑–—()（）.]+")
_HOME = re.compile(r"(?:\+86|0086)(?=1[3-9]\d{9}$|0?[1-9]\d{8,11}$)", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(0[1-9]\d{1,2})?[2-9]\d{6,7}", re.ASCII)
_FOREIGN = re.compile(r"\+[1-9]\d{5,14}", re.ASCII)


def normal_telephone(text: str) -> str:
    """Return a number as it is compared and dialled here: digits without what stands between them.

    The prefix of China falls away, before a mobile number and before an area code.
    """
    damaged = excel_damage(text) is not None
    digits = unicodedata.normalize("NFKC", text) if damaged else _without_asides(text)
    digits = digits.strip().strip("'’‘")
    home = _HOME.match(digits)
    if home is None:
        return digits
    rest = digits[home.end() :]
    return rest if _MOBILE.fullmatch(rest) or rest.startswith("0") else f"0{rest}"


def _without_asides(text: str) -> str:
    return _ASIDE.sub("", unicodedata.normalize("NFKC", text))


def telephone_refusal(telephone: str) -> str | None:
    """Return why a number that `normal_telephone` wrote is none, fit for its sender; None when it is good.

    The reason never repeats the number.
    """
    if (advice := excel_damage(telephone)) is not None:
        return advice
    if any(shape.fullmatch(telephone) for shape in (_MOBILE, _LANDLINE, _FOREIGN)):
        return None
    if telephone.startswith("1"):
        return "is no mobile number: these have 11 digits and begin with 13 to 19"
    return "is no telephone number: a mobile number, a landline with its area code, or + and a foreign one"
