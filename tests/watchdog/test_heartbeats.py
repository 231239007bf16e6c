"""When a heartbeat is lost, how often that is said, and when it is back."""

from dutyclock.watchdog.heartbeats import Change, Heartbeat, Heartbeats

PATIENCE = {"silent_after": 300.0, "repeat_after": 3600.0}


def said(heartbeat: Heartbeat, moments: list[float]) -> list[tuple[float, Change]]:
    """What is said when somebody looks at these moments and each message is taken."""
    found: list[tuple[float, Change]] = []
    for now in moments:
        change = heartbeat.change(now, **PATIENCE)
        if change is not None:
            heartbeat.told(change, now)
            found.append((now, change))
    return found


def test_nothing_is_said_while_it_beats() -> None:
    heartbeats = Heartbeats(["monitoring"], 0.0)
    (heartbeat,) = heartbeats.all()
    for now in range(0, 3000, 60):
        assert heartbeats.beat("monitoring", float(now))
        assert heartbeat.change(now + 59.0, **PATIENCE) is None


def test_it_is_lost_at_the_limit_and_said_once_an_hour() -> None:
    moments = [float(second) for second in range(8000)]
    assert said(Heartbeat("monitoring", 0.0), moments) == [
        (300.0, Change.LOST),
        (3900.0, Change.STILL_LOST),
        (7500.0, Change.STILL_LOST),
    ]


def test_one_that_never_came_is_lost_too() -> None:
    assert said(Heartbeat("auditor", 1000.0), [1000.0, 1299.0, 1300.0]) == [(1300.0, Change.LOST)]


def test_its_return_is_said_once() -> None:
    heartbeats = Heartbeats(["monitoring"], 0.0)
    (heartbeat,) = heartbeats.all()
    assert said(heartbeat, [301.0]) == [(301.0, Change.LOST)]
    heartbeats.beat("monitoring", 310.0)
    assert said(heartbeat, [311.0, 312.0]) == [(311.0, Change.BACK)]


def test_what_no_channel_took_is_said_again() -> None:
    heartbeat = Heartbeat("monitoring", 0.0)
    assert heartbeat.change(301.0, **PATIENCE) is Change.LOST
    assert heartbeat.change(302.0, **PATIENCE) is Change.LOST


def test_one_that_nobody_waits_for_is_no_heartbeat() -> None:
    assert not Heartbeats(["monitoring"], 0.0).beat("somebody", 1.0)
