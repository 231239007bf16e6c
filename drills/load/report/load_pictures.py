"""Pictures of the load: what was told and accepted over time, and how long the calls took."""

from collections.abc import Sequence
from datetime import timedelta

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from drills.load.outcome import Bucket, Outcome, Quantiles
from drills.load.report.messages import label
from drills.load.report.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    new_figure,
    rows_of,
    shade_faults,
    spans_of,
)
from shared.clock import SHANGHAI


def facts_over_time(outcome: Outcome) -> Figure | None:
    """Draw rows told and accepted each second, and the slowest calls below, with the faults shaded."""
    buckets = outcome.throughput
    if not buckets:
        return None
    rows = max((*rows_of(outcome), -1)) + 1
    figure = new_figure(4.6 + 0.22 * rows)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    edges = [bucket.real_seconds for bucket in buckets]
    widths = [bucket.width_seconds for bucket in buckets]
    told = [bucket.rows / bucket.width_seconds for bucket in buckets]
    upper.bar(edges, told, widths, align="edge", color=BLUE, alpha=0.28, label=label("told"))
    steps = accepted_by_step(buckets)
    upper.step(*steps, where="post", color=GREEN, linewidth=1.6, label=label("accepted"))
    again = [bucket.retried / bucket.width_seconds for bucket in buckets]
    if any(again):
        upper.bar(edges, again, widths, align="edge", color=RED, alpha=0.75, label=label("retried"))
    upper.set_ylabel(label("axis-rows-per-second"))
    upper.set_ylim(bottom=0)
    _slowest(lower, outcome)
    ends = [edges[-1] + widths[-1], *(spans_of(fault, outcome)[2] for fault in outcome.faults)]
    upper.set_xlim(0, max(ends))
    shade_faults(upper, outcome)
    shade_faults(lower, outcome, named=False)
    lower.set_xlabel(label("axis-real-seconds"))
    _world_below(lower, outcome)
    figure.legend(*_both(upper, lower), loc="outside lower center", ncols=5)
    return figure


def accepted_by_step(buckets: Sequence[Bucket]) -> tuple[list[float], list[float]]:
    """Return when the rate of acceptance changes, and to what: to none where there is no bucket."""
    at: list[float] = []
    rates: list[float] = []
    for bucket in buckets:
        if at and bucket.real_seconds <= at[-1]:  # the one before reaches up to it
            at.pop()
            rates.pop()
        at += [bucket.real_seconds, bucket.real_seconds + bucket.width_seconds]
        rates += [bucket.accepted / bucket.width_seconds, 0.0]
    return at, rates


def _slowest(axes: Axes, outcome: Outcome) -> None:
    timed = [bucket for bucket in outcome.throughput if bucket.p99_seconds is not None]
    middles = [bucket.real_seconds + bucket.width_seconds / 2 for bucket in timed]
    slowest = [bucket.p99_seconds or 0.0 for bucket in timed]
    name = label("calls-p99")
    axes.plot(middles, slowest, color=ORANGE, linewidth=1.4, marker=".", markersize=4, label=name)
    behind = [bucket.behind_seconds for bucket in outcome.throughput]
    if any(behind):
        steps = [bucket.real_seconds + bucket.width_seconds / 2 for bucket in outcome.throughput]
        axes.plot(steps, behind, color=GREY, linewidth=1.2, linestyle="--", label=label("behind-plan"))
    axes.set_ylabel(label("axis-seconds"))
    axes.set_ylim(bottom=0)


def _world_below(axes: Axes, outcome: Outcome) -> None:
    """Write the world's time under each mark of real time."""
    start = outcome.times.started_world

    def both(seconds: float, _: int | None = None) -> str:
        world = start + timedelta(seconds=seconds * outcome.speed)
        return f"{seconds:g}\n{world.astimezone(SHANGHAI):%H:%M}"

    axes.xaxis.set_major_locator(MaxNLocator(9))
    axes.xaxis.set_major_formatter(FuncFormatter(both))


def _plain(value: float, _: int | None = None) -> str:
    return f"{value:g}"


def _both(*all_axes: Axes) -> tuple[list[Artist], list[str]]:
    handles: list[Artist] = []
    names: list[str] = []
    for axes in all_axes:
        found, called = axes.get_legend_handles_labels()
        handles += found
        names += called
    return handles, names


QUANTILES = (("p50", BLUE, "o"), ("p90", GREEN, "s"), ("p99", ORANGE, "D"), ("max", RED, "|"))


def latency_by_route(outcome: Outcome) -> Figure | None:
    """Draw the quantiles of each route on one logarithmic scale."""
    found = [(route, one) for route, one in outcome.latency.items() if one.count and one.p50 is not None]
    if not found:
        return None
    found.sort(key=lambda pair: pair[1].p99 or 0.0)
    figure = new_figure(1.3 + 0.42 * len(found))
    axes = figure.subplots()
    for place, (_, one) in enumerate(found):
        _draw_quantiles(axes, place, one)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_plain))
    axes.set_yticks(range(len(found)), [f"{route}  ×{one.count:,}" for route, one in found])
    axes.set_ylim(-0.6, len(found) - 0.4)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(label("axis-milliseconds"))
    limit = outcome.bounds.request_p99_seconds if outcome.bounds else None
    if limit is not None:
        axes.axvline(1000 * limit, color=RED, linestyle="--", linewidth=1.2, label=f"p99 {label('limit')}")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure


def _draw_quantiles(axes: Axes, place: int, one: Quantiles) -> None:
    values = {name: getattr(one, name) for name, _, _ in QUANTILES}
    known = [1000 * value for value in values.values() if value is not None]
    axes.plot([min(known), max(known)], [place, place], color="#c3c8cf", linewidth=2, zorder=1)
    for name, colour, mark in QUANTILES:
        if values[name] is None:
            continue
        text = {"p50": label("median"), "max": label("longest")}.get(name, name)
        shown = text if place == 0 else None
        axes.plot([1000 * values[name]], [place], mark, color=colour, markersize=7, linestyle="", label=shown)
