"""Puts a drill's figures and pictures into one HTML page that needs nothing from any network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from drills.load.outcome import Outcome
from drills.load.report.duty_pictures import answers_by_rule, clocks_by_rule, lateness, pages_by_state
from drills.load.report.load_pictures import facts_over_time, latency_by_route
from drills.load.report.messages import label, name_of, say
from drills.load.report.style import as_data_address, our_style
from shared.clock import SHANGHAI

PICTURES: Sequence[tuple[str, Callable[[Outcome], Figure | None]]] = (
    ("load", facts_over_time),
    ("latency", latency_by_route),
    ("clocks", clocks_by_rule),
    ("lateness", lateness),
    ("answers", answers_by_rule),
    ("pages", pages_by_state),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page, its heading by the catalogue's code; figures stand to the right."""

    code: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


def write_page(outcome: Outcome) -> str:
    """Return the whole page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    with our_style():
        pictures = [(code, figure and as_data_address(figure)) for code, figure in draw(outcome)]
    return environment.get_template("page.html").render(
        outcome=outcome,
        pictures=pictures,
        tables=[table for table in (_facts(outcome), _faults(outcome), _checks(outcome)) if table.rows],
        heading_lines=_heading(outcome),
        say=say,
        label=label,
        count=len(outcome.verdict.reasons) + outcome.verdict.omitted,
    )


def draw(outcome: Outcome) -> Sequence[tuple[str, Figure | None]]:
    """Return every picture, drawn inside `our_style`; None for what the drill did not measure."""
    return [(code, picture(outcome)) for code, picture in PICTURES]


def _heading(outcome: Outcome) -> Sequence[tuple[str, str]]:
    times = outcome.times
    real = (times.ended_real - times.started_real).total_seconds()
    world = f"{_moment(times.started_world)} – {_moment(times.ended_world)}"
    lines = [
        ("scenario", outcome.scenario),
        ("seed", str(outcome.seed)),
        ("share", f"{outcome.share:g}"),
        ("speed", f"{outcome.speed:g}"),
        ("platform", outcome.url or label("own-platform")),
        ("world-time", world),
        ("real-time", f"{_moment(times.started_real)}, {real:,.0f} s"),
        ("rows-per-second", f"{outcome.rows_per_second:,.1f}"),
        ("messages", f"{outcome.messages:,}"),
    ]
    if outcome.unanswered:
        reasons = ", ".join(f"{reason} ×{count:,}" for reason, count in outcome.unanswered.items())
        lines.append(("unanswered", reasons))
    return [(label(code), value) for code, value in lines]


def _facts(outcome: Outcome) -> Table:
    figures = ("planned", "sent", "accepted", "stored", "lost", "duplicates", "retried", "refused")
    rows = [
        (name_of(kind), *("—" if (value := getattr(one, name)) is None else f"{value:,}" for name in figures))
        for kind, one in outcome.facts.items()
    ]
    return Table("facts", ("kind", *figures), rows)


def _faults(outcome: Outcome) -> Table:
    rows = [
        (
            f"{label('does-' + one.does)} · {label('whom-' + one.whom)}",
            _moment(one.began_world),
            _seconds(one.began_real, one.restored_real),
            _seconds(one.restored_real, one.ready_real),
            one.note,
        )
        for one in outcome.faults
    ]
    return Table("faults", ("fault", "began", "lasted", "ready", "how"), rows)


def _checks(outcome: Outcome) -> Table:
    rows = [(one.what, f"{one.expected:,}", f"{one.found:,}") for one in outcome.checks]
    return Table("checks", ("what", "expected", "found"), rows)


def _seconds(begun: datetime | None, ended: datetime | None) -> str:
    return "—" if begun is None or ended is None else f"{(ended - begun).total_seconds():.1f}"


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
