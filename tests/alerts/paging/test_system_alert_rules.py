"""Which notification of Alertmanager begins an episode, ends it, or only repeats: in any order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from services.alerts.rules.system_alert import (
    AlertReport,
    AlertVerdict,
    Episode,
    episode_id_of,
    settle,
)

T0 = datetime(2021, 2, 1, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DIVISION = "500104"


def fires(raised: int) -> AlertReport:
    return AlertReport("OutboxOld", "6a3b", T0 + raised * MINUTE, None)


def ended(raised: int, cleared: int) -> AlertReport:
    return AlertReport("OutboxOld", "6a3b", T0 + raised * MINUTE, T0 + cleared * MINUTE)


def an_episode(raised: int, cleared: int | None) -> Episode:
    at = None if cleared is None else T0 + cleared * MINUTE
    return Episode(episode_id_of(fires(raised), DIVISION), UUID(int=raised), T0 + raised * MINUTE, at)


class Record:
    """What the database would hold after some reports."""

    def __init__(self) -> None:
        self.episodes: dict[str, Episode] = {}
        self.pages = 0

    def take(self, report: AlertReport) -> AlertVerdict:
        known = sorted(self.episodes.values(), key=lambda one: one.raised_at, reverse=True)
        settled = settle(report, known, DIVISION)
        self.pages += settled.verdict is AlertVerdict.RAISED
        if settled.episode_id is not None:
            before = self.episodes.get(settled.episode_id)
            raised_at = before.raised_at if before else report.raised_at
            self.episodes[settled.episode_id] = Episode(
                settled.episode_id, UUID(int=0), raised_at, report.cleared_at
            )
        return settled.verdict


def test_the_first_time_it_is_raised_and_then_repeated() -> None:
    record = Record()
    assert [record.take(fires(0)) for _ in range(3)] == ["raised", "repeated", "repeated"]
    assert record.take(ended(0, 5)) == "cleared"
    assert record.take(ended(0, 5)) == "repeated"


def test_an_alert_that_comes_back_is_another_episode() -> None:
    record = Record()
    assert [record.take(one) for one in (fires(0), ended(0, 5), fires(6))] == ["raised", "cleared", "raised"]
    assert record.pages == 2


def test_two_alertmanagers_that_disagree_about_the_beginning_raise_it_once() -> None:
    record = Record()
    assert [record.take(fires(1)), record.take(fires(0)), record.take(fires(2))] == [
        "raised",
        "repeated",
        "repeated",
    ]


def test_what_fires_and_comes_after_its_end_is_a_late_repetition() -> None:
    assert settle(fires(0), [an_episode(0, 5)], DIVISION).verdict == "repeated"
    assert settle(fires(3), [an_episode(0, 5)], DIVISION).verdict == "repeated"


def test_the_end_of_an_earlier_episode_does_not_end_the_one_that_is_open() -> None:
    known = [an_episode(10, None), an_episode(0, 5)]
    assert settle(ended(0, 5), known, DIVISION).verdict == "repeated"
    assert settle(ended(10, 12), known, DIVISION).episode_id == known[0].id


def test_an_end_of_which_nothing_was_told_pages_nobody() -> None:
    record = Record()
    assert record.take(ended(0, 5)) == "cleared"
    assert record.take(fires(0)) == "repeated"
    assert record.pages == 0


def test_it_may_end_before_it_was_told() -> None:
    """Alertmanager groups for a while, so an alert is told after it began, and may have ended by then."""
    assert settle(ended(0, 0), [an_episode(0, None)], DIVISION).verdict == "cleared"


@pytest.mark.parametrize("order", list(permutations([fires(0), fires(0), ended(0, 5), ended(0, 5)])), ids=str)
def test_in_any_order_it_pages_once_at_most_and_is_over_in_the_end(order: tuple[AlertReport, ...]) -> None:
    record = Record()
    for report in order:
        record.take(report)
    assert record.pages == (order[0].cleared_at is None)
    (episode,) = record.episodes.values()
    assert episode.cleared_at == T0 + 5 * MINUTE


def test_divisions_have_episodes_of_their_own() -> None:
    assert episode_id_of(fires(0), "500104") != episode_id_of(fires(0), "500105")
