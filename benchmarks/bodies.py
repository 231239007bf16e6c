"""Results as a laboratory sends them: real divisions of the register, tube codes never used before."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.settings import PROJECT

INSTITUTION = "500104-cdc"
APART = timedelta(microseconds=20_011)
_numbers = count(1)


def villages(within: str = "500104") -> list[str]:
    """Return the villages of a district of the register."""
    register = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")
    return [
        unit.code for unit in register.units() if unit.level == "village" and unit.code.startswith(within)
    ]


def results(
    positive_in: int = 1, *, at: datetime | None = None, apart: timedelta = APART
) -> Iterator[dict[str, Any]]:
    """Yield results without end, one in `positive_in` positive, obtained `apart` from one another.

    The first was obtained at `at`, or an hour ago; no two have the same instants, as in a laboratory.
    """
    places = villages()
    resulted = at or Clock().now() - timedelta(hours=1)
    for number in _numbers:
        resulted += apart
        yield {
            "tube_code": f"B{number:09d}",
            "institution": INSTITUTION,
            "division": places[number % len(places)],
            "method": "pcr",
            "result": "positive" if number % positive_in == 0 else "negative",
            "sampled_at": (resulted - timedelta(hours=6)).isoformat(),
            "resulted_at": resulted.isoformat(),
        }


def write_singles(
    path: Path, how_many: int, *, positive_in: int = 1, at: datetime | None = None, apart: timedelta = APART
) -> Path:
    """Write one body a line."""
    rows = results(positive_in, at=at, apart=apart)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(next(rows)) + "\n" for _ in range(how_many))
    return path


def write_batches(path: Path, how_many: int, rows_each: int, *, positive_in: int = 100) -> Path:
    """Write one JSON array of results a line."""
    rows = results(positive_in)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(how_many):
            file.write(json.dumps([next(rows) for _ in range(rows_each)]) + "\n")
    return path
