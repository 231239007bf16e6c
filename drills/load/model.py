"""What must have become of every clock of a drill, by the policy and by what was sent and accepted alone.

This is the other opinion: it shares no line with the services. What was accepted was kept at some moment
between its first telling and its answer; so limits that count from receipt, and pages, are expected within
bounds. Pages are played by `drills.ladder`, as in the demonstration.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drills.facts import DAY_OPENED, RECEIVED_AT
from drills.forecast import due_at_of
from drills.load.bodies import case_of, test_of
from drills.load.pages import Between, Delays, Line, Paging, play_pages
from drills.load.plan import Fact, Plan
from drills.load.told import Accepted
from drills.scenario import State
from shared.clock import SHANGHAI
from shared.divisions import DivisionRegister
from shared.policy import ClockRule, Pack


@dataclass(frozen=True, slots=True)
class ExpectedClock:
    """What must be known of one clock at the end."""

    rule: str
    subject: str
    division: str
    started: Between
    due: Between
    stopped: Between | None
    lines: tuple[Line, ...]

    def states(self, read: "Between") -> frozenset[State]:
        """Return the states in which it may be when it is read."""
        if self.stopped is not None:
            found: set[State] = set()
            if self.stopped.low <= self.due.high:
                found.add("met")
            if self.stopped.high > self.due.low:
                found.add("met-late")
            return frozenset(found)
        states: set[State] = set()
        if read.high > self.due.low:
            states.add("breached")
        if read.low <= self.due.high:
            states.add("running")
        return frozenset(states)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the contracts, as a fact that was accepted brings it about."""

    event: str
    fields: Mapping[str, str]
    division: str
    occurred: Between
    told: Between

    def instant(self, name: str) -> Between:
        """Return the instant that a rule names."""
        return self.told if name == RECEIVED_AT else self.occurred


@dataclass(slots=True)
class _Known:
    starts: list[Happened] = field(default_factory=list[Happened])
    stops: list[Happened] = field(default_factory=list[Happened])


def expected_clocks(
    plan: Plan,
    accepted: Mapping[str, Accepted],
    ids: Mapping[str, str],
    pack: Pack,
    register: DivisionRegister,
    delays: Delays,
) -> list[ExpectedClock]:
    """Return every clock that must be there, of those that begin until the drill's end."""
    happened: dict[str, list[Happened]] = defaultdict(list)
    for event in _events(plan, accepted.values(), ids):
        happened[event.event].append(event)
    happened[DAY_OPENED] += _days_opened(plan, pack, register)
    paging = Paging(
        pack, register, plan.scenario.roster, plan.scenario.starts_at, plan.scenario.ends_at, delays
    )
    return [clock for rule in pack.clocks for clock in _clocks_of(rule, happened, paging)]


def _clocks_of(
    rule: ClockRule, happened: Mapping[str, Sequence[Happened]], paging: Paging
) -> Iterator[ExpectedClock]:
    known: dict[tuple[str, ...], _Known] = defaultdict(_Known)
    for source in rule.start:
        for event in happened.get(source.event, ()):
            known[tuple(event.fields[name] for name in source.key)].starts.append(
                _counted(event, source.instant)
            )
    for source in rule.stop:
        for event in happened.get(source.event, ()):
            known[tuple(event.fields[name] for name in source.key)].stops.append(
                _counted(event, source.instant)
            )
    for key, found in known.items():
        if found.starts:
            yield _clock(rule, ":".join(key), found, paging)


def _counted(event: Happened, instant: str) -> Happened:
    return Happened(event.event, event.fields, event.division, event.instant(instant), event.told)


def _clock(rule: ClockRule, subject: str, found: _Known, paging: Paging) -> ExpectedClock:
    first = min(found.starts, key=lambda one: one.occurred.low)
    started = _earliest(one.occurred for one in found.starts)
    due = Between(due_at_of(rule, started.low), due_at_of(rule, started.high))
    stopped = _earliest(one.occurred for one in found.stops) if found.stops else None
    known = _earliest(one.told for one in found.starts)
    closed = _earliest(one.told for one in found.stops) if found.stops else None
    lines = play_pages(rule, first.division, started, due, known, closed, paging)
    return ExpectedClock(rule.id, subject, first.division, started, due, stopped, tuple(lines))


def _earliest(spans: Iterable[Between]) -> Between:
    found = list(spans)
    return Between(min(one.low for one in found), min(one.high for one in found))


def _events(plan: Plan, accepted: Iterable[Accepted], ids: Mapping[str, str]) -> Iterator[Happened]:
    for one in accepted:
        fact = one.fact
        told = Between(one.first_sent_at, one.at)
        at = plan.scenario.world(fact.occurred)
        for name, fields, occurred in _of_fact(fact, ids.get(fact.about, ""), plan, told):
            yield Happened(name, fields, fact.division, occurred or Between(at, at), told)


_Event = tuple[str, Mapping[str, str], Between | None]


_TRANSFERS = {
    "transfer-decided": "registration.central-quarantine-decided",
    "transfer-arrived": "registration.quarantine-arrived",
}
_STEPS = {"direct-report": "reporting.case-reported", "review": "reporting.case-reviewed"}


def _of_fact(fact: Fact, known_as: str, plan: Plan, told: Between) -> Iterator[_Event]:
    """Yield what a fact is in the contracts' words; what counts from elsewhere than its moment says so."""
    if fact.kind in _TRANSFERS:
        yield _TRANSFERS[fact.kind], {"transfer_id": known_as}, None
    elif fact.kind in _STEPS:
        yield _STEPS[fact.kind], {"sample_id": known_as, "case_id": case_of(known_as)}, None
    elif fact.kind == "positive":
        yield "testing.sample-positive", {"sample_id": known_as}, None
        yield "testing.sequencing-ordered", {"sample_id": known_as}, None
    elif fact.kind == "daily-report":
        yield "reporting.daily-report-filed", {"unit": fact.division, "day": fact.values["day"]}, told
    elif fact.kind != "negative":
        yield from _of_pair(fact, known_as, plan)


def _of_pair(fact: Fact, known_as: str, plan: Plan) -> Iterator[_Event]:
    """A row that ends what it is about tells its beginning as well: it may come first."""
    at = plan.scenario.world(fact.began)
    began = Between(at, at)
    if fact.kind in ("symptoms-seen", "symptoms-reported"):
        yield "registration.symptom-seen", {"report_id": known_as}, began
        yield "testing.sampling-demanded", {"due_id": test_of(known_as)}, began
    else:
        yield "registration.return-known", {"return_id": known_as}, began
    if fact.kind == "symptoms-reported":
        yield "registration.symptom-reported", {"report_id": known_as}, None
    elif fact.kind == "return-registered":
        yield "registration.return-registered", {"return_id": known_as}, None


def _days_opened(plan: Plan, pack: Pack, register: DivisionRegister) -> Iterator[Happened]:
    """Each unit's reporting day that is open during the drill; the platform opens them by itself."""
    starts_at, ends_at = plan.scenario.starts_at, plan.scenario.ends_at
    for rule in pack.clocks:
        if rule.at is None or DAY_OPENED not in {start.event for start in rule.start}:
            continue
        day = starts_at.astimezone(SHANGHAI).date() - timedelta(days=1)
        while (opened_at := datetime.combine(day - timedelta(days=1), rule.at, SHANGHAI)) < ends_at:
            if datetime.combine(day, rule.at, SHANGHAI) >= starts_at:
                moment = Between(opened_at, opened_at)
                for unit in register.units():
                    fields = {"unit": unit.code, "day": day.isoformat()}
                    yield Happened(DAY_OPENED, fields, unit.code, moment, moment)
            day += timedelta(days=1)
