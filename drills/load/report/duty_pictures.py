"""Pictures of the duties: clocks, how late pages were, how long people took, and what became of the pages."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from drills.load.outcome import Answers, Outcome
from drills.load.report.messages import label, name_of
from drills.load.report.style import BLUE, GREEN, GREY, ORANGE, RED, SKY, YELLOW, new_figure
from shared.clock import SHANGHAI

STATES = (("met", GREEN), ("met-late", YELLOW), ("running", SKY), ("breached", RED), ("void", GREY))
ANSWERS = (("in-time", GREEN), ("after-limit", YELLOW))
BELOW: dict[str, Any] = {"loc": "outside lower center", "ncols": 5}
MANY = 500
DASHED: dict[str, Any] = {"color": RED, "linestyle": "--", "linewidth": 1.2}


def clocks_by_rule(outcome: Outcome) -> Figure | None:
    """Draw expected beside kept clocks of each rule, and the states at the end beside them."""
    rules = [rule for rule, one in outcome.clocks.items() if one.expected or one.states]
    if not rules:
        return None
    figure = new_figure(1.5 + 0.55 * len(rules))
    left, right = figure.subplots(1, 2, sharey=True)
    places = range(len(rules))
    expected = [outcome.clocks[rule].expected for rule in rules]
    kept = [outcome.clocks[rule].kept for rule in rules]
    for shift, counts, colour, name in ((-0.2, expected, BLUE, "expected"), (0.2, kept, GREEN, "kept")):
        bars = left.barh([place + shift for place in places], counts, 0.36, color=colour, label=label(name))
        left.bar_label(bars, [f"{count:,}" for count in counts], padding=3, fontsize=8)
    _as_counts(left, max(expected + kept))
    _stack(right, [outcome.clocks[rule].states for rule in rules], STATES, "state")
    left.set_yticks(places, [name_of(rule) for rule in rules])
    left.invert_yaxis()
    for axes in (left, right):
        handles, names = axes.get_legend_handles_labels()
        axes.legend(handles, names, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return figure


def _as_counts(axes: Axes, most: int) -> None:
    """Count on a scale that grows by tenfold steps where one rule has far more clocks than another."""
    axes.set_xlabel(label("axis-clocks"))
    axes.grid(visible=False, axis="y")
    if most > MANY:
        axes.set_xscale("symlog", linthresh=10)
        axes.xaxis.set_major_formatter(FuncFormatter(_whole))
        axes.set_xlim(0, 5 * most)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_xlim(0, 1.2 * max(1, most))


def _whole(value: float, _: int | None = None) -> str:
    return f"{value:,.0f}"


def _stack(
    axes: Axes, counts: Sequence[dict[str, int]], parts: Sequence[tuple[str, str]], prefix: str
) -> None:
    """Draw the shares of each entry's parts, and their number beside them."""
    totals = [max(1, sum(one.values())) for one in counts]
    left = [0.0] * len(counts)
    for part, colour in parts:
        values = [one.get(part, 0) / total for one, total in zip(counts, totals, strict=True)]
        if any(values):
            name = label(f"{prefix}-{part}")
            axes.barh(range(len(counts)), values, 0.6, left=left, color=colour, label=name)
            left = [before + value for before, value in zip(left, values, strict=True)]
    for place, one in enumerate(counts):
        axes.annotate(
            *(f"{sum(one.values()):,}", (1, place)),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            annotation_clip=False,
        )
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel(label("axis-share"))
    axes.grid(visible=False, axis="y")


def lateness(outcome: Outcome) -> Figure | None:
    """Draw how late pages were over the world's time, and the quantiles of the whole beside it."""
    parts = outcome.firing_over_time
    if not parts:
        return None
    figure = new_figure(3.4)
    left, right = figure.subplots(1, 2, width_ratios=[2.6, 1])
    times = [part.world for part in parts]
    for name, colour, text in (("max", RED, "longest"), ("p99", ORANGE, ""), ("p50", BLUE, "median")):
        values = [getattr(part, name) for part in parts]
        shown = label(text) if text else name
        left.plot(times, values, color=colour, marker=".", linewidth=1.4, label=shown)  # pyright: ignore[reportArgumentType]
    for fault in outcome.faults:
        over = fault.ready_world or fault.restored_world or outcome.times.ended_world
        left.axvspan(fault.began_world, over, color=RED, alpha=0.14, linewidth=0)  # pyright: ignore[reportArgumentType]
    left.xaxis.set_major_formatter(DateFormatter("%H:%M", tz=SHANGHAI))
    left.set_xlabel(label("world-time"))
    left.set_ylabel(label("axis-late-seconds"))
    _bars_of_lateness(right, outcome)
    bounds = outcome.bounds
    if bounds is not None:
        left.axhline(bounds.slack_seconds, **DASHED, label=f"{label('limit')} {bounds.slack_seconds:g} s")
    if bounds is not None and bounds.lateness_p99_seconds is not None:
        text = f"p99 {label('limit')} {bounds.lateness_p99_seconds:g} s"
        for axes in (left, right):
            axes.axhline(bounds.lateness_p99_seconds, color=ORANGE, linestyle=":", label=text)
    left.set_ylim(bottom=0)
    figure.legend(*left.get_legend_handles_labels(), **BELOW)
    return figure


def _bars_of_lateness(axes: Axes, outcome: Outcome) -> None:
    groups = [("outside-faults", outcome.firing), ("in-faults", outcome.firing_in_faults)]
    shown = [(name, one) for name, one in groups if one.count]
    for shift, name, colour in ((-0.27, "p50", BLUE), (0.0, "p99", ORANGE), (0.27, "max", RED)):
        values = [getattr(one, name) or 0.0 for _, one in shown]
        bars = axes.bar([place + shift for place in range(len(shown))], values, 0.25, color=colour)
        axes.bar_label(bars, [f"{value:.2g}" for value in values], padding=2, fontsize=7.5)
    axes.set_xticks(
        range(len(shown)), [f"{label(name).replace(' ', chr(10), 1)}\n×{one.count:,}" for name, one in shown]
    )
    axes.grid(visible=False, axis="x")
    axes.margins(y=0.15)


def answers_by_rule(outcome: Outcome) -> Figure | None:
    """Draw how long the duties of each rule took, in shares of the limit, with the limit and what is open."""
    found = [(rule, one) for rule, one in outcome.answers.items() if sum(one.counts) or one.beyond]
    if not found:
        return None
    rows = (len(found) + 1) // 2
    figure = new_figure(0.6 + 2.3 * rows)
    grid = figure.subplots(rows, 2, squeeze=False)
    places = list(grid.flat)
    for axes, (rule, one) in zip(places, found, strict=False):
        _draw_answers(axes, rule, one)
    for axes in places[len(found) :]:
        axes.set_axis_off()
    parts = [Patch(color=colour, label=label(name)) for name, colour in ANSWERS]
    figure.legend(handles=[*parts, Line2D([], [], label=label("section-limit"), **DASHED)], **BELOW)
    return figure


def _draw_answers(axes: Axes, rule: str, one: Answers) -> None:
    width = one.bin_share
    edges = [number * width for number in range(len(one.counts))]
    colours = [GREEN if edge + width <= 1 + 1e-9 else YELLOW for edge in edges]
    axes.bar(edges, one.counts, width, align="edge", color=colours, edgecolor="white", linewidth=0.6)
    end = len(one.counts) * width
    others = ((one.beyond, ORANGE, label("beyond", edge=end)), (one.open, GREY, label("never")))
    for number, (count, colour, text) in enumerate(others):
        if not count:
            continue
        place = end + (1.5 + 3.6 * number) * width
        axes.bar(place, count, 1.8 * width, color=colour)
        axes.annotate(
            *(f"{text.replace(' ', chr(10), 1)}\n{count:,}", (place, count)),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7.5,
            linespacing=1.25,
        )
    limit = label("wall-time") if one.limit_hours is None else label("hours", hours=one.limit_hours)
    axes.axvline(1, **DASHED)
    axes.set_title(f"{name_of(rule)}（{limit}）", loc="left")
    axes.set_xlabel(label("axis-share-of-limit"))
    axes.set_ylabel(label("axis-clocks"))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_xticks([0, 0.5, 1, *([1.5] if end > 1.5 else []), *([2] if end >= 2 else [])])
    axes.margins(y=0.4)
    axes.set_xlim(0, end + 7 * width)


PAGES = (
    ("on-time", GREEN),
    ("late", YELLOW),
    ("twice", ORANGE),
    ("missing", RED),
    ("unexpected", GREY),
)


def pages_by_state(outcome: Outcome) -> Figure | None:
    """Draw what became of the lines of pages of each rule."""
    rules = [rule for rule, one in outcome.pages.items() if one.expected or one.sent]
    if not rules:
        return None
    counts: list[dict[str, int]] = []
    for rule in rules:
        one = outcome.pages[rule]
        on_time = max(0, one.sent - one.late - one.twice - one.unexpected)
        rest = {name: getattr(one, name) for name in ("late", "twice", "missing", "unexpected")}
        counts.append({"on-time": on_time, **rest})
    figure = new_figure(1.3 + 0.42 * len(rules))
    axes, side = figure.subplots(1, 2, sharey=True, width_ratios=[3, 1.4])
    _stack(axes, counts, PAGES, "page")
    side.set_axis_off()
    for place, one in enumerate(counts):
        wrong = [f"{label('page-' + name)} {one[name]:,}" for name, _ in PAGES[1:] if one[name]]
        side.text(0.12, place, "，".join(wrong), va="center", fontsize=8, color=RED)
    axes.set_yticks(range(len(rules)), [name_of(rule) for rule in rules])
    axes.invert_yaxis()
    figure.legend(*axes.get_legend_handles_labels(), **BELOW)
    return figure
