"""Who must be paged about one clock, rung by rung, worked out from the policy's words alone.

Written apart from the alerts service and in another way, a small simulation of one clock: what both say
alike is probably right. The rules: each step begins a climb at its occasion's rung; unanswered for the rung's
wait, the next rung is paged; the last repeats; an answer holds the climb for a while and then it goes on,
for an answer is not the deed; a newer step begins anew; what closes the clock ends everything. Steps that
had passed when the clock became known are one page, for the last of them.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from drills.scenario import Person
from shared.divisions import LEVELS, DivisionRegister
from shared.policy import Ladder, Rung
from shared.vocabulary import Occasion


@dataclass(frozen=True, slots=True)
class Step:
    """A moment of a clock at which its occasion may page somebody."""

    at: datetime
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class ForecastPage:
    """Somebody who must be paged about a clock."""

    at: datetime
    occasion: Occasion
    rung: int
    person: str
    chain: tuple[datetime, ...]
    """The moments that lead to it, itself the last: the step, each page and answer of the climb before it.

    Each of them may be a little late. Two clocks with the same chain reach a person in one message.
    """
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CloseCall:
    """Two moments of one clock so near each other that a fast drill cannot tell which comes first."""

    page_at: datetime
    other_at: datetime


Find = Callable[[Rung], Sequence[Person]]


@dataclass(frozen=True, slots=True)
class _Moment:
    kind: str
    """An occasion's name, `climb` or `answer`."""
    number: int = 0
    """Of a climb its ticket, of an answer the step that was paged about."""
    rung: int = 0
    chain: tuple[datetime, ...] = ()
    page: int = 0


@dataclass(slots=True)
class LadderRun:
    """One clock's pages from the moment it becomes known until it is closed."""

    ladder: Ladder
    find: Find
    closed_at: datetime
    """When the platform is told what closes the clock; the drill's end at the latest."""
    ends_at: datetime
    slack: timedelta = timedelta(0)
    pages: list[ForecastPage] = field(default_factory=list[ForecastPage])
    close_calls: list[CloseCall] = field(default_factory=list[CloseCall])
    _answers: list[tuple[datetime, int]] = field(default_factory=list[tuple[datetime, int]])
    _queue: list[tuple[datetime, int, _Moment]] = field(default_factory=list[tuple[datetime, int, _Moment]])
    _count: int = 0
    _step: int = 0
    _ticket: int = 0
    """The number of the climb that is under way; an older one has been overtaken."""
    _next_at: datetime | None = None
    """When the climb that is under way pages again, unless an answer holds it."""
    _occasion: Occasion = Occasion.INFORM

    def run(self, steps: Sequence[Step], known_at: datetime) -> "LadderRun":
        """Play all steps; those before `known_at` are one page at `known_at`, for the last of them."""
        passed = [step for step in steps if step.at <= known_at]
        ahead = [step for step in steps if step.at > known_at]
        if passed:
            ahead.insert(0, replace(passed[-1], at=known_at))
        for step in ahead:
            self._push(step.at, _Moment(step.occasion.value))
        while self._queue:
            at, _, moment = heapq.heappop(self._queue)
            if at < self.closed_at:
                self._take(at, moment)
            elif self._pages_now(moment) and at < self.closed_at + self.slack:
                self.close_calls.append(CloseCall(at, self.closed_at))
        self._find_close_calls([step.at for step in ahead])
        return self

    def _pages_now(self, moment: _Moment) -> bool:
        if moment.kind == "climb":
            return moment.number == self._ticket
        return moment.kind != "answer" and self.ladder.occasions.step(Occasion(moment.kind)) is not None

    def _find_close_calls(self, steps: Sequence[datetime]) -> None:
        """A page that may be late must not be overtaken by an answer, a newer step or the clock's end."""
        for number, page in enumerate(self.pages):
            reach = self.slack * len(page.chain)
            others = [*(step for step in steps if step != page.at), self.closed_at]
            self.close_calls += [CloseCall(page.at, at) for at in others if page.at <= at < page.at + reach]
            answers = [at for at, answered in self._answers if answered != number]
            self.close_calls += [CloseCall(page.at, at) for at in answers if abs(at - page.at) < reach]

    def _push(self, at: datetime, moment: _Moment) -> None:
        self._count += 1
        heapq.heappush(self._queue, (at, self._count, moment))

    def _take(self, at: datetime, moment: _Moment) -> None:
        chain = (*moment.chain, at)
        if moment.kind == "climb":
            if moment.number == self._ticket:
                self._page(at, moment.rung, chain)
        elif moment.kind == "answer":
            self._answers.append((at, moment.page))
            if moment.number == self._step:
                if self._next_at is not None and at <= self._next_at < at + self.slack:
                    self.close_calls.append(CloseCall(self._next_at, at))
                self._climb(at + self.ladder.acknowledgement_holds, moment.rung, chain)
        else:
            self._step += 1
            self._ticket += 1
            self._next_at = None
            self._occasion = Occasion(moment.kind)
            step = self.ladder.occasions.step(self._occasion)
            if step is not None:
                self._page(at, step.rung, chain)

    def _page(self, at: datetime, rung: int, chain: tuple[datetime, ...]) -> None:
        rungs = self.ladder.rungs
        for number in range(min(rung, len(rungs)), len(rungs) + 1):
            if people := self.find(rungs[number - 1]):
                break
        else:
            self._climb(at + self.ladder.repeat_every, rung, chain, empty=True)
            return
        wait = rungs[number - 1].wait if number < len(rungs) else self.ladder.repeat_every
        above = min(number + 1, len(rungs))
        self._climb(at + wait, above, chain)
        for person in people:
            answered_at = None if person.answers_after is None else at + person.answers_after
            if answered_at is not None:
                self._push(answered_at, _Moment("answer", self._step, above, chain, len(self.pages)))
                answered_at = answered_at if answered_at < self.ends_at else None
            self.pages.append(ForecastPage(at, self._occasion, number, person.key, chain, answered_at))

    def _climb(self, at: datetime, rung: int, chain: tuple[datetime, ...], *, empty: bool = False) -> None:
        step = self.ladder.occasions.step(self._occasion)
        if empty or (step is not None and step.climb):
            self._ticket += 1
            self._next_at = at
            self._push(at, _Moment("climb", self._ticket, rung, chain))


Holders = Mapping[tuple[str, str], Sequence[Person]]
"""(post, division) → who holds it during the whole drill."""


def holders_of(roster: Sequence[Person]) -> Holders:
    """Return the roster by post and division."""
    found: dict[tuple[str, str], list[Person]] = defaultdict(list)
    for person in roster:
        for held in person.holds:
            found[held.post, held.division].append(person)
    return found


def people_on_duty(holders: Holders, register: DivisionRegister, division: str) -> Find:
    """Return how a rung finds its people for a clock of `division`: nearest first, upwards to the top."""
    lineage = register.lineage(division)

    def find(rung: Rung) -> Sequence[Person]:
        lowest = len(LEVELS) if rung.search_from == "own" else LEVELS.index(rung.search_from)
        places = (unit.code for unit in lineage if LEVELS.index(unit.level) <= lowest)
        return next((found for code in places if (found := holders.get((rung.post, code)))), ())

    return find
