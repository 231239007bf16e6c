"""Which rooms people are given: the nearest site, never beyond its beds, never two families in a room."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registration.rules.quarantine.nearness import areas_of, closeness
from services.registration.rules.quarantine.room_choice import BedChoice, RoomOffer, choose_beds
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE

pytestmark = pytest.mark.requirement("quarantine-sites")
PARTY, OTHER = UUID(int=1), UUID(int=2)


def offer(
    room: str, *beds: int, site: str = "s", division: str = JIANSHENG, party: UUID | None = None
) -> RoomOffer:
    return RoomOffer(site, division, room, "1", int(room), beds, party)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (A_VILLAGE, A_VILLAGE, 4),
        (A_VILLAGE, ANOTHER_VILLAGE, 3),
        (A_VILLAGE, JIANSHENG, 3),
        (A_VILLAGE, "500104", 2),
        (A_VILLAGE, OUTSIDE, 1),
        (A_VILLAGE, "500000", 1),
        ("500104102", "500104103001", 2),
        (A_VILLAGE, "110101", 0),
    ],
)
def test_closeness_counts_the_levels_that_are_shared(one: str, other: str, shared: int) -> None:
    assert closeness(one, other) == closeness(other, one) == shared


def test_rooms_are_reckoned_for_the_township_and_then_the_district() -> None:
    assert areas_of(A_VILLAGE) == areas_of(JIANSHENG) == (JIANSHENG, "500104")
    assert areas_of("500104") == ("500104",)


CASES: list[tuple[str, int, list[RoomOffer], list[tuple[str, str, int]] | None]] = [
    ("nothing", 1, [], None),
    ("one alone takes the smallest", 1, [offer("1", 1, 2), offer("2", 1)], [("s", "2", 1)]),
    ("of equals the first along the corridor", 1, [offer("2", 1), offer("1", 1)], [("s", "1", 1)]),
    ("a family in the smallest that takes it", 2, [offer("1", 1), offer("2", 1, 2, 3), offer("3", 1, 2)],
     [("s", "3", 1), ("s", "3", 2)]),
    ("a large family fills the largest first", 4, [offer("1", 1), offer("2", 1, 2, 3), offer("3", 1, 2)],
     [("s", "2", 1), ("s", "2", 2), ("s", "2", 3), ("s", "1", 1)]),
    ("too many for the site", 5, [offer("1", 1, 2), offer("2", 1, 2)], None),
    ("a room of another party is no room", 1, [offer("1", 2, party=OTHER)], None),
    ("its own room first", 2, [offer("1", 2, party=PARTY), offer("2", 1)], [("s", "1", 2), ("s", "2", 1)]),
    ("the nearest site", 1, [offer("1", 1), offer("1", 1, site="z", division=A_VILLAGE)], [("z", "1", 1)]),
    ("the next site when the nearest is too small", 2,
     [offer("1", 1, 2), offer("1", 1, site="z", division=A_VILLAGE)], [("s", "1", 1), ("s", "1", 2)]),
    ("never spread over sites", 2, [offer("1", 1), offer("1", 1, site="z")], None),
    ("of equally near sites the emptier", 1,
     [offer("1", 1), offer("1", 1, site="z"), offer("2", 1, site="z")], [("z", "1", 1)]),
    ("then by code", 1, [offer("1", 1, site="z"), offer("1", 1)], [("s", "1", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("_", "people", "offers", "chosen"), CASES, ids=[case[0] for case in CASES])
def test_a_table_of_choices(
    _: str, people: int, offers: list[RoomOffer], chosen: list[tuple[str, str, int]] | None
) -> None:
    expected = None if chosen is None else [BedChoice(*one) for one in chosen]
    assert choose_beds(people, A_VILLAGE, offers, party=PARTY) == expected
    assert choose_beds(people, A_VILLAGE, list(reversed(offers)), party=PARTY) == expected


DIVISIONS = {"a": JIANSHENG, "b": A_VILLAGE, "c": ANOTHER_VILLAGE, "d": OUTSIDE}


@st.composite
def many_offers(draw: st.DrawFn) -> list[RoomOffer]:
    places = draw(
        st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 12)), unique=True, min_size=1, max_size=20)
    )
    return [
        offer(
            str(room),
            *draw(st.lists(st.integers(1, 4), unique=True, max_size=4)),
            site=site,
            division=DIVISIONS[site],
            party=draw(st.sampled_from([None, None, PARTY, OTHER])),
        )
        for site, room in places
    ]


@given(offers=many_offers(), sizes=st.lists(st.integers(1, 5), min_size=1, max_size=12))
@settings(deadline=None)
def test_parties_one_after_another_never_share_a_room_or_a_bed(
    offers: list[RoomOffer], sizes: list[int]
) -> None:
    """Give rooms to party after party and keep the books by hand."""
    free = {(one.site, one.room): set(one.free_beds) for one in offers}
    holder = {(one.site, one.room): one.party for one in offers}
    for number, size in enumerate(sizes):
        party = UUID(int=100 + number)
        present = [
            RoomOffer(one.site, one.division, one.room, one.corridor, one.position,
                      tuple(sorted(free[one.site, one.room])), holder[one.site, one.room])
            for one in offers
        ]  # fmt: skip
        chosen = choose_beds(size, A_VILLAGE, present, party=party)
        if chosen is None:
            roomy = Counter[str]()
            for one in present:
                roomy[one.site] += len(one.free_beds) if one.party is None else 0
            assert all(beds < size for beds in roomy.values())
            continue
        assert len(set(chosen)) == len(chosen) == size
        assert len({one.site for one in chosen}) == 1
        for one in chosen:
            place = (one.site, one.room)
            assert one.bed in free[place]
            assert holder[place] in (None, party)
            free[place].remove(one.bed)
            holder[place] = party


@given(offers=many_offers(), size=st.integers(1, 5), order=st.randoms())
def test_the_order_of_offers_makes_no_difference(offers: list[RoomOffer], size: int, order: object) -> None:
    shuffled = list(offers)
    order.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]  # a Random
    assert choose_beds(size, A_VILLAGE, offers, party=PARTY) == choose_beds(
        size, A_VILLAGE, shuffled, party=PARTY
    )
