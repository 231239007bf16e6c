"""The merge of facts: any order, twice, late, in any company gives the same clock."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.rules.clock_merge import Fact, merge
from services.alerts.rules.clock_state import Clock, State, state_of
from services.alerts.rules.clock_terms import FactKind, Law
from shared.vocabulary import Occasion
from tests.alerts.clocks.facts import (
    NOON,
    a_clock,
    a_fact,
    a_version,
    arrive,
    start,
    stop,
    the_law,
    the_pack,
    void,
)

MINUTE = timedelta(minutes=1)


def _fact(kind: FactKind, minute: int, number: int) -> Fact:
    return a_fact(kind, NOON + minute * MINUTE, event_id=UUID(int=number + 1))


# Few instants and many events: facts of the same instant, which the event's id tells apart, are common.
facts = st.lists(
    st.builds(
        _fact,
        st.sampled_from(FactKind),
        st.integers(-200, 200).map(lambda n: n // 40 * 40),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=9,
    unique_by=lambda fact: (fact.kind, fact.event_id),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Fact], list[list[Fact]]]:
    """Facts, and one way in which they may arrive: in any order, some of them again, batched anyhow."""
    which = draw(facts)
    again = draw(st.lists(st.sampled_from(which), max_size=5))
    order = draw(st.permutations([*which, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    batches = [order[low:high] for low, high in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return which, [batch for batch in batches if batch]


def _essence(clock: Clock) -> Clock | None:
    """What must be equal; a clock that no start is known of is no duty yet and says nothing."""
    return clock if clock.started_at is not None else None


@given(deliveries())
def test_any_order_repetition_and_delay_gives_the_same_clock(
    arrival: tuple[list[Fact], list[list[Fact]]],
) -> None:
    which, batches = arrival
    assert _essence(arrive(batches)) == _essence(a_clock(which))


@given(facts, facts)
def test_merging_the_same_facts_again_changes_nothing(some: list[Fact], more: list[Fact]) -> None:
    clock = arrive([some, more])
    assert arrive([some, more, some, more]) == clock


@given(facts, st.integers(-300, 600))
def test_state_follows_from_the_facts_alone(which: list[Fact], minute: int) -> None:
    now = NOON + minute * MINUTE
    starts = [fact.occurred_at for fact in which if fact.kind is FactKind.START]
    stops = [fact.occurred_at for fact in which if fact.kind is FactKind.STOP]
    voids = [fact for fact in which if fact.kind is FactKind.VOID]
    state = state_of(a_clock(which), now)
    if not starts:
        assert state is State.UNSTARTED
    elif voids:
        assert state is State.VOID
    else:
        due_at = min(starts) + timedelta(hours=2)
        expected = (
            (State.BREACHED if now > due_at else State.RUNNING)
            if not stops
            else (State.MET if min(stops) <= due_at else State.MET_LATE)
        )
        assert state is expected


def test_a_correction_never_moves_the_start_later() -> None:
    clock = arrive([[start(NOON)], [start(NOON + 5 * MINUTE)]])
    assert clock.started_at == NOON


def test_an_earlier_start_moves_due_time_and_steps_earlier_and_fires_nothing_again() -> None:
    clock = replace(arrive([[start(NOON)]]), next_step=2)
    moved = merge(clock, [start(NOON - 30 * MINUTE)], the_law())
    assert moved.due_at == NOON + 90 * MINUTE
    assert moved.next_step == 2
    assert moved.next_step_at == NOON + 60 * MINUTE


def test_a_stop_that_arrives_first_closes_the_clock_at_birth() -> None:
    clock = arrive([[stop(NOON + MINUTE)], [start(NOON)]])
    assert state_of(clock, NOON) is State.MET
    assert clock.next_step_at is None


def test_a_start_that_arrives_after_its_due_time_is_breached_at_once() -> None:
    clock = arrive([[start(NOON, received_at=NOON + timedelta(hours=5))]])
    assert state_of(clock, NOON + timedelta(hours=5)) is State.BREACHED
    assert clock.next_step_at == NOON


def test_steps_are_inform_shares_and_breach() -> None:
    clock = a_clock([start()])
    assert clock.step_kinds == (Occasion.INFORM, Occasion.WARN, Occasion.WARN, Occasion.BREACH)
    assert [instant - NOON for instant in clock.step_instants] == [
        0 * MINUTE,
        60 * MINUTE,
        90 * MINUTE,
        120 * MINUTE,
    ]
    assert clock.step_rungs == (1, 1, 1, 2)


def _of_two_versions(changes_at: datetime) -> Law:
    return Law([the_pack(), a_version(the_pack().version + 1, changes_at)])


def test_a_new_version_binds_what_starts_after_it_and_running_clocks_keep_theirs() -> None:
    law = _of_two_versions(NOON)
    before, after = a_clock([start(NOON - MINUTE)], law), a_clock([start(NOON)], law)
    assert (before.rule_version, after.rule_version) == (the_pack().version, the_pack().version + 1)
    assert after.due_at == NOON + timedelta(hours=1)
    kept = arrive([[start(NOON - 10 * MINUTE)], [start(NOON - 20 * MINUTE)]], law)
    assert kept.rule_version == the_pack().version


def test_a_fact_that_the_binding_version_does_not_know_does_not_count_even_when_it_came_first() -> None:
    law = _of_two_versions(NOON)
    no_stop_any_more = stop(NOON + MINUTE)
    for order in ([no_stop_any_more], [start(NOON)]), ([start(NOON)], [no_stop_any_more]):
        assert arrive(order, law).stopped_at is None
    assert arrive([[no_stop_any_more], [start(NOON - MINUTE)]], law).stopped_at == NOON + MINUTE


def test_a_withdrawal_by_hand_counts_under_every_version() -> None:
    by_hand = void(NOON + MINUTE, event_type="alerts.clock-withdrawn-by-hand")
    assert state_of(a_clock([start(), by_hand], _of_two_versions(NOON)), NOON) is State.VOID
