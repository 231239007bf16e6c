"""Holds what a scenario's author expects against what the policy demands: the two must say the same."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from drills.forecast import Forecast, ForecastClock
from drills.happenings import Span, write_span
from drills.ladder import ForecastPage
from drills.messages import say
from drills.scenario import ExpectedClock, ExpectedCount, ExpectedPage, Scenario, State
from dutyclock.terminal import Sentence
from shared.policy.documents import Location


def expected_of(clock: ForecastClock, scenario: Scenario) -> ExpectedClock:
    """Return a forecast in the words of the file."""
    return ExpectedClock(
        clock=clock.rule,
        of=clock.label,
        state=clock.state,
        started=clock.started_at - scenario.starts_at,
        due=clock.due_at - scenario.starts_at,
        stopped=_span(clock.stopped_at, scenario),
        pages=tuple(_expected_page(page, scenario) for page in clock.pages),
    )


def _span(instant: datetime | None, scenario: Scenario) -> Span | None:
    return None if instant is None else instant - scenario.starts_at


def _expected_page(page: ForecastPage, scenario: Scenario) -> ExpectedPage:
    return ExpectedPage(
        at=page.at - scenario.starts_at,
        occasion=page.occasion,
        rung=page.rung,
        person=page.person,
        answered=_span(page.answered_at, scenario),
    )


def counted_of(clocks: Sequence[ForecastClock]) -> list[ExpectedCount]:
    """Return how many clocks of each rule are in each state."""
    counts: Counter[tuple[str, State]] = Counter((clock.rule, clock.state) for clock in clocks)
    return [
        ExpectedCount(clock=rule, state=state, count=count) for (rule, state), count in sorted(counts.items())
    ]


def contradictions(scenario: Scenario, made: Forecast) -> Iterator[tuple[Location, Sentence]]:
    """Yield where the file's expectations differ from the forecast, clock by clock and figure by figure."""
    forecasts = {(clock.rule, clock.label): expected_of(clock, scenario) for clock in made.judged}
    for number, expected in enumerate(scenario.expects):
        found = forecasts.pop((expected.clock, expected.of), None)
        place: Location = ("expects", number)
        if found is None:
            yield place, say("expects-no-such-clock", clock=expected.clock, of=expected.of)
            continue
        yield from _differences(place, expected, found)
    for clock, of in forecasts:
        yield ("expects",), say("expects-left-out", clock=clock, of=of)
    counted = {(one.clock, one.state): one.count for one in counted_of(made.elsewhere)}
    stated = {(one.clock, one.state): one.count for one in scenario.expects_elsewhere}
    if counted != stated:
        yield ("expects_elsewhere",), say("expects-other-counts", found=_counts(counted))


def _differences(
    place: Location, expected: ExpectedClock, found: ExpectedClock
) -> Iterator[tuple[Location, Sentence]]:
    for field in ("state", "started", "due", "stopped"):
        wanted, made = getattr(expected, field), getattr(found, field)
        if wanted != made:
            yield (*place, field), say("expects-otherwise", expected=_shown(wanted), found=_shown(made))
    wanted_pages, made_pages = set(map(write_page, expected.pages)), set(map(write_page, found.pages))
    for page in sorted(wanted_pages - made_pages):
        yield (*place, "pages"), say("expects-no-such-page", page=page)
    for page in sorted(made_pages - wanted_pages):
        yield (*place, "pages"), say("expects-page-left-out", page=page)


def write_page(page: ExpectedPage) -> str:
    """Return a page as a line of the file."""
    parts = [f"at: {write_span(page.at)}", f"occasion: {page.occasion}", f"rung: {page.rung}"]
    parts.append(f"person: {page.person}")
    if page.answered is not None:
        parts.append(f"answered: {write_span(page.answered)}")
    return "{" + ", ".join(parts) + "}"


def _shown(value: object) -> str:
    return write_span(value) if isinstance(value, timedelta) else str(value)


def _counts(counted: dict[tuple[str, str], int]) -> str:
    return ", ".join(f"{clock} {state} {count}" for (clock, state), count in sorted(counted.items())) or "-"


def write_expectations(scenario: Scenario, made: Forecast) -> str:
    """Return a forecast as the `expects` part of a file, to be read by its author before it is kept."""
    lines = ["expects:"]
    for clock in made.judged:
        one = expected_of(clock, scenario)
        head = [f"clock: {one.clock}", f"of: {_quoted(one.of)}", f"state: {one.state}"]
        head += [f"started: {write_span(one.started)}", f"due: {write_span(one.due)}"]
        if one.stopped is not None:
            head.append(f"stopped: {write_span(one.stopped)}")
        lines += [f"  - {head[0]}", *(f"    {part}" for part in head[1:])]
        if one.pages:
            lines += ["    pages:", *(f"      - {write_page(page)}" for page in one.pages)]
    lines.append("expects_elsewhere:")
    lines += [
        f"  - {{clock: {one.clock}, state: {one.state}, count: {one.count}}}"
        for one in counted_of(made.elsewhere)
    ]
    return "\n".join(lines) + "\n"


def _quoted(label: str) -> str:
    return f'"{label}"' if label.isdigit() else label
