"""Compares what the platform says with what must be, figure by figure; every difference is named."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from drills.facts import by_receipt
from drills.forecast import Forecast, ForecastClock
from drills.ladder import ForecastPage
from drills.messages import say
from drills.observe import Record, SeenClock, SeenItem, SeenPage
from drills.play import Ids
from drills.scenario import Scenario
from dutyclock.terminal import Sentence
from shared.clock import SHANGHAI
from shared.policy import ClockRule, Pack

EARLY = timedelta(seconds=1)
"""Nobody may be paged before their time; a second of the world is left for rounding."""


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """Somebody who had to be paged, and the page that they got."""

    wanted: ForecastPage
    made: SeenPage | None


@dataclass(slots=True)
class JudgedClock:
    """A clock that had to be, and the one that is."""

    wanted: ForecastClock
    made: SeenClock | None
    pages: list[JudgedPage] = field(default_factory=list[JudgedPage])


@dataclass(slots=True)
class Verdict:
    """What came of a drill."""

    clocks: list[JudgedClock]
    differences: list[Sentence]
    late: list[Sentence] = field(default_factory=list[Sentence])
    """Those of the differences that a machine under load makes: what came late, and what followed of that."""
    figures: int = 0
    """How many figures were compared."""
    latest: timedelta = timedelta(0)
    """How late the latest page was, in world time."""
    rings: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def merely_late(self) -> bool:
        """Whether all that differs is that something came too late, so that nothing else is wrong."""
        return bool(self.differences) and len(self.late) == len(self.differences)


class Judge:
    """Holds one record against one forecast."""

    def __init__(self, scenario: Scenario, forecast: Forecast, pack: Pack, ids: Ids, record: Record) -> None:
        self._scenario = scenario
        self._forecast = forecast
        self._rules: Mapping[str, ClockRule] = {rule.id: rule for rule in pack.clocks}
        self._ids = ids
        self._record = record
        self._verdict = Verdict([], [])
        self._by_subject = {(clock.rule, clock.subject): clock for clock in record.clocks}
        self._pages: Mapping[str, list[tuple[SeenPage, SeenItem]]] = defaultdict(list)
        for page in sorted(record.pages, key=lambda page: page.created_at):
            for item in page.items:
                self._pages[item.clock_id].append((page, item))

    def judge(self) -> Verdict:
        """Return the verdict."""
        known: set[str] = set()
        for wanted in self._forecast.judged:
            clock = self._judge_clock(wanted)
            self._verdict.clocks.append(clock)
            if clock.made is not None:
                known.add(clock.made.id)
        self._judge_counts(known)
        self._judge_rings()
        return self._verdict

    def _compare(self, what: str, wanted: object, made: object) -> None:
        self._verdict.figures += 1
        if wanted != made:
            self._differ("differs", what=what, wanted=_shown(wanted), made=_shown(made))

    def _differ(self, code: str, *, late: bool = False, **values: object) -> None:
        sentence = say(code, **values)
        self._verdict.differences.append(sentence)
        if late:
            self._verdict.late.append(sentence)

    def _judge_clock(self, wanted: ForecastClock) -> JudgedClock:
        subject = self._ids.subject(self._rules[wanted.rule].start[0].key, wanted.subject)
        made = self._by_subject.get((wanted.rule, subject or ""))
        judged = JudgedClock(wanted, made)
        name = f"{wanted.rule} {wanted.label}"
        self._compare(f"{name}: clock", "1", "0" if made is None else "1")
        if made is None:
            return judged
        self._compare(f"{name}: state", wanted.state, made.state)
        self._compare(f"{name}: clauses", wanted.clauses, tuple(clause.zh for clause in made.clauses))
        self._judge_instants(name, wanted, made)
        self._judge_pages(name, judged)
        return judged

    def _judge_instants(self, name: str, wanted: ForecastClock, made: SeenClock) -> None:
        """What counts from its receipt takes a moment, as a daily report does; all else is as stated."""
        rule = self._rules[wanted.rule]
        started, stopped = by_receipt(rule.start), by_receipt(rule.stop) or rule.at is not None
        self._judge_instant(f"{name}: started_at", wanted.started_at, made.started_at, received=started)
        due_moves = started and rule.within is not None
        self._judge_instant(f"{name}: due_at", wanted.due_at, made.due_at, received=due_moves)
        self._judge_instant(f"{name}: stopped_at", wanted.stopped_at, made.stopped_at, received=stopped)
        voided = by_receipt(rule.void)
        self._judge_instant(f"{name}: voided_at", wanted.voided_at, made.voided_at, received=voided)

    def _judge_instant(
        self, what: str, wanted: datetime | None, made: datetime | None, *, received: bool
    ) -> None:
        if received and wanted is not None and made is not None:
            self._compare_time(what, wanted, made, 1)
        else:
            self._compare(what, wanted, made)

    def _compare_time(self, what: str, wanted: datetime, made: datetime, links: int) -> None:
        self._verdict.figures += 1
        if not wanted - EARLY <= made < wanted + self._scenario.slack * links:
            seconds = round((made - wanted).total_seconds())
            allowed = round((self._scenario.slack * links).total_seconds())
            values = {"wanted": _shown(wanted), "made": _shown(made)}
            late = made > wanted
            self._differ("out-of-slack", late=late, what=what, seconds=seconds, allowed=allowed, **values)

    def _judge_pages(self, name: str, judged: JudgedClock) -> None:
        assert judged.made is not None
        made = list(self._pages[judged.made.id])
        for number, wanted in enumerate(judged.wanted.pages, start=1):
            what = f"{name}: page {number} ({wanted.occasion}, rung {wanted.rung}, {wanted.person})"
            found = next((one for one in made if _is_it(wanted, *one)), None)
            judged.pages.append(JudgedPage(wanted, found[0] if found else None))
            self._compare(what, "paged", "paged" if found else "-")
            if found:
                made.remove(found)
                self._judge_page(what, wanted, found[0])
        for page, item in made:
            extra = f"{page.person} {_shown(page.created_at)} {item.occasion} {item.rung}"
            late = _nobody_had_answered(judged.pages, page, item)
            self._differ("page-too-many", late=late, what=name, made=extra)

    def _judge_page(self, what: str, wanted: ForecastPage, made: SeenPage) -> None:
        self._compare_time(what, wanted.at, made.created_at, len(wanted.chain))
        self._verdict.latest = max(self._verdict.latest, made.created_at - wanted.at)
        self._compare(f"{what}, delivery", "accepted", made.delivery)
        answered = made.acknowledged_at is not None and made.acknowledged_at < self._scenario.ends_at
        if wanted.answered_at is None or made.acknowledged_at is None or not answered:
            self._compare(f"{what}, answered", wanted.answered_at is not None, answered)
            return
        self._compare(f"{what}, answered by", wanted.person, made.acknowledged_by)
        self._compare_time(
            f"{what}, answered", wanted.answered_at, made.acknowledged_at, len(wanted.chain) + 1
        )

    def _judge_counts(self, known: set[str]) -> None:
        others = [clock for clock in self._record.clocks if clock.id not in known]
        made = Counter((clock.rule, clock.state) for clock in others)
        wanted = Counter((clock.rule, clock.state) for clock in self._forecast.elsewhere)
        for rule, state in sorted({*made, *wanted}):
            self._compare(f"elsewhere: {rule} {state}", wanted[rule, state], made[rule, state])

    def _judge_rings(self) -> None:
        rings = Counter(page.person for page in self._record.pages)
        self._verdict.rings = rings
        # Late pages are more messages: what should have been one message is sent in two.
        merely_late = self._verdict.merely_late
        for person in sorted({*rings, *self._forecast.rings}):
            wanted, made = self._forecast.rings.get(person, 0), rings[person]
            self._verdict.figures += 1
            if wanted != made:
                late = merely_late and made > wanted
                self._differ("differs", late=late, what=f"messages to {person}", wanted=wanted, made=made)


def _nobody_had_answered(judged: Sequence[JudgedPage], page: SeenPage, item: SeenItem) -> bool:
    """Whether a page too many was right: a rung below should have been answered by then, and was not yet."""
    return any(
        below.made is not None
        and below.wanted.answered_at is not None
        and (below.wanted.occasion, below.wanted.rung < item.rung) == (item.occasion, True)
        and below.made.created_at < page.created_at
        and (below.made.acknowledged_at is None or below.made.acknowledged_at > page.created_at)
        for below in judged
    )


def _is_it(wanted: ForecastPage, page: SeenPage, item: SeenItem) -> bool:
    return (page.person, item.occasion, item.rung) == (wanted.person, wanted.occasion, wanted.rung)


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%m-%d %H:%M:%S}"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in cast("tuple[object, ...]", value))
    return str(value)
