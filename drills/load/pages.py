"""Which lines must stand on people's pages, from when until when, and which may or may not.

A line is one clock on one page. Each moment of the chain that leads to it (the step, the pages and answers of
the climb before it) may come a little late, and later where it fell into a fault. Where something else may
have come first, an answer, a newer step, the clock's end, the line may be or not be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from drills.forecast import steps_of
from drills.ladder import ForecastPage, Holders, LadderRun, Step, holders_of, people_on_duty
from drills.scenario import Person
from shared.divisions import DivisionRegister
from shared.policy import ClockRule, Ladder, Pack

EARLY = timedelta(seconds=1)
"""Nobody may be paged before their time; a second of the world is left for rounding."""


@dataclass(frozen=True, slots=True)
class Between:
    """An instant that is known within bounds, both included."""

    low: datetime
    high: datetime

    @property
    def width(self) -> timedelta:
        """How little is known."""
        return self.high - self.low

    def holds(self, at: datetime, allowed: timedelta = timedelta()) -> bool:
        """Tell whether an instant lies within."""
        return self.low - allowed <= at <= self.high + allowed


@dataclass(frozen=True, slots=True)
class Delays:
    """How late what happens in the platform may be, in world time."""

    slack: timedelta
    away: tuple[Between, ...] = ()
    """When something was broken or on its way back."""
    answer: timedelta = timedelta()
    """How much later than they meant to people may answer."""

    def latest(self, at: datetime) -> datetime:
        """Return by when something that is due at `at` must have happened."""
        late = at + self.slack
        for one in self.away:
            if one.low <= late and at <= one.high:
                late = max(late, one.high + self.slack)
        return late

    def is_away(self, at: datetime) -> bool:
        """Tell whether something was broken at a moment or within the slack before it."""
        return any(one.low - self.slack <= at <= one.high for one in self.away)


@dataclass(frozen=True, slots=True)
class Line:
    """A clock on somebody's page."""

    occasion: str
    rung: int
    person: str
    at: datetime
    within: Between
    must: bool
    """Whether it has to be; if not, it may."""
    first: bool
    """Whether a step led to it and no climb: its lateness is that of the clock's firing."""
    in_fault: bool


@dataclass(slots=True)
class Paging:
    """What all clocks of a drill share when their pages are worked out."""

    pack: Pack
    register: DivisionRegister
    roster: Sequence[Person]
    starts_at: datetime
    ends_at: datetime
    delays: Delays
    holders: Holders = field(init=False)
    played: dict[tuple[object, ...], list[Line]] = field(default_factory=dict[tuple[object, ...], list[Line]])

    def __post_init__(self) -> None:
        self.holders = holders_of(self.roster)

    def ladder(self, rule: ClockRule) -> Ladder:
        """Return the ladder of a rule."""
        return self.pack.ladder(rule.ladder)


def play_pages(
    rule: ClockRule,
    division: str,
    started: Between,
    due: Between,
    known: Between,
    closed: Between | None,
    paging: Paging,
) -> list[Line]:
    """Return the lines of one clock, in their order; clocks that differ in their place alone share them."""
    ladder = paging.ladder(rule)
    find = people_on_duty(paging.holders, paging.register, division)
    people = tuple(tuple(person.key for person in find(rung)) for rung in ladder.rungs)
    key = (rule.id, started, known, closed, people)
    if key not in paging.played:
        informs = ladder.occasions.inform is not None
        steps = steps_of(rule, started.high, due.high, informs=informs)
        ends_at = paging.delays.latest(closed.high) if closed else paging.ends_at
        runs = [
            LadderRun(ladder, find, min(ends_at, paging.ends_at), paging.ends_at).run(steps, at)
            for at in ([known.high] if not _is_torn(steps, started, known) else [known.high, known.low])
        ]
        lines = [_lines(run, steps, started, known, closed, paging) for run in runs]
        paging.played[key] = (
            lines[0] if len(lines) == 1 else [replace(one, must=False) for part in lines for one in part]
        )
    return paging.played[key]


def _is_torn(steps: Sequence[Step], started: Between, known: Between) -> bool:
    """Whether it depends on the moment at which a clock became known which steps had passed.

    A clock that runs from its receipt is known from its first step on, whenever that was.
    """
    ahead = [step for step in steps if started != known or step.at != started.high]
    return any(known.low < step.at <= known.high for step in ahead)


def _lines(
    run: LadderRun,
    steps: Sequence[Step],
    started: Between,
    known: Between,
    closed: Between | None,
    paging: Paging,
) -> list[Line]:
    delays = paging.delays
    latest = [_latest(page, delays, paging.starts_at) for page in run.pages]
    ends = [closed.low] if closed else []
    ends.append(paging.ends_at)
    answers = [
        Between(page.answered_at, late + (page.answered_at - page.at) + delays.answer)
        for page, late in zip(run.pages, latest, strict=True)
        if page.answered_at is not None
    ]
    doubtful: set[datetime] = set()
    lines: list[Line] = []
    for page, late in zip(run.pages, latest, strict=True):
        others = [*ends, *(step.at for step in steps if step.at > max(page.at, known.high))]
        open_ = (
            page.chain[0] < paging.starts_at
            or any(at <= late for at in others)
            or any(one.low <= late and page.at <= one.high and one.low != page.answered_at for one in answers)
            or any(at in doubtful for at in page.chain[:-1])
        )
        if open_:
            doubtful.add(page.at)
        early = known.width if page.chain[0] == known.high else started.width
        lines.append(
            Line(
                occasion=page.occasion,
                rung=page.rung,
                person=page.person,
                at=page.at,
                within=Between(page.at - early - EARLY, late),
                must=not open_,
                first=len(page.chain) == 1,
                in_fault=delays.is_away(page.at),
            )
        )
    return lines


def _latest(page: ForecastPage, delays: Delays, starts_at: datetime) -> datetime:
    """What was due before the drill began may have waited for the platform, which was ready by then."""
    late, before = delays.latest(max(page.chain[0], starts_at)), page.chain[0]
    for at in page.chain[1:]:
        late, before = delays.latest(late + (at - before)), at
    return late
