"""The reserve of rooms: 100 for each infected person, and which back-up sites cover what lacks."""

import pytest

from services.registration.rules.quarantine.reserve import ReserveSite, reckon, rooms_in_reserve
from services.registration.rules.quarantine.site import SiteKind, SiteState
from tests.builders import A_VILLAGE, JIANSHENG

pytestmark = pytest.mark.requirement("quarantine-rooms-ratio")
PLANNED, OPEN, CLOSED = SiteState.PLANNED, SiteState.OPEN, SiteState.CLOSED
STANDING, BACK_UP, RURAL = SiteKind.STANDING, SiteKind.BACK_UP, SiteKind.TEMPORARY_RURAL
ELSEWHERE = "500104103"


def site(
    code: str,
    rooms: int,
    kind: SiteKind = BACK_UP,
    state: SiteState = PLANNED,
    *,
    order: int | None = 1,
    called_up: bool = False,
    division: str = JIANSHENG,
) -> ReserveSite:
    return ReserveSite(code, division, kind, state, rooms, order, called_up)


HOME = site("home", 28, STANDING, OPEN)


@pytest.mark.parametrize(
    ("one", "counts"),
    [
        (site("a", 5, STANDING, PLANNED), True),
        (site("a", 5, STANDING, OPEN), True),
        (site("a", 5, STANDING, CLOSED), False),
        (site("a", 5, BACK_UP, PLANNED), False),
        (site("a", 5, BACK_UP, PLANNED, called_up=True), True),
        (site("a", 5, BACK_UP, OPEN), True),
        (site("a", 5, BACK_UP, CLOSED), False),
        (site("a", 5, RURAL, OPEN), False),
    ],
)
def test_which_rooms_are_in_reserve(one: ReserveSite, counts: bool) -> None:
    assert rooms_in_reserve([one]) == (5 if counts else 0)


CASES: list[tuple[str, int, list[ReserveSite], list[str], int, int]] = [
    # what, infected, sites, called up, rooms after, shortfall
    ("nobody infected", 0, [HOME, site("a", 80)], [], 28, 0),
    ("the first case, 28 rooms", 1, [HOME, site("a", 80)], ["a"], 108, 0),
    ("exactly enough", 1, [HOME, site("a", 72), site("b", 10, order=2)], ["a"], 100, 0),
    ("one too few", 1, [HOME, site("a", 71), site("b", 10, order=2)], ["a", "b"], 109, 0),
    ("100 rooms already", 1, [site("big", 100, STANDING), site("a", 10)], [], 100, 0),
    ("99 rooms", 1, [site("big", 99, STANDING), site("a", 10)], ["a"], 109, 0),
    ("nothing left to call up", 2, [HOME, site("a", 80)], ["a"], 108, 92),
    ("in their order", 1, [HOME, site("a", 40, order=3), site("b", 40, order=1), site("c", 40, order=2)],
     ["b", "c"], 108, 0),
    ("then by code", 1, [HOME, site("b", 80), site("a", 80)], ["a"], 108, 0),
    ("the nearest first", 1, [HOME, site("a", 80, division=ELSEWHERE), site("b", 80, order=9)],
     ["b"], 108, 0),
    ("what was called up is not called again", 2, [HOME, site("a", 80, called_up=True), site("b", 90)],
     ["b"], 198, 2),
    ("a closed one stays closed", 1, [HOME, site("a", 80, state=CLOSED)], [], 28, 72),
]  # fmt: skip


@pytest.mark.parametrize(
    ("_", "infected", "sites", "called_up", "after", "shortfall"), CASES, ids=[case[0] for case in CASES]
)
def test_what_is_called_up(
    _: str, infected: int, sites: list[ReserveSite], called_up: list[str], after: int, shortfall: int
) -> None:
    reckoned = reckon(infected, sites, near=A_VILLAGE, rooms_per_case=100)
    assert reckoned.rooms_needed == 100 * infected
    assert (list(reckoned.called_up), reckoned.rooms_after, reckoned.shortfall) == (
        called_up,
        after,
        shortfall,
    )
