"""`python -m benchmarks [--only relay …]`: measure, print a table, keep the figures."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import accept_to_page, batch_results, clock_engine, relay, single_results
from benchmarks.figures import Figure
from benchmarks.ground import RESULTS, Ground, lay_ground
from benchmarks.report import show, write
from shared.clock import Clock

MEASUREMENTS: Mapping[str, Callable[[Ground], Awaitable[list[Figure]]]] = {
    "single": single_results.measure,
    "batch": batch_results.measure,
    "relay": relay.measure,
    "clocks": clock_engine.measure,
    "page": accept_to_page.measure,
}

Only = Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(MEASUREMENTS)}; may be repeated.")]


def main(only: Only = None) -> None:
    """Measure this machine, each figure beside its physical limit."""
    if unknown := set(only or ()) - MEASUREMENTS.keys():
        raise typer.BadParameter(f"unknown: {', '.join(sorted(unknown))}", param_hint="--only")
    chosen = [name for name in MEASUREMENTS if not only or name in only]
    console = Console()
    figures = asyncio.run(_measure(chosen, console))
    show(figures, console)
    console.print(f"kept in {write(figures, RESULTS, Clock().now())}")


async def _measure(names: list[str], console: Console) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        console.print(f"[dim]{name} …[/]")
        started = time.perf_counter()
        async with lay_ground() as ground:
            figures.extend(await MEASUREMENTS[name](ground))
        console.print(f"[dim]{name}: {time.perf_counter() - started:.0f} s[/]")
    return figures


if __name__ == "__main__":
    typer.run(main)
