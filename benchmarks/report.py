"""The report: a table for people, JSON for the record."""

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print the figures, one a line, and beneath them what limits each and what else was seen."""
    table = Table(title="Dutyclock on this machine", title_justify="left")
    table.add_column("", justify="right", style="dim")
    table.add_column("figure")
    for heading in ("measured", "limit", "ratio", "aim", "spread"):
        table.add_column(heading, justify="right", no_wrap=True)
    for number, figure in enumerate(figures, start=1):
        table.add_row(
            str(number),
            figure.name,
            f"{_number(figure.value)} {figure.unit}",
            "" if figure.limit is None else _number(figure.limit),
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            _aim(figure),
            f"±{figure.spread / 2:.0%}" if len(figure.values) > 1 else "",
        )
    console.print(table)
    for number, figure in enumerate(figures, start=1):
        limit = (f"limit: {figure.limit_name}",) if figure.limit_name else ()
        console.print(f"[dim]{number:2}  {'; '.join((*limit, *figure.notes))}[/]", highlight=False)


def _aim(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    sign = "≤" if figure.aim.kind.endswith("at most") else "≥"
    mark = "[green]✓[/]" if figure.reached else "[red]✗[/]"
    return f"{mark} {sign} {figure.aim.number:g}"


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def write(figures: Sequence[Figure], others: Mapping[str, float], folder: Path, now: datetime) -> Path:
    """Write the figures and the machine they were measured on; return the file.

    `others` is how many processors others kept busy during each measurement.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
    document = {
        "measured_at": now.isoformat(),
        "machine": {
            "processors": psutil.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
            "system": platform.platform(),
            "python": platform.python_version(),
            "processors_busy_with_others": others,
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
