"""Results as a laboratory sends them: real divisions of the register, tube codes never used before."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.settings import PROJECT

_numbers = count(1)


def villages(within: str = "500104") -> list[str]:
    """Return the villages of a district of the register."""
    register = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")
    return [
        unit.code for unit in register.units() if unit.level == "village" and unit.code.startswith(within)
    ]


def results(positive_in: int = 1) -> Iterator[dict[str, Any]]:
    """Yield results without end; one in `positive_in` is positive."""
    places = villages()
    resulted = Clock().now().astimezone(UTC).replace(microsecond=0)
    for number in _numbers:
        yield {
            "tube_code": f"B{number:09d}",
            "institution": "500104-cdc",
            "division": places[number % len(places)],
            "method": "pcr",
            "result": "positive" if number % positive_in == 0 else "negative",
            "sampled_at": _text(resulted - timedelta(hours=6)),
            "resulted_at": _text(resulted),
        }


def write_singles(path: Path, how_many: int, *, positive_in: int = 1) -> Path:
    """Write one body a line."""
    rows = results(positive_in)
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


def _text(instant: datetime) -> str:
    return instant.isoformat()
