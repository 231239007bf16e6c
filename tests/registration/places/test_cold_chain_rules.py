"""The four proofs and the trace of a lot: pure rules, on both sides of each limit."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.places.four_proofs import (
    Lack,
    Proof,
    counts,
    judge,
    merge,
    next_change_after,
)
from services.registration.rules.places.lot import Direction, Movement, number_key, trace
from services.registration.rules.telling import Telling
from tests.registration.places.statements import PROOFS

pytestmark = pytest.mark.requirement("cold-chain-four-proofs")

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
LOT = UUID(int=9)


def proof(kind: str, number: int = 1, until: int | None = None, withdrawn: int | None = None) -> Proof:
    return Proof(
        LOT,
        kind,
        f"D-{number}",
        None if until is None else NOW + until * HOUR,
        None if withdrawn is None else NOW + withdrawn * HOUR,
        None if withdrawn is None else "r",
    )


ALL = [proof(kind) for kind in PROOFS]


@pytest.mark.parametrize("missing", range(16))
def test_a_lot_lacks_exactly_what_is_not_there(missing: int) -> None:
    there = [one for position, one in enumerate(ALL) if not missing & 1 << position]
    lacks = judge(there, PROOFS, NOW)
    assert [one.kind for one in lacks] == [
        kind for position, kind in enumerate(PROOFS) if missing & 1 << position
    ]
    assert {one.why for one in lacks} <= {Lack.MISSING}


@pytest.mark.parametrize(
    ("proofs", "after", "why"),
    [
        ([], timedelta(), Lack.MISSING),
        ([proof("tracing-record")], 9999 * HOUR, None),
        ([proof("tracing-record", until=2)], 2 * HOUR, None),
        ([proof("tracing-record", until=2)], 2 * HOUR + INSTANT, Lack.EXPIRED),
        ([proof("tracing-record", withdrawn=2)], 2 * HOUR - INSTANT, None),
        ([proof("tracing-record", withdrawn=2)], 2 * HOUR, Lack.WITHDRAWN),
        ([proof("tracing-record", until=1), proof("tracing-record", 2)], 5 * HOUR, None),
        ([proof("tracing-record", until=1), proof("tracing-record", 2, withdrawn=1)], 5 * HOUR, Lack.EXPIRED),
        ([proof("tracing-record", until=9, withdrawn=1)], 5 * HOUR, Lack.WITHDRAWN),
    ],
)
def test_when_a_proof_counts(proofs: list[Proof], after: timedelta, why: Lack | None) -> None:
    lacks = judge([*ALL[:3], *proofs], PROOFS, NOW + after)
    assert [(one.kind, one.why) for one in lacks] == ([] if why is None else [("tracing-record", why)])


def test_the_next_change_is_the_first_end_of_what_counts() -> None:
    proofs = [proof("a", until=5), proof("b", until=3), proof("c", until=-1), proof("d", withdrawn=4)]
    assert next_change_after(proofs, NOW) == NOW + 3 * HOUR
    assert next_change_after([proof("a"), proof("c", until=-1)], NOW) is None
    assert next_change_after([proof("a", until=0)], NOW) == NOW


HOURS = st.one_of(st.none(), st.integers(-5, 5))


@given(st.lists(st.tuples(HOURS, HOURS), min_size=1, max_size=6), st.randoms())
def test_statements_of_a_proof_merge_in_any_order(
    said: list[tuple[int | None, int | None]], random: Random
) -> None:
    proofs = [proof("a", 1, until, withdrawn) for until, withdrawn in said]
    shuffled = sorted([*proofs, *proofs], key=lambda _: random.random())
    merged = list(itertools.accumulate(proofs, merge))[-1]
    assert list(itertools.accumulate(shuffled, merge))[-1] == merged
    for hours in range(-6, 7):
        if counts(merged, NOW + hours * HOUR):
            assert all(counts(one, NOW + hours * HOUR) for one in proofs)


A, B, C, D = (UUID(int=number) for number in range(1, 5))
NAMES = {A: "A", B: "B", C: "C", D: "D", None: "-"}


def move(start: UUID | None, end: UUID | None, hours: float) -> Movement:
    told = Telling(NOW + hours * HOUR, NOW, "key")
    return Movement(LOT, f"M-{start}-{end}-{hours}", start, end, Decimal(1), told)


def written(movements: list[Movement]) -> list[str]:
    return [f"{NAMES[one.from_place]}{NAMES[one.to_place]}" for one in movements]


PATH = [move(None, A, 0), move(A, B, 1), move(B, C, 2), move(B, None, 3), move(A, D, 4), move(C, None, 5)]


@pytest.mark.parametrize(
    ("movements", "place", "direction", "found"),
    [
        (PATH, A, "forward", ["AB", "BC", "B-", "AD", "C-"]),
        (PATH, B, "forward", ["BC", "B-", "C-"]),
        (PATH, D, "forward", []),
        (PATH, C, "backward", ["-A", "AB", "BC"]),
        (PATH, D, "backward", ["-A", "AD"]),
        (PATH, A, "backward", ["-A"]),
        ([move(B, C, 1), move(A, B, 2)], A, "forward", ["AB"]),
        ([move(B, C, 1), move(A, B, 2)], C, "backward", ["BC"]),
        ([move(A, B, 1), move(B, C, 1), move(C, D, 1)], A, "forward", ["AB", "BC", "CD"]),
        ([move(A, B, 1), move(B, A, 2), move(A, C, 3)], A, "forward", ["AB", "BA", "AC"]),
    ],
)
def test_where_goods_went_and_came_from(
    movements: list[Movement], place: UUID, direction: str, found: list[str]
) -> None:
    for order in itertools.permutations(movements):
        assert sorted(written(trace(order, place, Direction(direction)))) == sorted(found)


PLACES = st.sampled_from([A, B, C, D])
MOVEMENTS = st.lists(st.builds(move, PLACES, PLACES, st.integers(0, 4)), max_size=8)


@given(MOVEMENTS, PLACES, PLACES)
def test_what_reaches_forwards_is_reached_backwards(
    movements: list[Movement], start: UUID, end: UUID
) -> None:
    forward = {one.to_place for one in trace(movements, start, Direction.FORWARD)}
    backward = {one.from_place for one in trace(movements, end, Direction.BACKWARD)}
    assert (end in forward) == (start in backward)


def test_numbers_are_compared_without_spaces_and_separators() -> None:
    assert number_key("br-2020 / 12.a") == "BR202012A"
