"""Which measure fits whom: a table of cases on both sides of every limit of the notices."""

from datetime import timedelta

import pytest

from services.registration.rules.plans.classification import judge, proof_age_asked
from services.registration.rules.plans.facts import Proof, ProofKind, Stay
from shared.vocabulary import Result, RiskLevel
from tests.registration.plans.people import (
    ARRIVED_AT,
    CERTIFICATE,
    LAW,
    day,
    days,
    due_days,
    entered,
    fitted,
    governing,
    ground,
    person,
    plan,
    sampled,
    stages,
    stay,
)

SECOND = timedelta(seconds=1)
LOW, MEDIUM, HIGH, CLOSED = RiskLevel
CENTRAL, HOME, COMMUNITY = "central-quarantine", "home-quarantine", "community-management"
MONITORING, SELF = "home-monitoring", "self-management"


@pytest.mark.requirement("entry-14-7-7")
def test_whoever_enters_at_chongqing_has_fourteen_seven_seven() -> None:
    drawn = plan(person(entry=entered(0, here=True)))
    assert stages(drawn) == [(CENTRAL, 0, 14), (HOME, 15, 21), (SELF, 22, 28)]
    assert drawn.last_day == day(28)


@pytest.mark.requirement("entry-14-7-7")
@pytest.mark.parametrize(
    ("days_ago", "drawn"),
    [
        (14, [(CENTRAL, 0, 0), (HOME, 1, 7), (SELF, 8, 14)]),
        (15, [(HOME, 0, 6), (SELF, 7, 13)]),
        (21, [(HOME, 0, 0), (SELF, 1, 7)]),
        (28, [(SELF, 0, 0)]),
    ],
)
def test_days_that_were_served_here_since_the_entry_are_not_served_twice(
    days_ago: int, drawn: list[tuple[str, int, int]]
) -> None:
    assert stages(plan(person(entry=entered(days_ago, here=True)))) == drawn


@pytest.mark.requirement("entry-14-7-7")
def test_after_the_last_day_nothing_is_asked_for_the_entry() -> None:
    assert fitted(person(entry=entered(29, here=True))) == ["registration-only"]


@pytest.mark.requirement("entry-elsewhere-7-7")
@pytest.mark.parametrize(
    ("days_ago", "proofs", "rule"),
    [
        (27, (CERTIFICATE, sampled(days(1))), "entry-elsewhere-with-proof"),
        (28, (CERTIFICATE, sampled(days(1))), "registration-only"),
        (27, (), "entry-elsewhere-without-proof"),
        (28, (), "registration-only"),
        (20, (CERTIFICATE,), "entry-elsewhere-without-proof"),
        (20, (sampled(days(1)),), "entry-elsewhere-without-proof"),
        (20, (CERTIFICATE, sampled(days(1), Result.POSITIVE)), "entry-elsewhere-without-proof"),
        (20, (CERTIFICATE, sampled(days(1), Result.INCONCLUSIVE)), "entry-elsewhere-without-proof"),
        # sampled on the day of the entry, and on the day before it
        (20, (CERTIFICATE, sampled(days(20))), "entry-elsewhere-with-proof"),
        (20, (CERTIFICATE, sampled(days(20.6))), "entry-elsewhere-without-proof"),
    ],
)
def test_entered_elsewhere(days_ago: int, proofs: tuple[Proof, ...], rule: str) -> None:
    assert fitted(person(entry=entered(days_ago), proofs=proofs)) == [rule]


@pytest.mark.requirement("entry-elsewhere-7-7")
def test_entered_elsewhere_counts_from_the_arrival_here() -> None:
    proved = plan(person(entry=entered(20), proofs=(CERTIFICATE, sampled(days(1)))))
    assert stages(proved) == [(HOME, 0, 7), (SELF, 8, 14)]
    unproved = plan(person(entry=entered(20)))
    assert stages(unproved) == [(CENTRAL, 0, 14), (HOME, 15, 21), (SELF, 22, 28)]


@pytest.mark.requirement("high-risk-area")
@pytest.mark.parametrize("level", [HIGH, CLOSED])
def test_high_risk_is_always_central_quarantine(level: RiskLevel) -> None:
    facts = person(route=(stay(level),), proofs=(sampled(days(1)),))
    assert fitted(facts) == ["high-risk-area"]
    drawn = plan(facts)
    assert (stages(drawn), due_days(drawn)) == ([(CENTRAL, 0, 14)], [7, 14])


@pytest.mark.requirement("high-risk-area")
def test_passing_through_counts_like_coming_from() -> None:
    passed = Stay("130102", day(-1), day(-1), HIGH)
    assert fitted(person(route=(stay(LOW, -1), passed, stay(LOW)))) == ["high-risk-area"]


@pytest.mark.requirement("high-risk-area")
@pytest.mark.requirement("medium-risk-area")
@pytest.mark.parametrize(
    ("level", "rule"), [(HIGH, "high-risk-area"), (MEDIUM, "medium-risk-area-without-proof")]
)
@pytest.mark.parametrize(("left", "counts"), [(0, True), (-14, True), (-15, False)])
def test_a_stay_counts_for_fourteen_days(level: RiskLevel, rule: str, left: int, counts: bool) -> None:
    assert fitted(person(route=(stay(level, left),))) == [rule if counts else "registration-only"]


@pytest.mark.requirement("medium-risk-area")
@pytest.mark.parametrize(
    ("proofs", "shown"),
    [
        ((sampled(days(3)),), True),
        ((sampled(days(3) + SECOND),), False),
        ((sampled(days(3) - SECOND),), True),
        ((sampled(timedelta()),), True),
        ((sampled(-SECOND),), False),
        ((sampled(days(9)), sampled(days(2))), True),
        ((sampled(days(2)), sampled(days(1), Result.POSITIVE)), False),
        ((sampled(days(2), Result.POSITIVE), sampled(days(1))), True),
        ((sampled(days(1), Result.POSITIVE), sampled(days(1))), False),
        ((sampled(days(2)), sampled(days(1), Result.INCONCLUSIVE)), True),
        ((sampled(days(1), None),), False),
        ((Proof(ProofKind.NEGATIVE_TEST, None, day(-1), Result.NEGATIVE, None),), False),
        ((CERTIFICATE,), False),
        ((), False),
    ],
)
def test_medium_risk_asks_for_a_negative_result_of_three_days(proofs: tuple[Proof, ...], shown: bool) -> None:
    facts = person(route=(stay(MEDIUM),), proofs=proofs)
    drawn = plan(facts)
    if shown:
        assert fitted(facts) == ["medium-risk-area-with-proof"]
        assert (stages(drawn), due_days(drawn)) == ([(COMMUNITY, 0, 14)], [14])
        assert [one.id for one in drawn.restrictions] == [
            "no-public-transport",
            "no-gatherings",
            "no-enclosed-public-places",
        ]
        assert {(one.first_day, one.last_day) for one in drawn.restrictions} == {(day(0), day(14))}
    else:
        assert fitted(facts) == ["medium-risk-area-without-proof"]
        assert (stages(drawn), due_days(drawn)) == ([(CENTRAL, 0, 14)], [7, 14])
        assert drawn.restrictions == ()


@pytest.mark.requirement("return-proof")
@pytest.mark.parametrize(
    ("proofs", "rule", "tests"),
    [
        ((sampled(days(7)),), "returning-worker-with-proof", [7, 14]),
        ((sampled(days(7) + SECOND),), "returning-worker-without-proof", [0, 7, 14]),
        ((), "returning-worker-without-proof", [0, 7, 14]),
    ],
)
def test_a_returning_worker_is_monitored_at_home(
    proofs: tuple[Proof, ...], rule: str, tests: list[int]
) -> None:
    facts = person(returning_worker=True, proofs=proofs)
    drawn = plan(facts)
    assert (fitted(facts), stages(drawn), due_days(drawn)) == ([rule], [(MONITORING, 0, 14)], tests)


@pytest.mark.requirement("return-proof")
@pytest.mark.requirement("medium-risk-area")
def test_of_two_proof_ages_the_shorter_is_asked() -> None:
    worker = person(returning_worker=True, route=(stay(MEDIUM),), proofs=(sampled(days(5)),))
    judgement = judge(LAW, worker)
    assert proof_age_asked(judgement) == days(3)
    assert judgement.governing.rule.id == "medium-risk-area-without-proof"
    assert proof_age_asked(judge(LAW, person(returning_worker=True))) == days(7)
    assert proof_age_asked(judge(LAW, person())) is None


@pytest.mark.requirement("key-occupations")
def test_sixteen_occupations_are_tested_on_day_seven_and_fourteen() -> None:
    file = LAW.pack.measures
    assert file is not None
    (listed,) = [one for one in file.occupation_lists if one.id == "key-occupations"]
    assert len(listed.members) == 16
    for occupation in listed.members:
        facts = person(occupation=occupation)
        assert (fitted(facts), due_days(plan(facts))) == (["key-occupations"], [7, 14])
    assert fitted(person(occupation="farmer")) == ["registration-only"]


@pytest.mark.requirement("drug-buyers")
def test_a_buyer_with_symptoms_is_managed_from_the_purchase_on() -> None:
    facts = person(arrived_at=None, grounds=(ground("drugs-with-symptoms"),))
    drawn = plan(facts)
    assert (fitted(facts), stages(drawn), due_days(drawn)) == (
        ["drugs-with-symptoms"],
        [(MONITORING, 0, 14)],
        [0],
    )


@pytest.mark.requirement("outside-notices")
@pytest.mark.parametrize(
    ("begins", "drawn", "tests"),
    [
        (0, [(CENTRAL, 0, 14)], [0, 7, 14]),
        (-10, [(CENTRAL, 0, 4)], [4]),
        (-14, [(CENTRAL, 0, 0)], [0]),
        (-15, [(SELF, 0, 0)], []),
        (5, [(CENTRAL, 5, 19)], [5, 12, 19]),
    ],
)
def test_a_contact_is_kept_apart_from_the_last_contact_on(
    begins: int, drawn: list[tuple[str, int, int]], tests: list[int]
) -> None:
    decided = plan(person(grounds=(ground("contact", begins),)))
    assert (stages(decided), due_days(decided)) == (drawn, tests)


@pytest.mark.requirement("return-registration")
@pytest.mark.parametrize("level", [LOW, None])
def test_from_low_risk_nothing_but_the_registration_is_asked(level: RiskLevel | None) -> None:
    facts = person(route=(stay(level),), proofs=(sampled(days(30)),))
    drawn = plan(facts)
    assert (governing(facts), stages(drawn), due_days(drawn)) == ("registration-only", [(SELF, 0, 0)], [])


def test_every_measure_that_fitted_is_kept_with_the_facts_it_rests_on() -> None:
    facts = person(
        occupation="courier",
        returning_worker=True,
        route=(stay(LOW, -3), stay(MEDIUM, -2, "130102"), stay(HIGH, -1, "130104"), stay(MEDIUM, 0)),
        proofs=(sampled(days(2)),),
    )
    judgement = judge(LAW, facts)
    assert judgement.governing.rule.id == "high-risk-area"
    used = {one.rule.id: [(str(fact.name), fact.about) for fact in one.facts] for one in judgement.fitted}
    assert used == {
        "high-risk-area": [("route", facts.route[2])],
        "medium-risk-area-with-proof": [
            ("route", facts.route[1]),
            ("route", facts.route[3]),
            ("test-shown", facts.proofs[0]),
        ],
        "returning-worker-with-proof": [("returning-worker", None), ("test-shown", facts.proofs[0])],
        "key-occupations": [("occupation", "courier")],
    }
    assert [test.rules for test in plan(facts).tests] == [
        ("high-risk-area", "returning-worker-with-proof", "key-occupations"),
        (
            "high-risk-area",
            "medium-risk-area-with-proof",
            "returning-worker-with-proof",
            "key-occupations",
        ),
    ]


def test_a_mild_measure_that_outlasts_a_strict_one_goes_on_after_it() -> None:
    facts = person(entry=entered(20), returning_worker=True, proofs=(CERTIFICATE, sampled(days(1))))
    assert governing(facts) == "entry-elsewhere-with-proof"
    assert stages(plan(facts)) == [(HOME, 0, 7), (MONITORING, 8, 14)]


def test_two_contacts_count_each() -> None:
    drawn = plan(person(grounds=(ground("contact", 0), ground("contact", 5))))
    assert (stages(drawn), due_days(drawn)) == ([(CENTRAL, 0, 19)], [0, 5, 7, 12, 14, 19])


def test_the_mildest_kind_bridges_measures_that_do_not_touch() -> None:
    drawn = plan(person(returning_worker=True, grounds=(ground("contact", 20),)))
    assert stages(drawn) == [(MONITORING, 0, 14), (SELF, 15, 19), (CENTRAL, 20, 34)]
    assert [stage.rules for stage in drawn.stages] == [
        ("returning-worker-without-proof",),
        (),
        ("contact",),
    ]


@pytest.mark.parametrize("arrived_at", [None, ARRIVED_AT])
def test_without_an_arrival_no_proof_has_an_age(arrived_at: object) -> None:
    facts = person(arrived_at=arrived_at, returning_worker=True, proofs=(sampled(days(1)),))
    proved = arrived_at is not None
    assert fitted(facts) == [f"returning-worker-{'with' if proved else 'without'}-proof"]
