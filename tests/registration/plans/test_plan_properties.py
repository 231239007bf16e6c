"""For random facts: one measure governs, and the plan is on no day weaker than any measure that fitted."""

import dataclasses
import json
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registration.rules.day_count import begins_at, day_number, number_of
from services.registration.rules.plans.classification import judge, strictness_of
from services.registration.rules.plans.decision import decision_of, read_decision, write_decision
from services.registration.rules.plans.difference import difference
from services.registration.rules.plans.drawing import draw_plan
from services.registration.rules.plans.facts import Entry, Ground, PersonFacts, Proof, ProofKind, Stay
from services.registration.rules.plans.measure_rule import Fitted
from services.registration.rules.plans.plan import PlanDrawn
from shared.vocabulary import Result, RiskLevel
from tests.registration.plans.people import LAW, PACK

assert PACK.measures is not None
OCCUPATIONS = [one.id for one in PACK.measures.occupations]
GROUNDS = [one.id for one in PACK.measures.grounds]
RANKS = {kind.id: rank for rank, kind in enumerate(LAW.kinds)}
NOBODY = len(LAW.kinds)

ON_ANY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ZEROS = st.dates(date(2019, 12, 1), date(2022, 3, 1))
WHENEVER = st.dates(date.min, date.max)


def _stay(area: str, one: date, other: date, level: RiskLevel | None) -> Stay:
    return Stay(area, min(one, other), max(one, other), level)


@st.composite
def people(draw: st.DrawFn, zeros: st.SearchStrategy[date] = ZEROS) -> PersonFacts:
    """Return facts of every sort, near the limits more often than not."""
    zero = draw(zeros)
    arrived_at = draw(
        st.none() | st.integers(0, 86_399).map(lambda s: begins_at(zero) + timedelta(seconds=s))
    )
    before = st.integers(-40, 0).map(lambda number: day_number(zero, number))
    levels = st.none() | st.sampled_from(RiskLevel)
    stays = st.builds(_stay, st.sampled_from(["110105", "130102", "MM"]), before, before, levels)
    ages = st.integers(-86_400, 9 * 86_400) | st.sampled_from([0, 3 * 86_400, 7 * 86_400])
    sampling = (
        st.none()
        if arrived_at is None
        else st.none() | ages.map(lambda age: arrived_at - timedelta(seconds=age))
    )
    proofs = st.builds(
        Proof,
        st.sampled_from(ProofKind),
        sampling,
        st.none() | before,
        st.none() | st.sampled_from(Result),
        st.none(),
    )
    entries = st.builds(Entry, before, st.booleans(), st.none() | before)
    grounds = st.builds(
        Ground,
        st.sampled_from([*GROUNDS, "unknown"]),
        st.integers(-40, 40).map(lambda number: day_number(zero, number)),
    )
    return PersonFacts(
        day_zero=zero,
        arrived_at=arrived_at,
        occupation=draw(st.none() | st.sampled_from([*OCCUPATIONS, "farmer"])),
        route=tuple(draw(st.lists(stays, max_size=4))),
        proofs=tuple(draw(st.lists(proofs, max_size=4))),
        entry=draw(st.none() | entries),
        returning_worker=draw(st.booleans()),
        grounds=tuple(draw(st.lists(grounds, max_size=3))),
    )


def rank_asked(one: Fitted, day: date) -> int:
    """Return how strict a measure is on a day, told from its stages alone; NOBODY when it asks nothing."""
    number = number_of(one.day_zero, day)
    first = 0
    for stage in one.rule.measure.stages:
        last = stage.days + (first - 1 if first else 0)
        if first <= number <= last:
            return RANKS[stage.kind]
        first = last + 1
    return NOBODY


def rank_drawn(plan: PlanDrawn, day: date) -> int:
    found = [RANKS[stage.kind] for stage in plan.stages if stage.first_day <= day <= stage.last_day]
    assert len(found) <= 1
    return found[0] if found else NOBODY


@ON_ANY_MACHINE
@given(people())
def test_exactly_one_measure_governs_and_none_that_fitted_is_stricter(facts: PersonFacts) -> None:
    judgement = judge(LAW, facts)
    assert sum(one is judgement.governing for one in judgement.fitted) == 1
    zero, kinds = facts.day_zero, len(LAW.kinds)
    governing = strictness_of(judgement.governing, zero, kinds)
    assert all(strictness_of(one, zero, kinds) <= governing for one in judgement.fitted)
    assert judge(LAW, facts) == judgement


@ON_ANY_MACHINE
@given(people())
def test_on_no_day_is_the_plan_weaker_than_any_measure_that_fitted(facts: PersonFacts) -> None:
    judgement = judge(LAW, facts)
    plan = draw_plan(LAW, judgement, facts)
    for number in range(-1, number_of(facts.day_zero, plan.last_day) + 3):
        day = day_number(facts.day_zero, number)
        asked = min(rank_asked(one, day) for one in judgement.fitted) if number >= 0 else NOBODY
        assert rank_drawn(plan, day) <= asked
        if asked < NOBODY:
            assert rank_drawn(plan, day) == asked


@ON_ANY_MACHINE
@given(people())
def test_every_test_and_restriction_of_every_measure_is_asked(facts: PersonFacts) -> None:
    judgement = judge(LAW, facts)
    plan = draw_plan(LAW, judgement, facts)
    days = [test.due_on for test in plan.tests]
    assert days == sorted(set(days))
    for one in judgement.fitted:
        wanted = {day_number(one.day_zero, day) for day in one.rule.tests}
        assert {day for day in wanted if day >= facts.day_zero} <= set(days)
        for restriction in one.rule.measure.restrictions:
            (drawn,) = [kept for kept in plan.restrictions if kept.id == restriction]
            assert drawn.first_day <= max(facts.day_zero, one.day_zero)
            assert drawn.last_day >= day_number(one.day_zero, one.rule.last)
    assert all(test.rules for test in plan.tests)


@ON_ANY_MACHINE
@given(people())
def test_stages_follow_one_another_without_a_gap(facts: PersonFacts) -> None:
    plan = draw_plan(LAW, judge(LAW, facts), facts)
    assert plan.stages
    assert plan.stages[0].first_day >= facts.day_zero
    assert plan.last_day == plan.stages[-1].last_day
    for position, stage in enumerate(plan.stages):
        assert stage.position == position
        assert stage.first_day <= stage.last_day
        assert stage.rules or stage.kind == LAW.kinds[-1].id
    for earlier, later in zip(plan.stages, plan.stages[1:], strict=False):
        assert number_of(earlier.last_day, later.first_day) == 1
        assert earlier.kind != later.kind


@ON_ANY_MACHINE
@given(people())
def test_nothing_shown_can_make_a_plan_stricter(facts: PersonFacts) -> None:
    """A negative result sampled at the arrival and a release certificate help or change nothing."""
    if facts.arrived_at is None:
        return
    shown = (
        Proof(ProofKind.NEGATIVE_TEST, facts.arrived_at, None, Result.NEGATIVE, None),
        Proof(ProofKind.RELEASE_CERTIFICATE, None, None, None, None),
    )
    without = dataclasses.replace(facts, proofs=())
    proved = dataclasses.replace(facts, proofs=shown)
    before, after = (draw_plan(LAW, judge(LAW, one), one) for one in (without, proved))
    for number in range(45):
        day = day_number(facts.day_zero, number)
        assert rank_drawn(after, day) >= rank_drawn(before, day)


@ON_ANY_MACHINE
@given(people(), st.sampled_from([RiskLevel.MEDIUM, RiskLevel.HIGH, RiskLevel.CLOSED_OFF]))
def test_a_higher_level_never_makes_a_plan_milder(facts: PersonFacts, level: RiskLevel) -> None:
    raised = tuple(
        dataclasses.replace(stay, level=level) if (stay.level or RiskLevel.LOW).rank < level.rank else stay
        for stay in facts.route
    )
    riskier = dataclasses.replace(facts, route=raised)
    before, after = (draw_plan(LAW, judge(LAW, one), one) for one in (facts, riskier))
    for number in range(45):
        day = day_number(facts.day_zero, number)
        assert rank_drawn(after, day) <= rank_drawn(before, day)


@ON_ANY_MACHINE
@given(people(), people())
def test_a_decision_survives_storage_and_its_difference_says_whether_anything_changed(
    one: PersonFacts, other: PersonFacts
) -> None:
    decisions = []
    for facts in (one, other):
        judgement = judge(LAW, facts)
        plan = draw_plan(LAW, judgement, facts)
        decision = decision_of(judgement, plan)
        written = json.loads(json.dumps(write_decision(LAW, judgement, plan, facts), ensure_ascii=False))
        assert read_decision(written) == decision
        for said in written["fitted"]:
            assert said["clauses"]
            assert all(fact["zh"] and fact["en"] for fact in said["facts"])
        decisions.append(decision)
    assert difference(LAW, decisions[0], decisions[0]) == []
    changed = difference(LAW, *decisions)
    assert all(change["zh"] and change["en"] for change in changed)
    if decisions[0].governing != decisions[1].governing or decisions[0].fitted != decisions[1].fitted:
        assert changed


@ON_ANY_MACHINE
@given(people(WHENEVER))
def test_no_date_of_the_calendar_is_too_early_or_too_late(facts: PersonFacts) -> None:
    judgement = judge(LAW, facts)
    plan = draw_plan(LAW, judgement, facts)
    assert plan.stages
    write_decision(LAW, judgement, plan, facts)
