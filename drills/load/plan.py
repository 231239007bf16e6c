"""What is told to the platform in a drill, and when: it follows from the file and the seed alone.

A fact is told by one or more rows, a call carries one row or many. The same seed gives the same facts with
the same references, instants and calls, whatever machine or platform they are told to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from drills.load.scenario import Fault, LoadScenario
from shared.divisions import Division

Kind = Literal[
    "positive",
    "negative",
    "direct-report",
    "review",
    "symptoms-seen",
    "symptoms-reported",
    "return-known",
    "return-registered",
    "daily-report",
    "transfer-decided",
    "transfer-arrived",
]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happens and is told; spans are counted from the drill's start."""

    id: str
    """Its reference, which the platform gets too where it takes one: `returns-000017`."""
    kind: Kind
    about: str
    """The id of the fact that began it: a report names its positive; a beginning names itself."""
    division: str
    occurred: timedelta
    """When it happened, as its teller states it: a wrong clock shifts it."""
    began: timedelta
    """When what it is about happened, as stated."""
    after: str | None = None
    """The fact that must have been accepted before, since the platform's id for it is needed."""
    values: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Call:
    """Rows that are told together, at a moment; repetitions of earlier rows are calls of their own."""

    at: timedelta
    key: str
    """Names the call, in the order of the plan; its Idempotency-Key follows from it."""
    facts: tuple[Fact, ...]
    together: bool = False
    """Whether it goes to the door for many rows."""
    sender: str = ""
    """The laboratory, where a laboratory sends it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is told, in the order in which its time comes."""

    scenario: LoadScenario
    seed: int
    share: float
    calls: tuple[Call, ...]

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Every fact by its id."""
        return {fact.id: fact for call in self.calls for fact in call.facts}

    @property
    def rows(self) -> int:
        """How many rows are told, repetitions included."""
        return sum(len(call.facts) for call in self.calls)


Draw = Callable[[LoadScenario, Sequence[Division], int, float], Iterable[Call]]


def make_plan(scenario: LoadScenario, units: Sequence[Division], seed: int, share: float, draw: Draw) -> Plan:
    """Return the plan of a seed; `units` are those of the register that take part, `draw` the streams' calls.

    `share` of the facts take part, except for daily reports, which every unit owes. What nobody would have
    told by the drill's end is not told.
    """
    calls = _until(scenario.lasts, _with_wrong_clocks(draw(scenario, units, seed, share), scenario.faults))
    calls = sorted([*calls, *_repeated(calls, scenario.faults)], key=lambda call: (call.at, call.key))
    return Plan(scenario, seed, share, tuple(calls))


def _until(lasts: timedelta, calls: Sequence[Call]) -> list[Call]:
    """What would be told after the end is not told, and neither is what needs it."""
    kept = [call for call in calls if call.at < lasts]
    while True:
        told = {fact.id for call in kept for fact in call.facts}
        left = [call for call in kept if all(fact.after is None or fact.after in told for fact in call.facts)]
        if len(left) == len(kept):
            return left
        kept = left


def _with_wrong_clocks(calls: Iterable[Call], faults: Sequence[Fault]) -> list[Call]:
    wrong = [fault for fault in faults if fault.does == "skew-clock"]
    return [_as_stated(call, wrong) for call in calls]


def _as_stated(call: Call, wrong: Sequence[Fault]) -> Call:
    """Repetitions say the same as the first telling, so it is the moment of the fact that decides."""
    facts = call.facts
    for fault in wrong:
        if fault.laboratory == call.sender:
            facts = tuple(_shifted(fact, fault) for fact in facts)
    return replace(call, facts=facts)


def _shifted(fact: Fact, fault: Fault) -> Fact:
    if not fault.at <= fact.occurred < fault.ends:
        return fact
    return replace(fact, occurred=fact.occurred + fault.by, began=fact.began + fault.by)


def _repeated(calls: Sequence[Call], faults: Sequence[Fault]) -> Iterator[Call]:
    for number, fault in enumerate(fault for fault in faults if fault.does == "repeat-feed"):
        assert fault.lasts is not None
        sent = [
            call
            for call in calls
            if call.sender == fault.laboratory and fault.at - fault.lasts <= call.at < fault.at
        ]
        for time in range(fault.times):
            for call in sent:
                yield replace(call, at=fault.at, key=f"{call.key}/feed-{number}-{time}")
