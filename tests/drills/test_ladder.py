"""The independent model of paging, held against tables worked out by hand from the ladder's words."""

from datetime import UTC, datetime, timedelta

import pytest

from drills.ladder import ForecastPage, LadderRun, Step
from drills.scenario import Holding, Person
from shared.policy import Ladder, Rung
from shared.vocabulary import Occasion

START = datetime(2021, 2, 1, 6, tzinfo=UTC)
LONG_AFTER = START + timedelta(hours=5)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def a_person(key: str, answers_after: float | None = None) -> Person:
    return Person(
        key=key,
        name=key,
        division="500104102",
        holds=(Holding(post=key, division="500104102"),),
        answers_after=None if answers_after is None else minutes(answers_after),
    )


def a_ladder(*, warn_climbs: bool = True) -> Ladder:
    """Officer, 5 minutes, leader, 5 minutes, chief for ever every 10; an answer holds for 30."""
    return Ladder.model_validate(
        {
            "id": "a-ladder",
            "title": {"zh": "梯", "en": "ladder"},
            "decided": {"zh": "试", "en": "test"},
            "rungs": [
                {"post": "officer", "from": "own", "wait": "PT5M"},
                {"post": "leader", "from": "own", "wait": "PT5M"},
                {"post": "chief", "from": "own", "wait": "PT5M"},
            ],
            "occasions": {
                "inform": {"rung": "1", "climb": "true"},
                "warn": {"rung": "1", "climb": str(warn_climbs).lower()},
                "breach": {"rung": "2", "climb": "true"},
            },
            "acknowledgement_holds": "PT30M",
            "repeat_every": "PT10M",
        }
    )


def run(
    *people: Person,
    steps: tuple[tuple[float, Occasion], ...] = ((0, Occasion.INFORM),),
    closed: float = 60,
    known: float = 0,
    ladder: Ladder | None = None,
    slack: float = 0,
) -> LadderRun:
    def find(rung: Rung) -> list[Person]:
        return [person for person in people if person.key.startswith(rung.post)]

    clock = LadderRun(
        ladder or a_ladder(), find, START + minutes(closed), LONG_AFTER, slack=timedelta(minutes=slack)
    )
    return clock.run([Step(START + minutes(at), occasion) for at, occasion in steps], START + minutes(known))


def table(pages: list[ForecastPage]) -> list[tuple[float, int, str]]:
    return [((page.at - START) / minutes(1), page.rung, page.person) for page in pages]


def test_unanswered_pages_climb_and_the_last_rung_repeats() -> None:
    made = run(a_person("officer"), a_person("leader"), a_person("chief"), closed=31)
    assert table(made.pages) == [
        (0, 1, "officer"),
        (5, 2, "leader"),
        (10, 3, "chief"),
        (20, 3, "chief"),
        (30, 3, "chief"),
    ]


def test_an_answer_holds_the_climb_and_is_not_the_deed() -> None:
    made = run(a_person("officer", 2), a_person("leader", True), a_person("chief"), closed=80)
    assert table(made.pages) == [(0, 1, "officer"), (32, 2, "leader"), (63, 3, "chief"), (73, 3, "chief")]
    assert made.pages[0].answered_at == START + minutes(2)
    assert made.pages[2].answered_at is None


def test_an_answer_that_comes_after_the_next_rung_was_paged_holds_all_the_same() -> None:
    made = run(a_person("officer", 7), a_person("leader"), a_person("chief"), closed=60)
    assert table(made.pages) == [
        (0, 1, "officer"),
        (5, 2, "leader"),
        (37, 2, "leader"),
        (42, 3, "chief"),
        (52, 3, "chief"),
    ]


def test_everybody_on_a_rung_is_paged_and_one_answer_is_enough() -> None:
    made = run(a_person("officer-one", 2), a_person("officer-two"), a_person("leader"), closed=33)
    assert table(made.pages) == [(0, 1, "officer-one"), (0, 1, "officer-two"), (32, 2, "leader")]


def test_an_empty_rung_costs_no_wait() -> None:
    made = run(a_person("chief"), closed=1)
    assert table(made.pages) == [(0, 3, "chief")]


def test_a_newer_step_begins_anew_whatever_was_answered() -> None:
    steps = ((0, Occasion.INFORM), (20, Occasion.WARN), (40, Occasion.BREACH))
    made = run(a_person("officer", 2), a_person("leader"), a_person("chief"), steps=steps, closed=41)
    assert table(made.pages) == [(0, 1, "officer"), (20, 1, "officer"), (40, 2, "leader")]


def test_an_occasion_that_does_not_climb_stays_on_its_rung() -> None:
    made = run(
        a_person("officer"),
        a_person("leader"),
        steps=((0, Occasion.WARN),),
        ladder=a_ladder(warn_climbs=False),
    )
    assert table(made.pages) == [(0, 1, "officer")]


def test_what_had_passed_when_it_became_known_is_one_page_for_the_last_of_it() -> None:
    steps = ((0, Occasion.INFORM), (20, Occasion.WARN), (40, Occasion.BREACH))
    made = run(a_person("officer"), a_person("leader"), steps=steps, known=30, closed=31)
    assert [(page.at, page.occasion) for page in made.pages] == [(START + minutes(30), Occasion.WARN)]


def test_a_clock_that_was_closed_before_it_became_known_pages_nobody() -> None:
    assert run(a_person("officer"), known=30, closed=30).pages == []


@pytest.mark.parametrize(
    ("closed", "answers_after", "calls"),
    [
        (4.5, None, True),  # the next rung would be paged half a minute after the end
        (2, None, False),
        (5.5, None, True),  # paged half a minute before the end
        (20, 3, False),
        (20, 4.5, True),  # answered half a minute before the next page
        (20, 5, True),
        (20, 5.5, True),
        (20, 8, False),
    ],
)
def test_what_a_fast_drill_cannot_tell_apart_is_a_close_call(
    closed: float, answers_after: float | None, calls: bool
) -> None:
    made = run(a_person("officer", answers_after), a_person("leader"), closed=closed, slack=1)
    assert bool(made.close_calls) is calls
