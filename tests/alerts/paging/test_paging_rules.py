"""Rules of paging as tables: searching upwards, retrying, links."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.alerts.rules.delivery_retry import (
    AttemptState,
    DeliveryState,
    PastAttempt,
    RetryWaits,
    after_attempt,
)
from services.alerts.rules.one_tap_link import BadLink, ExpiredLink, LinkSigner
from services.alerts.rules.page_composition import common_division
from services.alerts.rules.roster import DutyPerson, DutyShift, coverage_gaps, search_path
from shared.policy.escalation import SearchLevel
from tests.alerts.paging.room import DISTRICT, MUNICIPALITY, OTHER_VILLAGE, REGISTER, TOWNSHIP, VILLAGE

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WAITS = RetryWaits(3, (timedelta(seconds=2), timedelta(seconds=8)))


@pytest.mark.parametrize(
    ("unit", "search_from", "path"),
    [
        (VILLAGE, "own", [VILLAGE, TOWNSHIP, DISTRICT, MUNICIPALITY]),
        (VILLAGE, "township", [TOWNSHIP, DISTRICT, MUNICIPALITY]),
        (VILLAGE, "district", [DISTRICT, MUNICIPALITY]),
        (VILLAGE, "municipality", [MUNICIPALITY]),
        (DISTRICT, "own", [DISTRICT, MUNICIPALITY]),
        (DISTRICT, "township", [DISTRICT, MUNICIPALITY]),
        (MUNICIPALITY, "township", [MUNICIPALITY]),
    ],
)
def test_where_a_post_is_looked_for(unit: str, search_from: SearchLevel, path: list[str]) -> None:
    assert [one.code for one in search_path(search_from, REGISTER.lineage(unit))] == path


@pytest.mark.parametrize(
    ("codes", "common"),
    [
        ({VILLAGE}, VILLAGE),
        ({VILLAGE, OTHER_VILLAGE}, TOWNSHIP),
        ({VILLAGE, TOWNSHIP}, TOWNSHIP),
        ({VILLAGE, "500104001001"}, DISTRICT),
        ({VILLAGE, "500101001001"}, MUNICIPALITY),
        ({DISTRICT, MUNICIPALITY}, MUNICIPALITY),
    ],
)
def test_the_division_of_a_page_holds_all_its_clocks(codes: set[str], common: str) -> None:
    assert common_division(REGISTER, codes) == common


A, R, U = AttemptState.ACCEPTED, AttemptState.REJECTED, AttemptState.UNKNOWN


@pytest.mark.parametrize(
    ("attempts", "channels", "state", "position", "wait"),
    [
        ([(0, A)], 2, DeliveryState.ACCEPTED, 0, 0),
        ([(0, R)], 2, DeliveryState.PENDING, 0, 2),
        ([(0, R), (0, R)], 2, DeliveryState.PENDING, 0, 8),
        ([(0, R), (0, R), (0, R)], 2, DeliveryState.PENDING, 1, 0),
        ([(0, U)], 2, DeliveryState.PENDING, 1, 0),
        ([(0, R), (0, U)], 2, DeliveryState.PENDING, 1, 0),
        ([(0, U)], 1, DeliveryState.UNKNOWN, 0, 0),
        ([(0, U), (1, R), (1, R), (1, R)], 2, DeliveryState.UNKNOWN, 1, 0),
        ([(0, R), (0, R), (0, R)], 1, DeliveryState.EXHAUSTED, 0, 0),
        ([(0, A), (1, R)], 2, DeliveryState.ACCEPTED, 1, 0),
        ([(1, R)], 1, DeliveryState.PENDING, 1, 2),
    ],
)
def test_what_follows_an_attempt(
    attempts: list[tuple[int, AttemptState]], channels: int, state: DeliveryState, position: int, wait: int
) -> None:
    step = after_attempt([PastAttempt(*one) for one in attempts], channels, WAITS)
    assert (step.state, step.channel_position) == (state, position)
    assert step.wait == timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("shifts", "gaps"),
    [
        ([], [(0, 10)]),
        ([(0, 10)], []),
        ([(-5, 15)], []),
        ([(2, 4)], [(0, 2), (4, 10)]),
        ([(0, 5), (5, 10)], []),
        ([(0, 6), (4, 10)], []),
        ([(0, 9), (2, 3)], [(9, 10)]),
        ([(-3, -1), (12, 14)], [(0, 10)]),
        ([(-3, 0), (10, 14)], [(0, 10)]),
    ],
)
def test_gaps_of_coverage(shifts: list[tuple[int, int]], gaps: list[tuple[int, int]]) -> None:
    person = DutyPerson(uuid4(), "p", "p", "zh", True, ("log",))
    roster = [
        DutyShift("duty-leader", TOWNSHIP, person, NOW + begin * HOUR, NOW + end * HOUR)
        for begin, end in shifts
    ]
    found = coverage_gaps(roster, "duty-leader", REGISTER.lineage(VILLAGE), NOW, NOW + 10 * HOUR)
    assert [(gap.from_at, gap.until_at) for gap in found] == [
        (NOW + begin * HOUR, NOW + end * HOUR) for begin, end in gaps
    ]


SIGNER = LinkSigner(("old", "new"), "https://duty.example/")


def test_a_link_names_its_page_until_it_ends() -> None:
    page = uuid4()
    token = SIGNER.token(page, NOW)
    assert SIGNER.link(page, NOW) == f"https://duty.example/a/{token}"
    assert SIGNER.read(token, NOW + SIGNER.lifetime) == page
    with pytest.raises(ExpiredLink):
        SIGNER.read(token, NOW + SIGNER.lifetime + timedelta(microseconds=1))


def test_a_link_outlives_the_key_that_signed_it_while_that_is_still_known() -> None:
    page = uuid4()
    token = LinkSigner(("old",), "").token(page, NOW)
    assert SIGNER.read(token, NOW) == page
    with pytest.raises(BadLink):
        LinkSigner(("new",), "").read(token, NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * 5000, "日本", "WyJ4Il0.abc", "\x00", "../../etc"])
def test_what_is_no_link(token: str) -> None:
    with pytest.raises(BadLink):
        SIGNER.read(token, NOW)


def test_no_part_of_a_link_can_be_changed() -> None:
    good = SIGNER.token(uuid4(), NOW)
    for position in range(len(good) - 1):  # the last character has bits that stand for nothing
        changed = good[:position] + ("A" if good[position] != "A" else "B") + good[position + 1 :]
        with pytest.raises(BadLink):
            SIGNER.read(changed, NOW)


def test_signed_by_us_for_another_purpose_is_no_link() -> None:
    for content in ([1, 2], ["x", 1], {"page": 1}, [uuid4().hex, "soon"], [uuid4().hex, 10**30], None):
        token = SIGNER.serializer().dumps(content)
        with pytest.raises(BadLink):
            SIGNER.read(str(token), NOW)
