"""What an event says about clocks, by the policy: which of them it starts, stops or voids."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.alerts.rules.clock_merge import Fact, clock_id_of
from services.alerts.rules.clock_terms import FactKind
from shared.contracts import Event
from shared.policy.clocks import ClockFact, ClockRule
from shared.policy.pack import Pack


@dataclass(frozen=True, slots=True)
class _Meaning:
    """That an event does `kind` to a clock of `rule`, named by `key`."""

    rule: ClockRule
    kind: FactKind
    key: ClockFact


class Meanings:
    """Looks up what events mean, under every version of the policy that may still bind a clock.

    Whether a fact counts for a particular clock is decided where it is merged, by the version that binds it;
    which instant of the event it counts from, by the newest version that knows the event.
    """

    def __init__(self, packs: Iterable[Pack]) -> None:
        self._by_event: dict[str, list[_Meaning]] = defaultdict(list)
        for pack in sorted(packs, key=lambda pack: pack.version, reverse=True):
            for rule in pack.clocks:
                for kind, keys in (
                    (FactKind.START, rule.start),
                    (FactKind.STOP, rule.stop),
                    (FactKind.VOID, rule.void),
                ):
                    for key in keys:
                        self._by_event[key.event].append(_Meaning(rule, kind, key))

    def event_types(self) -> Sequence[str]:
        """Return the types of all events that mean something to a clock."""
        return sorted(self._by_event)

    def facts_of(self, event: Event, event_id: UUID, received_at: datetime) -> tuple[Fact, ...]:
        """Return what the event says, each clock once; empty when it means nothing to any clock.

        What one event says to several clocks may be of several instants: each rule names its own.
        """
        facts: dict[tuple[UUID, FactKind], Fact] = {}
        for meaning in self._by_event.get(event.TYPE, ()):
            fact = _fact(meaning, event, event_id, received_at)
            facts.setdefault((fact.clock_id, fact.kind), fact)
        return tuple(facts.values())


def _fact(meaning: _Meaning, event: Event, event_id: UUID, received_at: datetime) -> Fact:
    rule, subject = meaning.rule, meaning.key.subject_of(event)
    starts, voids = meaning.kind is FactKind.START, meaning.kind is FactKind.VOID
    return Fact(
        clock_id=clock_id_of(rule.id, subject),
        rule_id=rule.id,
        subject=subject,
        kind=meaning.kind,
        event_id=event_id,
        event_type=event.TYPE,
        division=event.division,
        occurred_at=meaning.key.instant_of(event),
        recorded_at=event.recorded_at,
        received_at=received_at,
        reference_at=_field(event, rule.shown_beside.field) if starts and rule.shown_beside else None,
        institution=_field(event, rule.owner.institution) if starts and rule.owner.institution else None,
        reason=(_field(event, "reason_code") or event.TYPE) if voids else None,
        name=_field(event, "withdrawn_by") if voids else None,
    )


def _field(event: Event, name: str) -> Any:
    return getattr(event, name, None)
