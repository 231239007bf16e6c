"""What a plan is about: the latest return with what led up to it, or a ground that came when all was over.

A return begins anew: the way home of the returns shortly before it is looked at with it. A ground that
begins while a plan runs joins it; one that begins after its last day is an episode of its own, which knows
no return.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.registration.rules.day_count import day_number, day_of, number_of
from services.registration.rules.plans.classification import Judgement, MeasuresLaw, judge
from services.registration.rules.plans.drawing import draw_plan
from services.registration.rules.plans.facts import Entry, Ground, PersonFacts, Proof, Stay
from services.registration.rules.plans.look_back import look_back_days
from services.registration.rules.plans.plan import PlanDrawn


@dataclass(frozen=True, slots=True)
class ReturnOnRecord:
    """A return as plans are decided by it; the route with the levels that its places had."""

    id: UUID
    division: str
    arrived_at: datetime
    route: tuple[Stay, ...]
    proofs: frozenset[Proof]
    entry: Entry | None
    returning_worker: bool


@dataclass(frozen=True, slots=True)
class GroundOnRecord:
    """A ground that has not ended."""

    id: UUID
    division: str
    ground: Ground


@dataclass(frozen=True, slots=True)
class PersonOnRecord:
    """All that is on record of a person and decides their plan."""

    id: UUID
    occupation: str | None
    returns: Sequence[ReturnOnRecord]
    grounds: Sequence[GroundOnRecord]


@dataclass(frozen=True, slots=True)
class Episode:
    """What a plan is about, what was judged, and the plan that follows."""

    anchor: UUID
    """The id of the return, or of the first ground where there is none."""
    return_id: UUID | None
    division: str
    facts: PersonFacts
    judgement: Judgement
    plan: PlanDrawn


def present_episode(law: MeasuresLaw, person: PersonOnRecord) -> Episode | None:
    """Return what a person's plan is about now; None for whom nothing brings under management."""
    episode = _of_return(law, person) if person.returns else None
    began = episode.facts.day_zero if episode else date.min
    for one in sorted(person.grounds, key=lambda one: (one.ground.began_on, one.id)):
        if episode is not None and one.ground.began_on <= began:
            continue
        if episode is not None and one.ground.began_on <= day_number(episode.plan.last_day, 1):
            facts = replace(episode.facts, grounds=(*episode.facts.grounds, one.ground))
            episode = _episode(law, episode.anchor, episode.return_id, episode.division, facts)
        else:
            facts = PersonFacts(day_zero=one.ground.began_on, arrived_at=None, grounds=(one.ground,))
            episode = _episode(law, one.id, None, one.division, facts)
            began = date.min
    return episode


def _of_return(law: MeasuresLaw, person: PersonOnRecord) -> Episode:
    """Judge the latest return, with the ways home of those shortly before it and the grounds of before."""
    latest = max(person.returns, key=lambda one: (one.arrived_at, one.id))
    zero, look_back = day_of(latest.arrived_at), look_back_days(law)
    joined = [one for one in person.returns if number_of(day_of(one.arrived_at), zero) <= look_back]
    entries = [one.entry for one in joined if one.entry is not None]
    facts = PersonFacts(
        day_zero=zero,
        arrived_at=latest.arrived_at,
        occupation=person.occupation,
        route=latest.route if len(joined) == 1 else _routes(joined),
        proofs=tuple(sorted({proof for one in joined for proof in one.proofs}, key=repr)),
        entry=max(entries, key=lambda entry: entry.entered_on, default=None),
        returning_worker=latest.returning_worker,
        grounds=tuple(
            one.ground
            for one in sorted(person.grounds, key=lambda one: (one.ground.began_on, one.id))
            if one.ground.began_on <= zero
        ),
    )
    return _episode(law, latest.id, latest.id, latest.division, facts)


def _routes(returns: Sequence[ReturnOnRecord]) -> tuple[Stay, ...]:
    stays = {stay for one in returns for stay in one.route}
    return tuple(sorted(stays, key=lambda stay: (stay.entered_on, stay.area, stay.left_on)))


def _episode(
    law: MeasuresLaw, anchor: UUID, return_id: UUID | None, division: str, facts: PersonFacts
) -> Episode:
    judgement = judge(law, facts)
    return Episode(anchor, return_id, division, facts, judgement, draw_plan(law, judgement, facts))
