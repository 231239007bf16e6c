"""Facts, laws and clocks for tests, made short."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

from services.alerts.rules.clock_merge import Fact, clock_id_of, merge, unstarted
from services.alerts.rules.clock_state import Clock
from services.alerts.rules.clock_terms import FactKind, Law
from shared.policy import Pack, load_pack
from shared.settings import PROJECT
from tests.builders import A_VILLAGE

POLICY = PROJECT / "policies" / "chongqing-2021-winter"
NOON = datetime(2021, 2, 1, 4, 0, tzinfo=UTC)
"""2021-02-01 12:00 in Shanghai."""
EVENTS = {
    FactKind.START: "testing.sample-positive",
    FactKind.STOP: "reporting.case-reported",
    FactKind.VOID: "testing.sample-positive-withdrawn",
}


@cache
def the_pack(folder: Path = POLICY) -> Pack:
    """The pack of winter 2021."""
    return load_pack(folder)


@cache
def the_law() -> Law:
    """The law with that pack alone."""
    return Law([the_pack()])


def a_version(version: int, valid_from: datetime, *, within: timedelta = timedelta(hours=1)) -> Pack:
    """A later version of the pack in which the direct report is due sooner and no case stops it any more."""
    pack = the_pack()
    rules = tuple(
        rule.model_copy(
            update={
                "within": within,
                "stop": tuple(
                    fact.model_copy(update={"event": "reporting.case-reviewed"}) for fact in rule.stop
                ),
            }
        )
        if rule.id == "direct-report"
        else rule
        for rule in pack.clocks
    )
    head = pack.head.model_copy(update={"version": version, "valid_from": valid_from})
    return pack.model_copy(update={"head": head, "clocks": rules})


def a_fact(
    kind: FactKind,
    occurred_at: datetime,
    *,
    subject: str = "sample-1",
    event_id: UUID | None = None,
    event_type: str | None = None,
    rule_id: str = "direct-report",
    division: str = A_VILLAGE,
    received_at: datetime | None = None,
) -> Fact:
    """A fact about the direct report of a sample, unless said otherwise."""
    return Fact(
        clock_id=clock_id_of(rule_id, subject),
        rule_id=rule_id,
        subject=subject,
        kind=kind,
        event_id=event_id or uuid4(),
        event_type=event_type or EVENTS[kind],
        division=division,
        occurred_at=occurred_at,
        recorded_at=occurred_at,
        received_at=received_at or occurred_at,
        reason="contamination" if kind is FactKind.VOID else None,
        name="500104-cdc" if kind is FactKind.VOID else None,
    )


def start(at: datetime = NOON, **more: object) -> Fact:
    """A positive result."""
    return a_fact(FactKind.START, at, **more)  # pyright: ignore[reportArgumentType]  # names are those above


def stop(at: datetime, **more: object) -> Fact:
    """A direct report."""
    return a_fact(FactKind.STOP, at, **more)  # pyright: ignore[reportArgumentType]  # names are those above


def void(at: datetime, **more: object) -> Fact:
    """A withdrawal."""
    return a_fact(FactKind.VOID, at, **more)  # pyright: ignore[reportArgumentType]  # names are those above


def a_clock(facts: Sequence[Fact], law: Law | None = None) -> Clock:
    """The clock that these facts make when all of them arrive together."""
    law = law or the_law()
    return merge(unstarted(facts[0], law), facts, law)


def arrive(deliveries: Sequence[Sequence[Fact]], law: Law | None = None) -> Clock:
    """The clock that facts make when they arrive delivery by delivery, as the action merges them."""
    law = law or the_law()
    known: list[Fact] = []
    clock = unstarted(deliveries[0][0], law)
    for delivery in deliveries:
        new = [fact for fact in delivery if fact not in known]
        known += new
        if new:
            clock = merge(clock, new if clock.started_at is not None else known, law)
    return clock
