"""How the pictures look, and how they become part of a page; only whoever draws needs matplotlib."""

from base64 import b64encode
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib
import pylopdf_fonts_zh_cn
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drills.load.outcome import AppliedFault, Outcome
from drills.load.report.messages import label

WIDTH_INCHES = 9.6
BLUE, ORANGE, GREEN, RED, YELLOW, SKY, GREY = (
    *("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CCAA00", "#56B4E9", "#8A8F98"),
)
"""After Okabe and Ito: told apart by eyes that do not tell red from green."""
SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#9aa0a8",
    "axes.grid": True,
    "axes.labelcolor": "#3a3f47",
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "svg.fonttype": "path",  # the same on every screen, whatever fonts it has
    "svg.hashsalt": "dutyclock",  # the same outcome gives the same file
    "xtick.color": "#3a3f47",
    "xtick.labelsize": 8.5,
    "ytick.color": "#3a3f47",
    "ytick.labelsize": 8.5,
}


LATE_SHARE = 0.6
"""Where a fault begins later than that in the picture, its name ends with it instead of beginning with it."""
ROW_SHARE = 0.085
"""The height of a row of names, in heights of the picture."""


@contextmanager
def our_style() -> Generator[None]:
    """Draw with the font that the project carries for its Chinese documents."""
    path = str(pylopdf_fonts_zh_cn.sans_path())
    if not any(entry.fname == path for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(path)
    family = font_manager.FontProperties(fname=path).get_name()
    settings: Any = {**SETTINGS, "font.family": family, "axes.unicode_minus": False}
    with matplotlib.rc_context(settings):
        yield


def new_figure(height_inches: float) -> Figure:
    """Return an empty picture as wide as the page."""
    return Figure(figsize=(WIDTH_INCHES, height_inches))


def as_data_address(figure: Figure) -> str:
    """Return a picture as SVG inside an address: it needs no other file and shares no names with others."""
    file = BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + b64encode(file.getvalue()).decode("ascii")


def shade_faults(axes: Axes, outcome: Outcome, *, named: bool = True) -> None:
    """Shade what was broken and what was on its way back, over real seconds from the start.

    Names stand in rows above the curves, so that faults that lie over one another stay legible.
    """
    rows = rows_of(outcome)
    for fault, row in zip(outcome.faults, rows, strict=True):
        began, restored, ready = spans_of(fault, outcome)
        axes.axvspan(began, restored, color=RED, alpha=0.16, linewidth=0, zorder=0.5)
        if ready > restored:
            axes.axvspan(restored, ready, color=YELLOW, alpha=0.16, linewidth=0, zorder=0.5)
        if named:
            text = f"{label('does-' + fault.does)} · {label('whom-' + fault.whom)}"
            at_right = began > LATE_SHARE * axes.get_xlim()[1]
            axes.text(
                restored if at_right else began,
                1.01 + ROW_SHARE * row,
                text,
                horizontalalignment="right" if at_right else "left",
                verticalalignment="bottom",
                fontsize=8,
                color=RED,
                clip_on=False,
                transform=axes.get_xaxis_transform(),
            )


def rows_of(outcome: Outcome) -> Sequence[int]:
    """Return in which row each fault's name stands: one that begins near another takes the next row."""
    taken: list[float] = []
    rows: list[int] = []
    reach = 0.45 * max(1.0, _length(outcome))
    for fault in outcome.faults:
        began = spans_of(fault, outcome)[0]
        row = next((number for number, end in enumerate(taken) if end <= began), len(taken))
        taken[row : row + 1] = [began + reach]
        rows.append(row)
    return rows


def spans_of(fault: AppliedFault, outcome: Outcome) -> tuple[float, float, float]:
    """Return when a fault began, was put back and was ready again, in real seconds from the drill's start."""
    start, end = outcome.times.started_real, outcome.times.ended_real
    restored = fault.restored_real or end
    instants = (fault.began_real, restored, fault.ready_real or restored)
    began, put_back, ready = ((instant - start).total_seconds() for instant in instants)
    return began, put_back, ready


def _length(outcome: Outcome) -> float:
    return (outcome.times.ended_real - outcome.times.started_real).total_seconds()
