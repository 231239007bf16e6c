"""The areas of the whole country and the world, as routes and risk areas name them.

Six digits for a province (`130000`), a prefecture (`130100`) or a county (`130104`), nine for a township,
twelve for a village, after GB/T 2260 and the statistical division codes; two letters of ISO 3166-1 for a
country.
"""

import csv
from collections import defaultdict
from collections.abc import Container
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

AREA_PATTERN = r"^([1-9]\d{5}(\d{3}(\d{3})?)?|[A-Z]{2})$"

AreaCode = Annotated[
    str,
    StringConstraints(pattern=AREA_PATTERN, strict=True),
    Field(
        description="6, 9 or 12 digits of an area of China, or the two letters of a country.",
        examples=["130104"],
    ),
]
"""Where somebody was: an area of China, or a country."""


AREAS_FILE = Path(__file__).resolve().parent.parent / "data" / "areas.csv"
_FILLING = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""What stands in the register where a prefecture would, and is no place."""


class AreaRegister:
    """The codes that are known: provinces, prefectures, counties and countries; about 4,000."""

    def __init__(self, names: dict[str, tuple[str, str]], divisions: Container[str] = ()) -> None:
        self._names = names
        self._divisions = divisions
        self._home = {code[:2] for code in names if len(code) == 6 and code in divisions}

    @classmethod
    def load(cls, path: Path, divisions: Container[str] = ()) -> "AreaRegister":
        """Read the register from a CSV file with the columns code, name, name_en.

        `divisions` is the installation's own register, which knows more deeply what lies at home.
        """
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return cls({row["code"]: (row["name"], row["name_en"]) for row in rows}, divisions)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, code: str) -> bool:
        """Tell whether an area is known.

        Elsewhere townships and villages are taken by their county: nobody here has their register.
        """
        if code in self._divisions:
            return True
        if not code[:2].isdigit():
            return code in self._names
        deeper_at_home = len(code) > 6 and code[:2] in self._home
        return code[:6] in self._names and not deeper_at_home

    def code_of(self, name: str) -> str | None:
        """Return the area of a name, alone where it is the only one, or with what lies above it; else None.

        藁城区, 石家庄市藁城区 and 河北省石家庄市藁城区 are one; 鼓楼区 alone may be four, and is none.
        """
        return self._by_name.get(name.replace(" ", ""))

    @cached_property
    def _by_name(self) -> dict[str, str]:
        found: dict[str, set[str]] = defaultdict(set)
        for code, (zh, _) in self._names.items():
            above = [self._names.get(wider, ("", ""))[0] for wider in wider_areas(code)]
            path = zh
            found[path].add(code)
            for wider in above:
                path = wider + path
                found[path].add(code)
            if len(above) == 2:
                found[above[1] + zh].add(code)
        return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}

    def name(self, code: str, language: str = "zh") -> str:
        """Return what an area is called, province and prefecture before it.

        What has no name here, and every area of China in English, has its code beside it.
        """
        zh, en = self._names.get(code[:6], ("", ""))
        if not code[:2].isdigit():
            return (en if language == "en" else zh) or code
        if language == "en":
            return f"{self._address(code)} ({code})"
        return self._address(code) + (f"（{code}）" if len(code) > 6 or not zh else "")

    def _address(self, code: str) -> str:
        codes = (f"{code[:2]}0000", f"{code[:4]}00", code[:6])
        names = dict.fromkeys(self._names.get(one, ("", ""))[0] for one in codes)
        return "".join(name for name in names if name not in _FILLING)


@cache
def area_register() -> AreaRegister:
    """Return the register that comes with the project, read once."""
    return AreaRegister.load(AREAS_FILE)


def area_prefix(code: str) -> str:
    """Return what the codes of all areas within begin with: 130000 → 13, 130100 → 1301, 130104 → 130104."""
    if not code[:2].isdigit():
        return code
    code = canonical_area(code)
    if len(code) == 6 and code.endswith("0000"):
        return code[:2]
    return code[:4] if len(code) == 6 and code.endswith("00") else code


def covers(area: str, place: str) -> bool:
    """Tell whether `place` is `area` or lies in it."""
    return area_prefix(place).startswith(area_prefix(area))


def canonical_area(code: str) -> str:
    """Return an area's shortest code: zeros that only fill up stand for nothing below the county."""
    if len(code) == 12 and code.endswith("000"):
        code = code[:9]
    return code[:6] if len(code) == 9 and code.endswith("000") else code


def wider_areas(code: str) -> tuple[str, ...]:
    """Return the codes of all areas that an area lies in, the nearest first, without its own."""
    if not code[:2].isdigit():
        return ()
    wider = (code[:9], code[:6], code[:4] + "00", code[:2] + "0000")
    return tuple(dict.fromkeys(one for one in wider if len(one) <= len(code) and one != code))
