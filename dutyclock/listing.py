"""Rows for a person at the terminal, each value whole at any width."""

import sys
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text


class Row(NamedTuple):
    """One thing of a list: a value for each heading, and rich's style for the whole."""

    values: Sequence[str]
    style: str = ""


def print_rows(headings: Sequence[tuple[str, str]], rows: Sequence[Row]) -> None:
    """Print a table where it fits, and otherwise each row on lines of its own: no value is ever cut.

    A heading is Chinese and English.
    """
    console = Console()
    table = Table(*(f"{zh}\n{en}" for zh, en in headings))
    for row in rows:
        table.add_row(*(Text(value) for value in row.values), style=row.style)
    unlimited = console.options.update(width=sys.maxsize)
    if console.measure(table, options=unlimited).maximum <= console.width:
        console.print(table)
        return
    for row in rows:
        named = zip(headings, row.values, strict=True)
        pieces = [f"{zh} {en} {value}" for (zh, en), value in named if value]
        for line in _lines(pieces, console.width):
            console.print(line, style=row.style, markup=False, highlight=False, soft_wrap=True)


def _lines(pieces: Sequence[str], width: int) -> Sequence[str]:
    """Fill lines with whole pieces, all but the first line indented; what is too wide has its own line."""
    lines: list[str] = []
    for piece in pieces:
        longer = f"{lines[-1]}  {piece}" if lines else piece
        if not lines or cell_len(longer) > width:
            lines.append(f"  {piece}" if lines else piece)
        else:
            lines[-1] = longer
    return lines
