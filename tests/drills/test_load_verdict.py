"""The model of a drill under load on both sides of a limit, and a verdict that finds whatever is changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from drills.load.figures import outcome_of, quantiles
from drills.load.model import ExpectedClock, expected_clocks
from drills.load.observe import Observation
from drills.load.outcome import AppliedFault, Outcome, read_outcome, write_outcome
from drills.load.pages import Between, Delays
from drills.load.plan import Call, Fact, Plan
from drills.load.run import delays_of
from drills.load.told import Accepted, Log
from drills.load.verdict import Judgement, judge, stored_as
from drills.observe import SeenClock, SeenItem, SeenPage
from shared.clock import Clock
from shared.contracts import derived_id
from shared.vocabulary import Occasion
from tests.drills.test_load_plan import drill, plan

SLACK = timedelta(minutes=1)
A_SECOND = timedelta(seconds=1)


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2021, 2, 1, hour - 8, minute, second, tzinfo=UTC)


def only(*facts: Fact, starts: str = "2021-02-01T09:00:00+08:00", lasts: str = "PT9H") -> Plan:
    made = plan(faults=[], starts_at=starts, lasts=lasts)
    calls = tuple(Call(fact.occurred, fact.id, (fact,)) for fact in facts)
    return Plan(made.scenario, made.seed, made.share, calls)


def a_fact(kind: str, minutes: float, about: str = "F-1", **more: object) -> Fact:
    span = timedelta(minutes=minutes)
    values = {"institution": "500104-h01", "sampled_before": "3600", "classification": "confirmed"}
    return Fact(
        id=f"{about}/{kind}",
        kind=kind,  # pyright: ignore[reportArgumentType]
        about=f"{about}",
        division="500104102001",
        occurred=span,
        began=timedelta(minutes=float(str(more.get("began", minutes)))),
        values={**values, "day": "2021-02-01"},
    )


def taken(made: Plan, late: timedelta = timedelta()) -> dict[str, Accepted]:
    """Each fact sent at its moment and accepted after `late`."""
    scenario = made.scenario
    return {
        one.id: Accepted(one, scenario.world(one.occurred), scenario.world(one.occurred) + late, {})
        for one in made.facts.values()
    }


def ids_of(made: Plan) -> dict[str, str]:
    return {one.about: str(derived_id("thing", one.about)) for one in made.facts.values()}


def model(
    made: Plan, delays: Delays | None = None, late: timedelta = timedelta()
) -> dict[str, ExpectedClock]:
    registers = drill().registers
    clocks = expected_clocks(
        made, taken(made, late), ids_of(made), registers.pack, registers.divisions, delays or Delays(SLACK)
    )
    return {clock.rule: clock for clock in clocks if clock.rule != "daily-report"}


READ = Between(at(18, 0), at(18, 0))


@pytest.mark.parametrize(
    ("begins", "ends", "limit_minutes", "rule"),
    [
        ("positive", "direct-report", 120, "direct-report"),
        ("symptoms-seen", "symptoms-reported", 120, "sentinel-report"),
    ],
)
def test_exactly_at_the_limit_is_in_time_and_a_second_later_is_not(
    begins: str, ends: str, limit_minutes: int, rule: str
) -> None:
    start = a_fact(begins, 60)
    for seconds, state in ((-1, "met"), (0, "met"), (1, "met-late")):
        stop = a_fact(ends, 60 + limit_minutes + seconds / 60, began=60)
        clock = model(only(start, stop))[rule]
        assert clock.due == Between(at(12, 0), at(12, 0))
        assert clock.states(READ) == {state}, seconds


def test_what_is_never_reported_is_breached_after_its_limit_and_running_until_then() -> None:
    clock = model(only(a_fact("positive", 60)))["direct-report"]
    assert clock.states(Between(at(12, 0), at(12, 0))) == {"running"}
    assert clock.states(Between(at(12, 0, 1), at(12, 0, 1))) == {"breached"}
    assert clock.states(Between(at(12, 0), at(12, 0, 1))) == {"running", "breached"}


def test_a_review_counts_from_the_receipt_of_the_report_whenever_that_was() -> None:
    made = only(a_fact("positive", 60), a_fact("direct-report", 90), a_fact("review", 100))
    clock = model(made, late=timedelta(seconds=20))["review"]
    assert clock.started == Between(at(10, 30), at(10, 30, 20))
    assert clock.due == Between(at(12, 30), at(12, 30, 20))
    assert clock.stopped == Between(at(10, 40), at(10, 40))
    inform = clock.lines[0]
    assert (inform.at, inform.must) == (at(10, 30, 20), True)
    assert inform.within.low <= at(10, 30) < inform.within.high


def test_a_figure_of_the_day_counts_from_its_receipt_and_five_oclock_is_in_time() -> None:
    registers = drill().registers
    for minutes, late, states in (
        (480, 0, {"met"}),  # 17:00:00
        (480, 30, {"met", "met-late"}),  # kept at some moment between 17:00:00 and 17:00:30
        (481, 0, {"met-late"}),
    ):
        made = only(a_fact("daily-report", minutes))
        clocks = expected_clocks(
            made,
            taken(made, timedelta(seconds=late)),
            {},
            registers.pack,
            registers.divisions,
            Delays(SLACK),
        )
        (mine,) = [one for one in clocks if one.subject == "500104102001:2021-02-01"]
        assert mine.due == Between(at(17, 0), at(17, 0))
        assert mine.states(READ) == states
        day_before = {one.subject for one in clocks if one.subject.endswith("2021-02-02")}
        assert len(day_before) == len(
            registers.divisions
        )  # they open at 17:00 and the drill lasts until 18:00


def test_a_registration_that_comes_alone_begins_and_ends_its_clock() -> None:
    clock = model(only(a_fact("return-registered", 120, began=60)))["return-registration"]
    assert clock.started == Between(at(10, 0), at(10, 0))
    assert clock.stopped == Between(at(11, 0), at(11, 0))
    assert not [line for line in clock.lines if line.must]


def test_lines_are_demanded_at_the_shares_of_the_policy_and_climb() -> None:
    lines = model(only(a_fact("positive", 60)))["direct-report"].lines
    first = [(line.occasion, line.rung, line.at) for line in lines if line.first]
    assert first == [
        ("inform", 1, at(10, 0)),
        ("warn", 1, at(11, 0)),
        ("warn", 1, at(11, 30)),
        ("breach", 2, at(12, 0)),
    ]
    climbed = [(line.rung, line.at) for line in lines if not line.first][:2]
    assert climbed == [(2, at(10, 5)), (3, at(10, 10))]
    assert all(line.must for line in lines if line.first)


def test_a_fault_over_two_steps_leaves_the_first_open_and_demands_the_last() -> None:
    away = (Between(at(10, 50), at(11, 45)),)
    lines = model(only(a_fact("positive", 60)), Delays(SLACK, away))["direct-report"].lines
    by_step = {line.at: line for line in lines if line.first}
    assert not by_step[at(11, 0)].must
    assert by_step[at(11, 30)].must
    assert by_step[at(11, 30)].within.high == at(11, 46)
    assert by_step[at(11, 30)].in_fault
    assert by_step[at(12, 0)].must
    assert not by_step[at(12, 0)].in_fault


def test_what_was_due_before_the_drill_began_may_have_waited_for_the_platform() -> None:
    registers = drill().registers
    made = only(starts="2021-02-01T16:00:00+08:00", lasts="PT30M")
    clocks = expected_clocks(made, {}, {}, registers.pack, registers.divisions, Delays(SLACK))
    clock = next(one for one in clocks if one.subject == "500104102001:2021-02-01")
    before, after = [line for line in clock.lines if line.first]
    assert (before.at, before.must, before.within.high) == (at(15, 30), False, at(16, 1))
    assert (after.at, after.must, after.within.high) == (at(16, 15), True, at(16, 16))


def test_a_line_is_open_when_the_end_of_its_clock_is_nearer_than_the_slack() -> None:
    for stop, demanded in ((120 + 2, True), (120 + 0.5, False)):
        made = only(a_fact("positive", 60), a_fact("direct-report", stop))
        lines = model(made)["direct-report"].lines
        assert [line.must for line in lines if line.at == at(11, 0) and line.first] == [demanded]


@cache
def _drill() -> tuple[Plan, Log, tuple[ExpectedClock, ...]]:
    made = plan(faults=[])
    clock = Clock(made.scenario.starts_at, datetime.now(UTC), made.scenario.rate)
    log = Log(clock, accepted=taken(made), ids=ids_of(made))
    for fact in made.facts.values():
        log.sent[fact.id] += 1
        log.stored[fact.id] += 1
    registers = drill().registers
    delays = delays_of(made.scenario, [], clock)
    found = expected_clocks(made, log.accepted, log.ids, registers.pack, registers.divisions, delays)
    return made, log, tuple(found)


def perfect() -> Observation:
    """What a platform would show that does exactly what is demanded."""
    made, log, expected = _drill()
    read = made.scenario.ends_at + timedelta(minutes=1)
    seen = Observation(Between(read, read), [])
    for wanted in expected:
        name = f"{wanted.rule} {wanted.subject}"
        (state, *_) = sorted(wanted.states(seen.read))
        seen.clocks.append(
            SeenClock(
                id=name,
                rule=wanted.rule,
                subject=wanted.subject,
                division=wanted.division,
                clauses=[],
                state=state,
                started_at=wanted.started.low,
                due_at=wanted.due.low,
                stopped_at=wanted.stopped and wanted.stopped.low,
                voided_at=None,
            )
        )
        seen.pages += [
            SeenPage(
                id=f"{name} {number}",
                person=line.person,
                clocks=1,
                created_at=line.at + A_SECOND,
                delivery="accepted",
                acknowledged_at=None,
                acknowledged_by=None,
                acknowledged_via=None,
                items=[SeenItem(clock_id=name, occasion=Occasion(line.occasion), rung=line.rung)],
            )
            for number, line in enumerate(wanted.lines)
            if line.must
        ]
    for fact in made.facts.values():
        if fact.kind != "negative":
            seen.stored.setdefault(fact.kind, set()).add(stored_as(fact, log.ids))
    seen.looked_up = {fact.id: True for fact in made.facts.values() if fact.kind == "negative"}
    return seen


def judged(seen: Observation) -> Judgement:
    made, log, expected = _drill()
    return judge(made, log, expected, seen)


def test_what_is_as_demanded_passes() -> None:
    verdict = judged(perfect())
    assert [one.en for one in verdict.reasons] == []
    assert verdict.passed
    assert sum(one.kept for one in verdict.clocks.values()) > 100
    assert sum(one.expected for one in verdict.pages.values()) > 20


def demanded_page(seen: Observation) -> SeenPage:
    return next(page for page in seen.pages if page.items[0].occasion == "inform")


def lose_a_fact(seen: Observation) -> None:
    seen.stored["positive"].pop()


def lose_a_negative(seen: Observation) -> None:
    seen.looked_up[next(iter(seen.looked_up))] = False


def keep_a_fact_too_many(seen: Observation) -> None:
    seen.stored["return-known"].add("one that nobody told")


def lose_a_clock(seen: Observation) -> None:
    del seen.clocks[0]


def add_a_clock(seen: Observation) -> None:
    seen.clocks.append(seen.clocks[0].model_copy(update={"id": "x", "subject": "nobody's"}))


def _change(seen: Observation, rule: str, change: Callable[[SeenClock], dict[str, object]]) -> None:
    number = next(number for number, one in enumerate(seen.clocks) if one.rule == rule)
    seen.clocks[number] = seen.clocks[number].model_copy(update=change(seen.clocks[number]))


def begin_later(seen: Observation) -> None:
    _change(seen, "direct-report", lambda clock: {"started_at": clock.started_at + 2 * A_SECOND})


def due_earlier(seen: Observation) -> None:
    _change(seen, "return-registration", lambda clock: {"due_at": clock.due_at - 2 * A_SECOND})


def another_state(seen: Observation) -> None:
    _change(seen, "sequencing", lambda _: {"state": "met"})


def page_nobody(seen: Observation) -> None:
    seen.pages.remove(demanded_page(seen))


def page_twice(seen: Observation) -> None:
    page = demanded_page(seen)
    seen.pages.append(page.model_copy(update={"id": "again", "created_at": page.created_at + A_SECOND}))


def page_late(seen: Observation) -> None:
    page = demanded_page(seen)
    seen.pages.remove(page)
    late = page.created_at + timedelta(minutes=20)
    seen.pages.append(page.model_copy(update={"created_at": late}))


def page_somebody_else(seen: Observation) -> None:
    seen.pages.append(demanded_page(seen).model_copy(update={"id": "else", "person": "somebody"}))


def page_in_vain(seen: Observation) -> None:
    seen.pages[0] = seen.pages[0].model_copy(update={"delivery": "rejected"})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lose_a_fact, "load-fact-lost"),
        (lose_a_negative, "load-fact-lost"),
        (keep_a_fact_too_many, "load-facts-too-many"),
        (lose_a_clock, "load-clock-missing"),
        (add_a_clock, "load-clock-extra"),
        (begin_later, "load-clock-wrong"),
        (due_earlier, "load-clock-wrong"),
        (another_state, "load-clock-wrong"),
        (page_nobody, "load-page-missing"),
        (page_twice, "load-page-twice"),
        (page_late, "load-page-late"),
        (page_somebody_else, "load-page-unexpected"),
        (page_in_vain, "load-page-undelivered"),
    ],
)
def test_whatever_is_changed_is_found(change: Callable[[Observation], None], reason: str) -> None:
    seen = perfect()
    change(seen)
    verdict = judged(seen)
    assert not verdict.passed
    assert reason in verdict.named
    if reason != "load-clock-missing":  # its pages are then nobody's
        assert set(verdict.named) == {reason}


def an_outcome(seen: Observation, *faults: AppliedFault) -> Outcome:
    made, log, _ = _drill()
    now = datetime.now(UTC)
    return outcome_of(made, log, judged(seen), seen, faults, url=None, clock=log.clock, began=now, ended=now)


def test_a_bed_that_is_given_twice_and_a_fault_that_stays_fail_the_drill() -> None:
    seen = perfect()
    rooms = [f"drill-site/{number}" for number in (100, 101, 102, 103, 104, 105)]
    seen.rooms = {str(number): room for number, room in enumerate(rooms)}
    assert an_outcome(seen).verdict.passed
    seen.rooms["5"] = seen.rooms["4"]
    assert not an_outcome(seen).verdict.passed
    seen.rooms["5"] = rooms[5]
    stays = AppliedFault(
        does="kill", whom="alerts", planned_at="PT1M", began_real=seen.read.low, began_world=seen.read.low
    )
    assert not an_outcome(seen, stays).verdict.passed


def test_an_outcome_is_read_as_it_was_written(tmp_path: Path) -> None:
    outcome = an_outcome(perfect())
    assert read_outcome(write_outcome(outcome, tmp_path / "out")) == outcome


def test_quantiles_are_values_that_were_measured() -> None:
    found = quantiles(float(value) for value in range(1, 101))
    assert (found.p50, found.p90, found.p99, found.max, found.count) == (50, 90, 99, 100, 100)
    assert quantiles([]).p50 is None


def test_an_attempt_that_a_fault_cut_short_may_stay_unknown() -> None:
    made, log, expected = _drill()
    seen = perfect()
    page = seen.pages[0] = seen.pages[0].model_copy(update={"delivery": "unknown"})
    moment = Between(page.created_at, page.created_at + A_SECOND)
    assert "load-page-undelivered" in judged(seen).named
    assert judge(made, log, expected, seen, Delays(slack=A_SECOND, away=(moment,))).passed
    seen.pages[0] = page.model_copy(update={"delivery": "rejected"})
    in_a_fault = judge(made, log, expected, seen, Delays(slack=A_SECOND, away=(moment,)))
    assert "load-page-undelivered" in in_a_fault.named
