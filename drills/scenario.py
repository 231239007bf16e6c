"""What a drill's file says: who is on duty and how they answer, what happens, and what must come of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from drills.happenings import DrillModel, Event, Span
from shared.divisions import DivisionCode
from shared.policy.values import Duration, Identifier, Text
from shared.vocabulary import Occasion


class Holding(DrillModel):
    """A duty post that a person holds during the whole drill."""

    post: Identifier
    division: DivisionCode


class Person(DrillModel):
    """Somebody on duty, made up, and how they answer their pages."""

    key: Identifier
    name: Annotated[str, Field(min_length=1, max_length=60)]
    division: DivisionCode
    holds: Annotated[tuple[Holding, ...], Field(min_length=1)]
    channels: Annotated[tuple[str, ...], Field(min_length=1)] = ("log:",)
    answers_after: Duration | None = None
    """How long after a page they acknowledge it; left out, they never do."""
    answers_by: Literal["call", "link"] = "call"
    """By a call of the duty room's system, or by the one-tap link in the message."""


State = Literal["running", "breached", "met", "met-late", "void"]


class ExpectedPage(DrillModel):
    """Somebody who must be paged: when, why, on which rung, and when they answer."""

    at: Span
    occasion: Occasion
    rung: Annotated[int, Field(ge=1)]
    person: Identifier
    answered: Span | None = None


class ExpectedClock(DrillModel):
    """What must have become of one clock at the end."""

    clock: Identifier
    """The rule's id."""
    of: str
    """The thing it is about, by its label; a daily report's unit."""
    state: State
    started: Span
    due: Span
    stopped: Span | None = None
    pages: tuple[ExpectedPage, ...] = ()


class ExpectedCount(DrillModel):
    """How many clocks of a rule that are not judged one by one must be in a state at the end."""

    clock: Identifier
    state: State
    count: Annotated[int, Field(ge=1)]


class Scenario(DrillModel):
    """A whole drill."""

    id: Identifier
    title: Text
    policy: Identifier
    """The pack by whose rules it is judged."""
    starts_at: AwareDatetime
    lasts: Duration
    rate: Annotated[float, Field(ge=1, le=3600)]
    """How many times faster than life the world's time runs."""
    slack_seconds: Annotated[float, Field(gt=0, le=60)]
    """How many real seconds a page may be late, for each link of the chain that leads to it."""
    register_under: tuple[DivisionCode, ...] = ()
    """The parts of the register that take part, with all above them; left out, the whole register does."""
    judged: DivisionCode
    """The division whose clocks are compared one by one; the others are counted."""
    roster: Annotated[tuple[Person, ...], Field(min_length=1)]
    events: Annotated[tuple[Event, ...], Field(min_length=1)]
    expects: tuple[ExpectedClock, ...] = ()
    expects_elsewhere: tuple[ExpectedCount, ...] = ()

    @property
    def ends_at(self) -> datetime:
        """When the drill ends, in the world."""
        return self.starts_at + self.lasts

    @property
    def slack(self) -> timedelta:
        """The slack in world time."""
        return timedelta(seconds=self.slack_seconds * self.rate)

    def world(self, span: timedelta) -> datetime:
        """Return the instant of the world that a span of the file means."""
        return self.starts_at + span

    def people(self) -> Mapping[str, Person]:
        """Return everybody on the roster by key."""
        return {person.key: person for person in self.roster}
