"""How the pages of a clock climb its ladder while nobody answers, and what an answer holds back.

Rungs are counted from 1, as the policy counts them. Every step of a clock (inform, each warning
share, breach) begins a climb of its own at its occasion's rung and ends the one before it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from services.alerts.rules.roster import OnDuty
from shared.policy.escalation import Ladder, Rung
from shared.vocabulary import Occasion

Find = Callable[[Rung], OnDuty | None]


@dataclass(frozen=True, slots=True)
class Climb:
    """How far the newest step of a clock has climbed."""

    occasion: Occasion
    step_due_at: datetime
    """The step that is climbing: two warnings are told apart by it."""
    rung: int | None
    """The rung that was paged last; None while nobody was found on any."""
    next_rung: int
    next_at: datetime | None
    """When the next rung is paged; None when nothing follows, or a request for it is under way."""
    held_until: datetime | None = None
    """Until when an acknowledgement holds the climb."""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody is to be paged about a clock, now."""

    occasion: Occasion
    step_due_at: datetime
    rung: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whom a request reaches, the rungs on which nobody was found, and how the climb goes on."""

    found: OnDuty | None
    empty_rungs: tuple[int, ...]
    climb: Climb


def is_superseded(request: Request, climb: Climb | None, now: datetime) -> bool:
    """Tell whether a request has nothing to say any more.

    A newer step has begun its own climb since, or an acknowledgement came in while a continuation of this
    climb was under way. A new step is never superseded by an acknowledgement: shares and breach always page.
    """
    if climb is None or request.step_due_at > climb.step_due_at:
        return False
    if request.step_due_at < climb.step_due_at:
        return True
    return climb.held_until is not None and climb.held_until > now


def resolve(request: Request, ladder: Ladder, find: Find, now: datetime) -> Resolution:
    """Find whom a request pages: its rung, or the first one above it on which somebody can be reached.

    An empty rung costs no wait. When all are empty the same request comes again after `repeat_every`,
    so that a clock is never silently lost, whoever is put on the roster meanwhile.
    """
    last = len(ladder.rungs)
    start = min(request.rung, last)
    empty: list[int] = []
    for number in range(start, last + 1):
        found = find(ladder.rungs[number - 1])
        if found is not None:
            return Resolution(found, tuple(empty), _after_page(request, ladder, number, now))
        empty.append(number)
    again = Climb(request.occasion, request.step_due_at, None, start, now + ladder.repeat_every)
    return Resolution(None, tuple(empty), again)


def _after_page(request: Request, ladder: Ladder, rung: int, now: datetime) -> Climb:
    last = len(ladder.rungs)
    if not _climbs(request.occasion, ladder):
        return Climb(request.occasion, request.step_due_at, rung, rung, None)
    wait = ladder.rungs[rung - 1].wait if rung < last else ladder.repeat_every
    return Climb(request.occasion, request.step_due_at, rung, min(rung + 1, last), now + wait)


def holds(climb: Climb, step_due_at: datetime) -> bool:
    """Tell whether acknowledging a page about a step answers for the climb that is under way.

    It does for that step on whatever rung; a page that went out before the breach is no answer to the breach.
    """
    return climb.step_due_at == step_due_at


def acknowledged(climb: Climb, ladder: Ladder, now: datetime) -> Climb:
    """Return the climb held from `now` on; it goes on where it stood when the clock is open after that.

    An acknowledgement is not the deed: the statutory clock runs on. A step that does not climb stays still.
    """
    until = now + ladder.acknowledgement_holds
    goes_on = climb.rung is None or _climbs(climb.occasion, ladder)
    return replace(climb, next_at=until if goes_on else None, held_until=until)


def unreached(climb: Climb, ladder: Ladder, now: datetime) -> Climb:
    """Return the climb after everybody on its rung was certainly not reached: the next rung at once.

    That goes for steps that do not climb as well: nobody was told. The last rung waits for its ordinary
    repetition, or a gateway that refuses would be called without a pause. Nothing changes while an
    acknowledgement holds the climb, or while a request for the next rung is under way.
    """
    under_way = climb.next_at is None and _climbs(climb.occasion, ladder)
    held = climb.held_until is not None and climb.held_until > now
    if climb.rung is None or under_way or held:
        return climb
    if climb.rung >= len(ladder.rungs):
        return replace(climb, next_at=climb.next_at or now + ladder.repeat_every)
    at = now if climb.next_at is None else min(climb.next_at, now)
    return replace(climb, next_rung=climb.rung + 1, next_at=at)


def _climbs(occasion: Occasion, ladder: Ladder) -> bool:
    step = ladder.occasions.step(occasion)
    return step is None or step.climb
