"""How long duties took, in shares of their limits: the limit itself still counts as in time."""

from datetime import datetime, timedelta

from drills.load.answers import BINS_OF_LIMIT, answers_of
from drills.observe import SeenClock

START = datetime.fromisoformat("2021-02-01T16:00:00+08:00")


def a_clock(
    taken: timedelta | None, *, limit: timedelta = timedelta(hours=2), state: str = "met"
) -> SeenClock:
    return SeenClock.model_validate(
        {
            "id": "1",
            "rule": "direct-report",
            "subject": "s",
            "division": "500104102",
            "clauses": [],
            "state": state,
            "started_at": START,
            "due_at": START + limit,
            "stopped_at": None if taken is None else START + taken,
            "voided_at": None,
        }
    )


def test_each_clock_is_counted_once_and_on_its_side_of_the_limit() -> None:
    minutes = (-5, 0, 1, 12, 13, 119, 120, 121, 240, 241)
    clocks = [a_clock(timedelta(minutes=taken)) for taken in minutes]
    clocks += [a_clock(None, state="breached"), a_clock(timedelta(minutes=1), state="void")]
    found = answers_of(clocks)["direct-report"]
    assert found.limit_hours == 2
    assert (found.beyond, found.open) == (1, 1)
    assert sum(found.counts) == len(minutes) - 1
    assert sum(found.counts[:BINS_OF_LIMIT]) == 7
    assert found.counts[0] == 4
    assert (found.counts[9], found.counts[10], found.counts[19]) == (2, 1, 1)


def test_limits_that_are_a_time_of_day_have_no_hours() -> None:
    clocks = [a_clock(timedelta(hours=1), limit=timedelta(hours=hours)) for hours in (3, 17)]
    assert answers_of(clocks)["direct-report"].limit_hours is None


def test_nothing_is_made_of_no_clocks() -> None:
    assert answers_of([]) == {}
