"""Which events a webhook is told of, where it may be told, and when an attempt is made again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.reporting.rules.webhook_retry import WAITS, Outcome, next_step
from services.reporting.rules.webhook_subscription import (
    Listener,
    matches,
    problems_of_events,
    problems_of_url,
)

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "event_type", "said"),
    [
        ("reporting.case-opened", "reporting.case-opened", True),
        ("reporting.case-opened", "reporting.case-opened-again", False),
        ("reporting.*", "reporting.case-opened", True),
        ("report.*", "reporting.case-opened", False),
        ("testing.*", "reporting.case-opened", False),
        ("*", "alerts.clock-met", True),
    ],
)
def test_patterns(pattern: str, event_type: str, said: bool) -> None:
    assert matches(pattern, event_type) is said


@pytest.mark.parametrize(
    ("division", "published_at", "said"),
    [
        ("500104102001", NOW, True),
        ("500104", NOW, True),
        ("500105", NOW, False),
        ("500000", NOW, False),
        ("500104", NOW - timedelta(microseconds=1), False),
    ],
)
def test_subtree_and_beginning(division: str, published_at: datetime, said: bool) -> None:
    listener = Listener(UUID(int=1), "500104", ["*"], NOW)
    assert listener.wants("alerts.clock-met", division, published_at) is said


def test_an_event_that_does_not_exist_is_named_by_its_position() -> None:
    known = ["reporting.case-opened"]
    problems = problems_of_events(["reporting.*", "reporting.case-closed", "weather.*"], known)
    assert [problem.field for problem in problems] == ["events.1", "events.2"]


@pytest.mark.parametrize(
    "url",
    [
        "http://district.example/",
        "ftp://district.example/",
        "https://",
        "https://user:secret@district.example/",
        "https://district.example/#x",
        "https://district.example/a b",
        "https://district.example:0/",
        "https://district.example:99999/",
        "https://[::1",
        "//district.example",
        "https://重庆.example/",
        "https://district.example/" + "x" * 500,
    ],
)
def test_addresses_that_cannot_be_told_anything(url: str) -> None:
    assert [problem.field for problem in problems_of_url(url, allow_plain=False)] == ["url"]


def test_addresses_that_can() -> None:
    assert problems_of_url("https://district.example:8443/hooks?a=1", allow_plain=False) == []
    assert problems_of_url("http://10.1.2.3/hooks", allow_plain=True) == []


def test_an_attempt_is_made_again_ever_later_and_given_up_in_the_end() -> None:
    for attempt, wait in enumerate(WAITS, start=1):
        assert next_step(Outcome.REJECTED, 500, attempt, NOW).at == NOW + wait
        assert next_step(Outcome.UNKNOWN, None, attempt, NOW).state == "pending"
    assert next_step(Outcome.REJECTED, 500, len(WAITS) + 1, NOW).state == "exhausted"
    assert next_step(Outcome.ACCEPTED, 204, len(WAITS) + 1, NOW).state == "delivered"
    assert sum(WAITS, timedelta()) > timedelta(days=3)


def test_a_receiver_that_is_gone_pauses_its_webhook() -> None:
    assert next_step(Outcome.REJECTED, 410, 1, NOW).pauses
    assert not next_step(Outcome.REJECTED, 404, 1, NOW).pauses
