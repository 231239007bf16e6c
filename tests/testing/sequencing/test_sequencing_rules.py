"""What may become of an order to sequence a sample, and which sequences are close to one another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.sequencing.comparison import Closeness, compare, lies_within
from services.testing.rules.sequencing.order import (
    LAST_INSTANT,
    Exclusion,
    Order,
    OrderState,
    Sequence,
    due_at,
    exclude,
    problems_of_exclusion,
    problems_of_sequence,
    sequence,
    void,
)
from shared.errors import Conflict
from tests.testing.laboratories.builders import CDC, the_law

pytestmark = pytest.mark.requirement("sequencing")

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
LAW = the_law().sequencing


def an_order(number: int = 0, **changes: object) -> Order:
    order = Order(
        sample_id=UUID(int=number),
        division="500104102001",
        institution=CDC,
        person_id=None,
        positive_at=NOW,
        due_at=due_at(NOW, LAW),
        state=OrderState.ORDERED,
    )
    return replace(order, **changes)  # pyright: ignore[reportArgumentType]


def a_sequence(lineage: str = "B.1.1.7", *mutations: str, said: bool = True, **changes: object) -> Sequence:
    found = Sequence(CDC, lineage, "CQ-0001", NOW, frozenset(mutations) if said else None)
    return replace(found, **changes)  # pyright: ignore[reportArgumentType]


def sequenced(number: int, found: Sequence, **changes: object) -> Order:
    return sequence(an_order(number, **changes), found)


def test_seven_days_after_the_positive_an_order_is_overdue_unless_it_has_ended() -> None:
    order = an_order()
    assert order.due_at == NOW + timedelta(days=7)
    assert not order.is_overdue(order.due_at)
    late = order.due_at + timedelta(microseconds=1)
    assert order.is_overdue(late)
    assert not exclude(order, Exclusion("degraded")).is_overdue(late)
    assert not sequence(order, a_sequence()).is_overdue(late)
    assert not void(order).is_overdue(late)
    assert due_at(LAST_INSTANT, LAW) == LAST_INSTANT


@pytest.mark.parametrize(
    ("exclusion", "field"),
    [
        (Exclusion("degraded"), None),
        (Exclusion("no-time"), "reason_code"),
        (Exclusion("ct-too-high"), "ct"),
        (Exclusion("ct-too-high", Decimal(32)), "ct"),
        (Exclusion("ct-too-high", Decimal("32.01")), None),
    ],
)
def test_only_a_reason_of_the_policy_excuses(exclusion: Exclusion, field: str | None) -> None:
    assert [one.field for one in problems_of_exclusion(exclusion, LAW)] == ([field] if field else [])


def test_an_excluded_sample_may_be_sequenced_after_all_but_not_the_other_way_round() -> None:
    excluded = exclude(an_order(), Exclusion("degraded"))
    done = sequence(excluded, a_sequence())
    assert (done.state, done.exclusion) == (OrderState.SEQUENCED, Exclusion("degraded"))
    corrected = sequence(done, a_sequence("B.1.2"))
    assert corrected.sequence == a_sequence("B.1.2")
    with pytest.raises(Conflict, match="has been sequenced"):
        exclude(done, Exclusion("degraded"))


def test_nothing_becomes_of_a_void_order() -> None:
    ended = void(sequence(an_order(), a_sequence()))
    assert ended.sequence == a_sequence()
    with pytest.raises(Conflict, match="withdrawn"):
        exclude(ended, Exclusion("degraded"))
    with pytest.raises(Conflict, match="withdrawn"):
        sequence(ended, a_sequence())


def test_a_sequence_is_of_a_known_laboratory_and_not_older_than_its_sample() -> None:
    wrong = a_sequence(laboratory="nobody", sequenced_at=NOW - timedelta(days=1, microseconds=1))
    found = problems_of_sequence(wrong, an_order(), NOW, {CDC})
    assert [one.field for one in found] == ["laboratory", "sequenced_at"]
    assert problems_of_sequence(a_sequence(), an_order(), NOW, {CDC}) == []


def test_lineages_lie_within_one_another_as_they_are_written() -> None:
    assert lies_within("B.1.1.7", "B.1.1")
    assert lies_within("B.1", "B.1")
    assert not lies_within("B.1.10", "B.1.1")
    assert not lies_within("B.1.1", "B.1.1.7")
    assert not lies_within("AY.4", "B.1.617.2")


def test_what_is_close_comes_closest_first() -> None:
    own = sequenced(1, a_sequence("B.1.1.7", "A", "B", "C"))
    others = [
        sequenced(2, a_sequence("B.1.1", said=False)),
        sequenced(3, a_sequence("B.1.1.7", said=False), positive_at=NOW - timedelta(days=1)),
        sequenced(4, a_sequence("B.1.1.7", said=False)),
        sequenced(5, a_sequence("B.1.1.7", "A", "D", "E", "F")),
        sequenced(6, a_sequence("B.1.2", "A", "B", "C")),
        sequenced(7, a_sequence("B.1.1.7", "A", "B", "D")),
        sequenced(8, a_sequence("B.1.2", "X", "Y", "Z")),
        sequenced(9, a_sequence("B.1.1.7.3", said=False)),
        an_order(10),
        own,
    ]
    found = compare(own, others, LAW.near_mutations)
    assert [(one.sample_id.int, one.closeness, one.different_mutations) for one in found] == [
        (6, Closeness.NEAR, 0),
        (7, Closeness.NEAR, 2),
        (5, Closeness.SAME_LINEAGE, 5),
        (4, Closeness.SAME_LINEAGE, None),
        (3, Closeness.SAME_LINEAGE, None),
        (2, Closeness.WITHIN, None),
        (9, Closeness.WITHIN, None),
    ]
    assert compare(an_order(), others, 2) == []


MUTATIONS = st.frozensets(st.sampled_from("ABCDEFGH"), max_size=8)


@given(MUTATIONS, st.lists(MUTATIONS, max_size=8), st.integers(0, 4))
def test_distances_are_counted_one_by_one_and_are_the_same_both_ways(
    own: frozenset[str], others: list[frozenset[str]], near: int
) -> None:
    mine = sequenced(0, a_sequence("B.1", *own))
    theirs = [sequenced(number, a_sequence("B.1", *one)) for number, one in enumerate(others, start=1)]
    found = {one.sample_id.int: one for one in compare(mine, theirs, near)}
    assert len(found) == len(others)
    for number, one in enumerate(others, start=1):
        wanted = sum((letter in own) != (letter in one) for letter in "ABCDEFGH")
        assert found[number].different_mutations == wanted
        assert (found[number].closeness is Closeness.NEAR) == (wanted <= near)
        (back,) = compare(theirs[number - 1], [mine], near)
        assert back.different_mutations == wanted
