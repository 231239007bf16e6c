"""The report: a table for people, JSON for the record."""

import json
import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print the figures, one a line, with what holds for each of them beneath."""
    table = Table(title="Dutyclock on this machine", title_justify="left", expand=False)
    table.add_column("figure")
    for heading in ("measured", "limit", "ratio", "aim", "spread"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("limit and notes", overflow="fold")
    for figure in figures:
        table.add_row(
            figure.name,
            f"{_number(figure.value)} {figure.unit}",
            "" if figure.limit is None else _number(figure.limit),
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            _aim(figure),
            f"±{figure.spread / 2:.0%}" if len(figure.values) > 1 else "",
            "\n".join(part for part in (figure.limit_name, *figure.notes) if part),
        )
    console.print(table)


def _aim(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    sign = "≥" if figure.aim.kind == "ratio at least" else "≤"
    mark = "[green]✓[/]" if figure.reached else "[red]✗[/]"
    return f"{mark} {sign} {figure.aim.number:g}"


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def write(figures: Sequence[Figure], folder: Path, now: datetime) -> Path:
    """Write the figures and the machine they were measured on; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
    document = {
        "measured_at": now.isoformat(),
        "machine": {
            "processors": psutil.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
            "system": platform.platform(),
            "python": platform.python_version(),
            "load_average": psutil.getloadavg(),
        },
        "figures": [_record(figure) for figure in figures],
    }
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    return file


def _record(figure: Figure) -> dict[str, object]:
    return {
        "name": figure.name,
        "unit": figure.unit,
        "value": figure.value,
        "values": list(figure.values),
        "limit_name": figure.limit_name,
        "limit": figure.limit,
        "limits": list(figure.limits),
        "ratio": figure.ratio,
        "aim": None if figure.aim is None else {"kind": figure.aim.kind, "number": figure.aim.number},
        "reached": figure.reached,
        "notes": list(figure.notes),
    }
