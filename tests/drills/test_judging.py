"""Every figure that differs from the forecast is named, and nothing else is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from drills.forecast import Forecast, ForecastClock, forecast
from drills.judge import Judge, Verdict
from drills.ladder import ForecastPage
from drills.observe import Record, SeenClock, SeenItem, SeenPage
from drills.places import POLICY_FOLDER, Drill, prepare
from drills.play import Ids
from shared.divisions import DivisionRegister
from shared.policy import load_pack
from shared.policy.values import Text
from tests.drills.test_played import SHORT

NOTHING: list[str] = []


@pytest.fixture(scope="module")
def drill() -> Drill:
    return prepare(SHORT)


IDS = Ids(
    samples={label: f"sample-{label}" for label in "ACD"},
    cases={label: f"case-{label}" for label in "ACD"},
    returns={"R1": "return-R1"},
    reports={"S1": "report-S1"},
    patients_tests={"S1": "test-S1"},
)
SUBJECTS = {
    "direct-report": "sample",
    "review": "case",
    "return-registration": "return",
    "sampling-at-once": "test",
    "sequencing": "sample",
}


def a_perfect_record(made: Forecast) -> Record:
    """What a platform would say that does exactly what is demanded."""
    clocks = [_clock(clock) for clock in (*made.judged, *made.elsewhere)]
    pages: dict[tuple[str, tuple[datetime, ...]], SeenPage] = {}
    for clock in (*made.judged, *made.elsewhere):
        for page in clock.pages:
            known = pages.get((page.person, page.chain)) or _page(page)
            item = SeenItem(clock_id=_id(clock), occasion=page.occasion, rung=page.rung)
            pages[page.person, page.chain] = known.model_copy(update={"items": [*known.items, item]})
    return Record(at=datetime.now().astimezone(), clocks=clocks, pages=list(pages.values()))


def _id(clock: ForecastClock) -> str:
    return f"{clock.rule} {clock.subject}"


def _clock(clock: ForecastClock) -> SeenClock:
    kind = SUBJECTS.get(clock.rule, "report")
    subject = clock.subject if ":" in clock.subject else f"{kind}-{clock.subject}"
    return SeenClock(
        id=_id(clock),
        rule=clock.rule,
        subject=subject,
        division=clock.division,
        clauses=[Text(zh=clause, en=clause) for clause in clock.clauses],
        state=clock.state,
        started_at=clock.started_at,
        due_at=clock.due_at,
        stopped_at=clock.stopped_at,
        voided_at=clock.voided_at,
    )


def _page(page: ForecastPage) -> SeenPage:
    return SeenPage(
        id=f"{page.person} {page.at}",
        person=page.person,
        clocks=1,
        created_at=page.at + timedelta(seconds=2),
        delivery="accepted",
        acknowledged_at=page.answered_at,
        acknowledged_by=page.answered_at and page.person,
        acknowledged_via=page.answered_at and "key",
    )


def judge(drill: Drill, record: Record) -> Verdict:
    return Judge(drill.scenario, drill.forecast, drill.registers.pack, IDS, record).judge()


def with_clock(record: Record, rule: str, subject: str, /, **changes: object) -> Record:
    clocks = [
        clock.model_copy(update=changes) if (clock.rule, clock.subject) == (rule, subject) else clock
        for clock in record.clocks
    ]
    return record.model_copy(update={"clocks": clocks})


def with_page(record: Record, person: str, /, **changes: object) -> Record:
    index = next(number for number, page in enumerate(record.pages) if page.person == person)
    pages = [*record.pages]
    pages[index] = pages[index].model_copy(update=changes)
    return record.model_copy(update={"pages": pages})


def test_what_is_as_demanded_passes(drill: Drill) -> None:
    verdict = judge(drill, a_perfect_record(drill.forecast))
    assert [one.en for one in verdict.differences] == NOTHING
    assert verdict.passed
    assert verdict.figures > 80
    assert verdict.latest == timedelta(seconds=2)


A_WHILE = timedelta(minutes=20)


CHANGES: list[tuple[Callable[[Record], Record], str]] = [
    (lambda r: with_clock(r, "review", "case-A", state="met-late"), "review A: state: met is demanded"),
    (
        lambda r: with_clock(r, "direct-report", "sample-A", due_at=r.clocks[0].started_at),
        "direct-report A: due_at",
    ),
    (lambda r: with_clock(r, "direct-report", "sample-D", voided_at=None), "direct-report D: voided_at"),
    (
        lambda r: with_clock(r, "direct-report", "sample-C", stopped_at=r.clocks[0].due_at),
        "direct-report C: stopped_at",
    ),
    (lambda r: with_clock(r, "direct-report", "sample-A", clauses=[]), "direct-report A: clauses"),
    (
        lambda r: with_clock(r, "sentinel-report", "report-S1", rule="review"),
        "sentinel-report S1: clock",
    ),
    (lambda r: with_page(r, "ddk-cdc", created_at=r.pages[0].created_at + A_WHILE * 4), "allowed"),
    (lambda r: with_page(r, "ddk-cdc", created_at=r.pages[0].created_at - A_WHILE), "allowed"),
    (lambda r: with_page(r, "ddk-cdc", acknowledged_at=None), "answered: True is demanded"),
    (lambda r: with_page(r, "ddk-cdc", acknowledged_by="somebody"), "answered by"),
    (
        lambda r: with_page(r, "ddk-leader", acknowledged_at=r.pages[0].created_at + A_WHILE),
        "answered: False is demanded",
    ),
    (lambda r: with_page(r, "ddk-cdc", delivery="exhausted"), "delivery: accepted is demanded"),
    (lambda r: with_page(r, "ddk-leader", person="cq-leader"), "(inform, rung 3, ddk-leader): paged"),
    (lambda r: r.model_copy(update={"pages": [*r.pages, r.pages[0]]}), "a page too many"),
    (lambda r: r.model_copy(update={"pages": r.pages[1:]}), "paged is demanded, - was found"),
    (lambda r: r.model_copy(update={"clocks": r.clocks[:-1]}), "elsewhere: daily-report"),
    (
        lambda r: r.model_copy(
            update={"clocks": [*r.clocks, r.clocks[0].model_copy(update={"id": "x", "subject": "y"})]}
        ),
        "elsewhere: return-registration met-late: 0 is demanded, 1 was found",
    ),
]


@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_what_differs_is_named(drill: Drill, change: Callable[[Record], Record], named: str) -> None:
    verdict = judge(drill, change(a_perfect_record(drill.forecast)))
    assert not verdict.passed
    assert any(named in one.en for one in verdict.differences), [one.en for one in verdict.differences]


def test_what_came_late_is_told_from_what_is_wrong(drill: Drill) -> None:
    perfect = a_perfect_record(drill.forecast)
    late = with_page(perfect, "ddk-cdc", created_at=perfect.pages[0].created_at + A_WHILE * 4)
    verdict = judge(drill, late)
    assert verdict.merely_late
    assert not verdict.passed
    early = with_page(perfect, "ddk-cdc", created_at=perfect.pages[0].created_at - A_WHILE)
    assert not judge(drill, early).merely_late
    assert not judge(drill, with_clock(late, "review", "case-A", state="met-late")).merely_late


def test_a_page_too_many_is_right_while_nobody_had_answered(drill: Drill) -> None:
    """An answer that comes too late lets the page climb: that is lateness, not a page that nobody may get."""
    perfect = a_perfect_record(drill.forecast)
    page = next(one for one in perfect.pages if one.acknowledged_at and one.items[0].occasion == "inform")
    assert page.acknowledged_at is not None
    climbed_at = page.acknowledged_at + A_WHILE
    item = page.items[0].model_copy(update={"rung": page.items[0].rung + 1})
    above = page.model_copy(
        update={"id": "above", "person": "cq-leader", "created_at": climbed_at, "items": [item]}
    )
    answered = perfect.model_copy(update={"pages": [*perfect.pages, above]})
    wrong = judge(drill, answered)
    assert any("a page too many" in one.en for one in wrong.differences)
    assert not wrong.merely_late
    slow = page.model_copy(update={"acknowledged_at": climbed_at + timedelta(seconds=1)})
    others = [one for one in perfect.pages if one is not page]
    verdict = judge(drill, perfect.model_copy(update={"pages": [*others, slow, above]}))
    assert any("a page too many" in one.en for one in verdict.differences)
    assert verdict.merely_late, [one.en for one in verdict.differences]


def a_review_received_after(record: Record, delay: timedelta) -> Record:
    """What a platform would say that received A's report a while after it was told."""
    made = next(clock for clock in record.clocks if clock.rule == "review")
    moved = {name: getattr(made, name) + delay for name in ("started_at", "due_at")}
    return with_clock(record, "review", made.subject, **moved)


@pytest.mark.parametrize(("share_of_slack", "differ"), [(0.9, 0), (1.0, 2), (-0.1, 2)])
def test_receipt_may_take_no_longer_than_the_slack(drill: Drill, share_of_slack: float, differ: int) -> None:
    received = a_review_received_after(
        a_perfect_record(drill.forecast), drill.scenario.slack * share_of_slack
    )
    said = [one.en for one in judge(drill, received).differences]
    assert (
        len([line for line in said if "review A: started_at" in line or "review A: due_at" in line]) == differ
    )


def test_a_report_told_late_is_reviewed_from_its_receipt() -> None:
    drill = prepare(SHORT)
    happened_early = tuple(
        event.model_copy(update={"occurred": timedelta(minutes=9)}) if event.does == "report" else event
        for event in drill.scenario.events
    )
    scenario = drill.scenario.model_copy(update={"events": happened_early})
    pack, register = drill.registers.pack, drill.registers.divisions
    clocks = {(one.rule, one.label): one for one in forecast(scenario, pack, register).judged}
    assert clocks["direct-report", "A"].stopped_at == scenario.world(timedelta(minutes=9))
    assert clocks["review", "A"].started_at == scenario.world(timedelta(minutes=16))


def test_a_changed_law_changes_the_forecast_and_nothing_else_has_to() -> None:
    drill = prepare(SHORT)
    pack = load_pack(POLICY_FOLDER)
    hour = next(rule for rule in pack.clocks if rule.id == "direct-report").model_copy(
        update={"within": timedelta(minutes=10)}
    )
    changed = pack.model_copy(update={"clocks": (hour,)})
    register: DivisionRegister = drill.registers.divisions
    states = {clock.label: clock.state for clock in forecast(drill.scenario, changed, register).judged}
    assert states == {"A": "met-late", "C": "breached", "D": "void"}
    assert replace(drill.forecast, judged=()) != drill.forecast
