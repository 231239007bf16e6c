"""What must become of every clock of a drill, worked out from the scenario and the policy alone.

This is the other opinion: it shares no line with the alerts service. A clock runs from the earliest start
to the earliest stop of its subject, whenever they are told; in time is up to and including the due time.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from drills.facts import Fact, facts_of
from drills.ladder import (
    CloseCall,
    ForecastPage,
    Holders,
    LadderRun,
    Step,
    holders_of,
    people_on_duty,
)
from drills.scenario import Scenario, State
from shared.clock import SHANGHAI
from shared.divisions import DivisionRegister, contains
from shared.policy import ClockRule, Pack
from shared.vocabulary import Occasion


@dataclass(frozen=True, slots=True)
class ForecastClock:
    """What must have become of one clock at the drill's end."""

    rule: str
    subject: str
    """The labels of the key's fields, joined as the contracts join them."""
    label: str
    """What the file calls it: the sample, the return, the unit."""
    division: str
    clauses: tuple[str, ...]
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    voided_at: datetime | None
    state: State
    pages: tuple[ForecastPage, ...]
    close_calls: tuple[CloseCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """All clocks, those judged one by one and those that are only counted."""

    judged: tuple[ForecastClock, ...]
    elsewhere: tuple[ForecastClock, ...]
    rings: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many messages each person gets: what falls due for one person at one moment is one."""
    unclear: tuple[tuple[str, CloseCall], ...] = ()
    """Messages to one person so near each other that they may arrive as one, or may not."""

    @property
    def close_calls(self) -> tuple[tuple[ForecastClock, CloseCall], ...]:
        """Every pair of moments too near each other to be told apart."""
        return tuple((clock, call) for clock in self.judged for call in clock.close_calls)


def forecast(scenario: Scenario, pack: Pack, register: DivisionRegister) -> Forecast:
    """Return what must happen; clocks without a start fact do not exist."""
    facts = facts_of(scenario, pack, register)
    by_event: Mapping[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_event[fact.event].append(fact)
    clocks = [
        clock for rule in pack.clocks for clock in _clocks_of_rule(rule, by_event, scenario, pack, register)
    ]
    clocks.sort(key=lambda clock: (clock.started_at, clock.rule, clock.subject))
    next_day = {rule.id for rule in pack.clocks if rule.at is not None}
    judged = [clock for clock in clocks if _is_judged(clock, scenario, next_day)]
    elsewhere = [clock for clock in clocks if not _is_judged(clock, scenario, next_day)]
    messages = {(page.person, page.chain) for clock in clocks for page in clock.pages}
    return Forecast(
        tuple(judged),
        tuple(elsewhere),
        Counter(person for person, _ in messages),
        tuple(_unclear(messages, scenario.slack)),
    )


def _unclear(
    messages: Collection[tuple[str, tuple[datetime, ...]]], slack: timedelta
) -> Iterator[tuple[str, CloseCall]]:
    """Only a common cause makes one message of two clocks; a coincidence within the slack is undecided."""
    ordered = sorted((person, chain[-1], len(chain)) for person, chain in messages)
    for (person, at, links), (next_person, next_at, _) in pairwise(ordered):
        if person == next_person and next_at - at < slack * links:
            yield person, CloseCall(at, next_at)


def _is_judged(clock: ForecastClock, scenario: Scenario, wall_time_rules: Collection[str]) -> bool:
    """Of the days that only open during the drill nothing is to be seen yet: they are counted."""
    is_next_day = clock.rule in wall_time_rules and clock.due_at > scenario.ends_at
    return contains(scenario.judged, clock.division) and not is_next_day


@dataclass(slots=True)
class _Known:
    starts: list[Fact] = field(default_factory=list[Fact])
    stops: list[Fact] = field(default_factory=list[Fact])
    voids: list[Fact] = field(default_factory=list[Fact])


def _clocks_of_rule(
    rule: ClockRule,
    by_event: Mapping[str, list[Fact]],
    scenario: Scenario,
    pack: Pack,
    register: DivisionRegister,
) -> list[ForecastClock]:
    known: dict[tuple[str, ...], _Known] = defaultdict(_Known)
    for kind, sources in (("starts", rule.start), ("stops", rule.stop), ("voids", rule.void)):
        for source in sources:
            for fact in by_event.get(source.event, ()):
                key = tuple(fact.fields[name] for name in source.key)
                counted = replace(fact, occurred_at=fact.instant(source.instant))
                getattr(known[key], kind).append(counted)
    clauses = tuple(text.zh for text in pack.cite(rule.clause))
    runs = _Runs(rule, scenario, pack, register, holders_of(scenario.roster), clauses)
    return [_clock(rule, key, found, scenario, runs) for key, found in known.items() if found.starts]


@dataclass(slots=True)
class _Runs:
    """Plays a ladder once for all clocks that differ in nothing but their place; thousands do at 17:00."""

    rule: ClockRule
    scenario: Scenario
    pack: Pack
    register: DivisionRegister
    holders: Holders
    clauses: tuple[str, ...]
    played: dict[tuple[object, ...], LadderRun] = field(default_factory=dict[tuple[object, ...], LadderRun])

    def play(
        self, division: str, started_at: datetime, due_at: datetime, told_at: datetime, closed_at: datetime
    ) -> LadderRun:
        """Return the pages of a clock."""
        ladder = self.pack.ladder(self.rule.ladder)
        find = people_on_duty(self.holders, self.register, division)
        holders = tuple(tuple(person.key for person in find(rung)) for rung in ladder.rungs)
        key = (started_at, told_at, closed_at, holders)
        if key not in self.played:
            run = LadderRun(ladder, find, closed_at, self.scenario.ends_at, self.scenario.slack)
            steps = steps_of(self.rule, started_at, due_at, informs=ladder.occasions.inform is not None)
            self.played[key] = run.run(steps, told_at)
        return self.played[key]


def _clock(
    rule: ClockRule,
    key: tuple[str, ...],
    known: _Known,
    scenario: Scenario,
    runs: _Runs,
) -> ForecastClock:
    started_at = min(fact.occurred_at for fact in known.starts)
    division = min(known.starts, key=lambda fact: fact.occurred_at).division
    due_at = due_at_of(rule, started_at)
    stopped_at = min((fact.occurred_at for fact in known.stops), default=None)
    voided_at = min((fact.occurred_at for fact in known.voids), default=None)
    told_at = min(fact.told_at for fact in known.starts)
    closed_at = min((fact.told_at for fact in (*known.stops, *known.voids)), default=scenario.ends_at)
    run = runs.play(division, started_at, due_at, told_at, min(closed_at, scenario.ends_at))
    return ForecastClock(
        rule=rule.id,
        subject=":".join(key),
        label=key[0],
        division=division,
        clauses=runs.clauses,
        started_at=started_at,
        due_at=due_at,
        stopped_at=stopped_at,
        voided_at=voided_at,
        state=_state(due_at, stopped_at, voided_at, scenario.ends_at),
        pages=tuple(run.pages),
        close_calls=tuple(run.close_calls),
    )


def due_at_of(rule: ClockRule, started_at: datetime) -> datetime:
    """Return until when the policy gives time."""
    if rule.within is not None:
        return started_at + rule.within
    assert rule.at is not None
    local = started_at.astimezone(SHANGHAI)
    same_day = local.replace(hour=rule.at.hour, minute=rule.at.minute, second=rule.at.second, microsecond=0)
    return same_day if same_day > local else same_day + timedelta(days=1)


def steps_of(rule: ClockRule, started_at: datetime, due_at: datetime, *, informs: bool) -> list[Step]:
    """Return the moments at which the policy says that somebody may be paged, in their order."""
    shares = [started_at + (due_at - started_at) * share for share in rule.warn_at_shares]
    steps = [Step(at, Occasion.WARN) for at in shares]
    if informs:
        steps.insert(0, Step(started_at, Occasion.INFORM))
    return [*steps, Step(due_at, Occasion.BREACH)]


def _state(due_at: datetime, stopped_at: datetime | None, voided_at: datetime | None, now: datetime) -> State:
    if voided_at is not None:
        return "void"
    if stopped_at is not None:
        return "met" if stopped_at <= due_at else "met-late"
    return "breached" if now > due_at else "running"
