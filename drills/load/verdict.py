"""Holds what was read against what must be: fact by fact, clock by clock, line by line."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drills.load.messages import say
from drills.load.model import ExpectedClock
from drills.load.observe import Observation
from drills.load.outcome import Clocks, Facts, Pages
from drills.load.pages import Delays, Line
from drills.load.plan import Fact, Plan
from drills.load.told import Log
from drills.observe import SeenClock, SeenPage
from dutyclock.terminal import Sentence
from shared.clock import SHANGHAI

SHOWN_OF_A_KIND = 10
"""How many differences of one kind are named; the others are counted."""
A_SECOND = timedelta(seconds=1)
DAILY = "daily-report"
NOTHING_BROKEN = Delays(slack=timedelta())


@dataclass(frozen=True, slots=True)
class Fired:
    """A line that was there: how late it came after the moment that it was due, in world time."""

    at: datetime
    late: timedelta
    in_fault: bool


@dataclass(slots=True)
class Judgement:
    """Everything that was compared, and what differs."""

    facts: dict[str, Facts] = field(default_factory=dict[str, Facts])
    clocks: dict[str, Clocks] = field(default_factory=dict[str, Clocks])
    pages: dict[str, Pages] = field(default_factory=dict[str, Pages])
    fired: list[Fired] = field(default_factory=list[Fired])
    reasons: list[Sentence] = field(default_factory=list[Sentence])
    named: Counter[str] = field(default_factory=Counter[str])

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.named

    @property
    def omitted(self) -> int:
        """How many differences are counted and not named."""
        return sum(max(0, count - SHOWN_OF_A_KIND) for count in self.named.values())

    def against(self, code: str, **values: object) -> None:
        """Note a difference."""
        self.named[code] += 1
        if self.named[code] <= SHOWN_OF_A_KIND:
            self.reasons.append(say(code, **values))


def judge(
    plan: Plan,
    log: Log,
    expected: Sequence[ExpectedClock],
    seen: Observation,
    delays: Delays = NOTHING_BROKEN,
) -> Judgement:
    """Return what differs between what was sent and accepted and what the platform has."""
    made = Judgement()
    _judge_facts(made, plan, log, seen)
    found = _judge_clocks(made, plan, expected, seen)
    for page in seen.pages:
        if is_undelivered(page, delays):
            made.against("load-page-undelivered", page=page.id, person=page.person, state=page.delivery)
    _judge_pages(made, plan, expected, found, seen)
    return made


def is_undelivered(page: SeenPage, delays: Delays) -> bool:
    """Tell whether a page has not reached its channel, and no fault explains it.

    Whoever was ended while it sent cannot know whether the message arrived: that attempt stays unknown.
    """
    unknown_in_a_fault = page.delivery == "unknown" and delays.is_away(page.created_at)
    return page.delivery != "accepted" and not unknown_in_a_fault


def stored_as(fact: Fact, ids: Mapping[str, str]) -> str:
    """Return by what a fact is known in the lists of what is stored."""
    if fact.kind == DAILY:
        return f"{fact.division}:{fact.values['day']}"
    return ids.get(fact.about, "")


def _judge_facts(made: Judgement, plan: Plan, log: Log, seen: Observation) -> None:
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    for fact in plan.facts.values():
        by_kind[fact.kind].append(fact)
    for kind, facts in sorted(by_kind.items()):
        accepted = [fact for fact in facts if fact.id in log.accepted]
        there = seen.stored.get(kind)
        lost = [fact for fact in accepted if there is not None and stored_as(fact, log.ids) not in there]
        if there is None:
            lost = [fact for fact in accepted if seen.looked_up.get(fact.id) is False]
        for fact in lost:
            made.against("load-fact-lost", kind=kind, fact=fact.id)
        for fact in facts:
            _judge_answers(made, fact, log)
        made.facts[kind] = Facts(
            planned=len(facts),
            sent=sum(fact.id in log.sent for fact in facts),
            calls=log.calls[kind],
            accepted=len(accepted),
            duplicates=log.duplicates[kind],
            refused=sum(fact.id in log.refused for fact in facts),
            retried=log.retried[kind],
            stored=None if there is None else len(accepted) - len(lost),
            lost=len(lost),
        )
        if there is not None and len(there) > len({stored_as(fact, log.ids) for fact in accepted}):
            made.against("load-facts-too-many", kind=kind, accepted=len(accepted), stored=len(there))


def _judge_answers(made: Judgement, fact: Fact, log: Log) -> None:
    if log.stored[fact.id] > 1 and not log.retried[fact.kind]:
        made.against("load-stored-twice", kind=fact.kind, fact=fact.id, times=log.stored[fact.id])
    if fact.id not in log.accepted and fact.id not in log.refused and fact.after not in log.refused:
        made.against("load-never-accepted", kind=fact.kind, fact=fact.id)


def _judge_clocks(
    made: Judgement, plan: Plan, expected: Sequence[ExpectedClock], seen: Observation
) -> Mapping[str, ExpectedClock]:
    """Return the expected clocks by the platform's ids of those that are there."""
    there = {(clock.rule, clock.subject): clock for clock in seen.clocks if _is_of_drill(clock, plan)}
    found: dict[str, ExpectedClock] = {}
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for clock in there.values():
        states[clock.rule][clock.state] += 1
    for wanted in expected:
        clock = there.pop((wanted.rule, wanted.subject), None)
        counted[wanted.rule]["expected"] += 1
        if clock is None:
            counted[wanted.rule]["missing"] += 1
            made.against("load-clock-missing", rule=wanted.rule, subject=wanted.subject)
            continue
        found[clock.id] = wanted
        differences = list(clock_differences(wanted, clock, seen))
        counted[wanted.rule]["wrong" if differences else "kept"] += 1
        for what, demanded, shown in differences:
            values = {"rule": wanted.rule, "subject": wanted.subject, "what": what}
            made.against("load-clock-wrong", demanded=demanded, shown=shown, **values)
    for clock in there.values():
        counted[clock.rule]["extra"] += 1
        made.against("load-clock-extra", rule=clock.rule, subject=clock.subject, state=clock.state)
    for rule in sorted({*counted, *states}):
        made.clocks[rule] = Clocks(**counted[rule], states=dict(states[rule]))
    return found


def _is_of_drill(clock: SeenClock, plan: Plan) -> bool:
    """Reporting days that were over before the drill began, or opened after its end, are none of it."""
    scenario = plan.scenario
    return clock.rule != DAILY or (clock.due_at >= scenario.starts_at and clock.started_at < scenario.ends_at)


def clock_differences(
    wanted: ExpectedClock, clock: SeenClock, seen: Observation
) -> Iterable[tuple[str, str, str]]:
    """Yield what differs of one clock: which figure, what was demanded, and what is shown."""
    for what, between, at in (
        ("started_at", wanted.started, clock.started_at),
        ("due_at", wanted.due, clock.due_at),
        ("stopped_at", wanted.stopped, clock.stopped_at),
    ):
        if (between is None) != (at is None):
            yield what, "-" if between is None else _shown(between.low), "-" if at is None else _shown(at)
        elif between is not None and at is not None and not between.holds(at, A_SECOND):
            yield what, _shown(between.low), _shown(at)
    if clock.state not in wanted.states(seen.read):
        yield "state", "/".join(sorted(wanted.states(seen.read))), clock.state


def _shown(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class _Made:
    occasion: str
    rung: int
    person: str
    at: datetime


def _judge_pages(
    made: Judgement,
    plan: Plan,
    expected: Sequence[ExpectedClock],
    found: Mapping[str, ExpectedClock],
    seen: Observation,
) -> None:
    by_clock: dict[str, list[_Made]] = defaultdict(list)
    for page in sorted(seen.pages, key=lambda page: page.created_at):
        if plan.scenario.starts_at <= page.created_at < plan.scenario.ends_at:
            for item in page.items:
                line = _Made(item.occasion, item.rung, page.person, page.created_at)
                by_clock[item.clock_id].append(line)
    ids = {(clock.rule, clock.subject): clock_id for clock_id, clock in found.items()}
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for wanted in expected:
        lines = by_clock.pop(ids.get((wanted.rule, wanted.subject), ""), [])
        counts = counted[wanted.rule]
        counts["sent"] += len(lines)
        for code in _judge_lines(made, wanted, lines, counts):
            counts[code] += 1
    for rule, counts in counted.items():
        made.pages[rule] = Pages(**counts)


def _judge_lines(
    made: Judgement, wanted: ExpectedClock, lines: list[_Made], counts: Counter[str]
) -> Iterable[str]:
    """Match each expected line with the first that fits, what must be before what may."""
    name = {"rule": wanted.rule, "subject": wanted.subject}
    unmatched = [*lines]
    missed: list[Line] = []
    for line in (*(one for one in wanted.lines if one.must), *(one for one in wanted.lines if not one.must)):
        counts["expected" if line.must else "undecided"] += 1
        hit = next((one for one in unmatched if _is_it(line, one) and line.within.holds(one.at)), None)
        if hit is not None:
            unmatched.remove(hit)
            if line.must and line.first:
                late = max(timedelta(), hit.at - line.at)
                made.fired.append(Fired(line.at, late, line.in_fault))
        elif line.must:
            missed.append(line)
    for line in missed:
        values = {**name, "occasion": line.occasion, "rung": line.rung, "person": line.person}
        hit = next((one for one in unmatched if _is_it(line, one)), None)
        if hit is None:
            made.against("load-page-missing", at=_shown(line.at), **values)
            yield "missing"
            continue
        unmatched.remove(hit)
        made.fired.append(Fired(line.at, max(timedelta(), hit.at - line.at), line.in_fault))
        made.against("load-page-late", at=_shown(line.at), made=_shown(hit.at), **values)
        yield "late"
    for one in unmatched:
        values = {**name, "occasion": one.occasion, "rung": one.rung, "person": one.person}
        twice = any(_is_it(line, one) for line in wanted.lines)
        made.against("load-page-twice" if twice else "load-page-unexpected", at=_shown(one.at), **values)
        yield "twice" if twice else "unexpected"


def _is_it(line: Line, made: _Made) -> bool:
    return (line.occasion, line.rung, line.person) == (made.occasion, made.rung, made.person)
