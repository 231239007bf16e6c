"""How facts become a clock: a merge that does not care about order, repetition or delay.

A start, a stop and a withdrawal are each the earliest of their kind; two of the same instant are told
apart by the smaller event id. So merging is commutative, associative and idempotent: every process that
has seen the same facts holds the same clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.alerts.rules.clock_state import Clock
from services.alerts.rules.clock_steps import plan_steps
from services.alerts.rules.clock_terms import FactKind, Law, Terms
from shared.contracts import derived_id


@dataclass(frozen=True, slots=True)
class Fact:
    """What one event says about one clock; appended once and never changed."""

    clock_id: UUID
    rule_id: str
    subject: str
    kind: FactKind
    event_id: UUID
    event_type: str
    division: str
    occurred_at: datetime
    """The instant of the event that the clock's rule counts: when it happened, unless it names another."""
    recorded_at: datetime
    received_at: datetime
    reference_at: datetime | None = None
    institution: str | None = None
    reason: str | None = None
    name: str | None = None


def clock_id_of(rule_id: str, subject: str) -> UUID:
    """Return the id of the clock of a rule and a subject; every process finds the same."""
    return derived_id("clock", rule_id, subject)


def unstarted(fact: Fact, law: Law) -> Clock:
    """Return the clock that a fact is the first sign of, before anything is merged into it."""
    terms = law.newest(fact.rule_id)
    return Clock(
        id=fact.clock_id,
        rule_id=fact.rule_id,
        subject=fact.subject,
        pack_id=terms.pack_id,
        rule_version=terms.version,
        division=fact.division,
        owner=terms.owner,
    )


def merge(clock: Clock, facts: Sequence[Fact], law: Law) -> Clock:
    """Return the clock with `facts` merged into it.

    The first start binds the clock to the version of the policy in force at that start, for good, also
    where a correction moves the start before a change of the law. An earlier start that arrives later
    moves the due time and all steps earlier; steps that have fired stay fired. Facts that the binding
    version does not know are left out.

    For a clock that has not started yet, `facts` must be all that are known of it: which of them count
    is only known once the version is.
    """
    if clock.started_at is not None:
        return _merged(clock, facts, law.terms(clock.rule_version, clock.rule_id))
    if (terms := _binding(facts, law)) is not None:
        return _merged(_blank(clock), facts, terms)
    return _closed(clock, facts)


def _binding(facts: Sequence[Fact], law: Law) -> Terms | None:
    """Return the terms that the earliest start is bound by; None while there is no start that counts."""
    starts = [fact for fact in facts if fact.kind is FactKind.START]
    for fact in sorted(starts, key=_order):
        terms = law.binding(fact.rule_id, fact.occurred_at)
        if terms is not None and terms.knows(fact.kind, fact.event_type):
            return terms
    return None


def _blank(clock: Clock) -> Clock:
    return Clock(
        clock.id,
        clock.rule_id,
        clock.subject,
        clock.pack_id,
        clock.rule_version,
        clock.division,
        clock.owner,
    )


def _merged(clock: Clock, facts: Sequence[Fact], terms: Terms) -> Clock:
    counted = [fact for fact in facts if terms.knows(fact.kind, fact.event_type)]
    started = _started(clock, counted, terms)
    return _closed(started, counted)


def _started(clock: Clock, facts: Sequence[Fact], terms: Terms) -> Clock:
    start = _first(facts, FactKind.START, clock.started_at, clock.start_event_id)
    if start is None:
        return clock
    plan = plan_steps(terms, start.occurred_at)
    return replace(
        clock,
        pack_id=terms.pack_id,
        rule_version=terms.version,
        owner=terms.owner,
        started_at=start.occurred_at,
        start_event_id=start.event_id,
        division=start.division,
        institution=start.institution,
        reference_at=start.reference_at,
        due_at=plan.due_at,
        step_instants=plan.instants,
        step_kinds=plan.kinds,
        step_rungs=plan.rungs,
    )


def _closed(clock: Clock, facts: Sequence[Fact]) -> Clock:
    stop = _first(facts, FactKind.STOP, clock.stopped_at, clock.stop_event_id)
    if stop is not None:
        clock = replace(clock, stopped_at=stop.occurred_at, stop_event_id=stop.event_id)
    void = _first(facts, FactKind.VOID, clock.voided_at, clock.void_event_id)
    if void is not None:
        clock = replace(
            clock,
            voided_at=void.occurred_at,
            void_event_id=void.event_id,
            void_reason=void.reason,
            voided_by=void.name,
        )
    return clock


def _order(fact: Fact) -> tuple[datetime, UUID]:
    return fact.occurred_at, fact.event_id


def _first(facts: Sequence[Fact], kind: FactKind, at: datetime | None, event_id: UUID | None) -> Fact | None:
    """Return the earliest fact of a kind if it comes before the one that the clock has; else None."""
    earliest = min((fact for fact in facts if fact.kind is kind), key=_order, default=None)
    if earliest is None or at is None or event_id is None or _order(earliest) < (at, event_id):
        return earliest
    return None
