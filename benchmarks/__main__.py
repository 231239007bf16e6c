"""`python -m benchmarks [--only relay …]`: measure, print a table, keep the figures."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import (
    accept_to_page,
    batch_results,
    classification,
    clock_engine,
    coverage,
    due_lists,
    preregistrations,
    relay,
    result_growth,
    result_streams,
    returns,
    single_results,
    workbooks,
)
from benchmarks.figures import Figure
from benchmarks.ground import RESULTS, Ground, lay_ground
from benchmarks.noise import Usage
from benchmarks.report import show, write
from shared.clock import Clock

MEASUREMENTS: Mapping[str, Callable[[Ground], Awaitable[list[Figure]]]] = {
    "single": single_results.measure,
    "batch": batch_results.measure,
    "stream": result_streams.measure,
    "growth": result_growth.measure,
    "returns": returns.measure,
    "preregistrations": preregistrations.measure,
    "workbooks": workbooks.measure,
    "relay": relay.measure,
    "clocks": clock_engine.measure,
    "page": accept_to_page.measure,
    "classification": classification.measure,
    "due": due_lists.measure,
    "coverage": coverage.measure,
}

QUIET = 0.2
"""Processors that others may take before the figures say more about them than about us."""

Only = Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(MEASUREMENTS)}; may be repeated.")]


def main(only: Only = None) -> None:
    """Measure this machine, each figure beside its physical limit."""
    if unknown := set(only or ()) - MEASUREMENTS.keys():
        raise typer.BadParameter(f"unknown: {', '.join(sorted(unknown))}", param_hint="--only")
    console = Console()
    figures: list[Figure] = []
    others: dict[str, float] = {}
    for name in MEASUREMENTS:
        if not only or name in only:
            figures += _measure(name, others, console)
    show(figures, console)
    console.print(f"kept in {write(figures, others, RESULTS, Clock().now())}")


def _measure(name: str, others: dict[str, float], console: Console) -> list[Figure]:
    """Carry one measurement out and note how many processors others took meanwhile."""
    console.print(f"[dim]{name} …[/]")
    before = Usage.now()
    figures = asyncio.run(_on_ground(MEASUREMENTS[name]))
    after = Usage.now()
    others[name] = after.others_since(before)
    seconds = after.at - before.at
    words = f"{name}: {seconds:.0f} s; others kept {others[name]:.1f} of {os.cpu_count()} processors busy"
    console.print(words, style="dim" if others[name] < QUIET else "yellow")
    return figures


async def _on_ground(measure: Callable[[Ground], Awaitable[list[Figure]]]) -> list[Figure]:
    async with lay_ground() as ground:
        return await measure(ground)


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()
