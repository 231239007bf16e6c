"""Who may move how, and when the test before a departure falls: tables on both sides of each limit."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.pass_words import words_of
from services.registration.rules.movement.departure import BeforeLeaving, days_of_test, problems_of, stricter
from services.registration.rules.movement.passage import Mover, Reason, Refusal, colour_of, judge_passage
from services.registration.service import movement_law
from shared.areas import AreaRegister
from shared.divisions import DivisionRegister
from shared.policy import load_pack
from shared.settings import PROJECT
from tests.builders import A_VILLAGE

pytestmark = pytest.mark.requirement("movement-rules")

PACK = load_pack(PROJECT / "policies" / "chongqing-2021-winter")
LAW = movement_law(PACK)
DIVISIONS = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")
AREAS = AreaRegister.load(PROJECT / "data" / "areas.csv", DIVISIONS)
AT_WORK = frozenset({"imported-cold-chain", "port-cargo", "quarantine-site-staff", "passenger-transport"})
CODE, BARRED, WORK = Refusal.CODE_NOT_GREEN, Refusal.RESTRICTED, Refusal.STAYS_AT_WORK


@pytest.mark.parametrize(
    ("stage", "colour"),
    [
        (None, "green"),
        ("self-management", "green"),
        ("home-monitoring", "yellow"),
        ("community-management", "yellow"),
        ("home-quarantine", "red"),
        ("central-quarantine", "red"),
        ("a-kind-of-another-policy", "red"),
    ],
)
def test_the_colour_follows_from_the_stage(stage: str | None, colour: str) -> None:
    assert colour_of(stage, LAW.passes) == colour


def test_the_policy_has_a_colour_for_each_kind_of_stage_and_names_what_it_bars() -> None:
    assert PACK.measures is not None
    assert {one.kind for one in LAW.passes.stages} == {one.id for one in PACK.measures.stage_kinds}
    barred = {one.barred_by for one in LAW.passes.passages} - {None}
    assert barred == {one.id for one in PACK.measures.restrictions}


PASSAGES: list[tuple[Mover, str, bool, list[Refusal]]] = [
    (Mover(None), "inside-municipality", False, []),
    (Mover("self-management"), "public-transport", False, []),
    (Mover("home-monitoring"), "inside-municipality", False, [CODE]),
    (Mover("community-management"), "inside-municipality", False, [CODE]),
    (
        Mover("community-management", frozenset({"no-public-transport"})),
        "public-transport",
        False,
        [CODE, BARRED],
    ),
    (Mover("self-management", frozenset({"no-public-transport"})), "public-transport", False, [BARRED]),
    (Mover("self-management", frozenset({"no-public-transport"})), "gathering", False, []),
    (Mover("central-quarantine"), "leaving-municipality", True, [CODE]),
    (Mover(None, occupation="port-cargo"), "inside-municipality", False, [WORK]),
    (Mover(None, occupation="port-cargo"), "inside-municipality", True, []),
    (Mover(None, occupation="courier"), "inside-municipality", False, []),
    (Mover("home-quarantine", occupation="port-cargo"), "inside-municipality", False, [CODE, WORK]),
]


@pytest.mark.parametrize(("mover", "passage", "for_work", "refusals"), PASSAGES)
def test_who_may_move(mover: Mover, passage: str, for_work: bool, refusals: list[Refusal]) -> None:
    kind = LAW.passes.passage(passage)
    assert kind is not None
    judged = judge_passage(mover, kind, LAW.passes, AT_WORK, for_work=for_work)
    assert [reason.refusal for reason in judged.reasons] == refusals
    assert judged.is_allowed is (refusals == [])
    assert judged.only_in_principle is (refusals == [WORK])


STAGES = st.sampled_from([None, *(one.kind for one in LAW.passes.stages)])


@given(
    stage=STAGES,
    restrictions=st.frozensets(st.sampled_from(["no-public-transport", "no-gatherings"])),
    occupation=st.sampled_from([None, "courier", *sorted(AT_WORK)]),
    passage=st.sampled_from(LAW.passes.passages),
    for_work=st.booleans(),
)
def test_nobody_passes_without_a_green_code_and_every_refusal_has_a_reason(
    stage: str | None,
    restrictions: frozenset[str],
    occupation: str | None,
    passage: object,
    for_work: bool,
) -> None:
    mover = Mover(stage, restrictions, occupation)
    judged = judge_passage(mover, passage, LAW.passes, AT_WORK, for_work=for_work)  # pyright: ignore[reportArgumentType]  # sampled from passages
    assert not judged.is_allowed or judged.colour == "green"
    assert judged.is_allowed is (judged.reasons == ())
    for reason in judged.reasons:
        assert words_of(reason, PACK.measures).zh


def test_a_reason_is_read_out_with_its_title() -> None:
    words = words_of(Reason(CODE, "home-quarantine"), PACK.measures)
    assert "居家隔离" in words.zh
    assert "quarantine at home" in words.en
    unknown = words_of(Reason(WORK, "of-another-policy"), None)
    assert "of-another-policy" in unknown.en


def test_the_listed_occupations_are_those_of_the_notice() -> None:
    assert PACK.measures is not None
    (listed,) = [one for one in PACK.measures.occupation_lists if one.id == LAW.passes.stay_at_work]
    assert set(listed.members) == AT_WORK


LEAVING = date(2021, 3, 2)
BEFORE: list[tuple[int | None, date, BeforeLeaving | None]] = [
    (None, date(2021, 2, 20), None),
    (48, date(2021, 2, 20), BeforeLeaving(date(2021, 2, 28), date(2021, 3, 1))),
    (49, date(2021, 2, 20), BeforeLeaving(date(2021, 2, 27), date(2021, 3, 1))),
    (72, date(2021, 2, 20), BeforeLeaving(date(2021, 2, 27), date(2021, 3, 1))),
    (24, date(2021, 2, 20), BeforeLeaving(date(2021, 3, 1), date(2021, 3, 1))),
    (1, date(2021, 2, 20), BeforeLeaving(date(2021, 3, 1), date(2021, 3, 1))),
    (72, date(2021, 2, 28), BeforeLeaving(date(2021, 2, 28), date(2021, 3, 1))),
    (72, date(2021, 3, 1), BeforeLeaving(date(2021, 3, 1), date(2021, 3, 1))),
    (72, date(2021, 3, 2), BeforeLeaving(date(2021, 3, 2), date(2021, 3, 2))),
    (72, date(2021, 3, 5), BeforeLeaving(date(2021, 3, 2), date(2021, 3, 2))),
]


@pytest.mark.parametrize(("hours", "today", "test"), BEFORE)
def test_when_the_test_before_a_departure_falls(
    hours: int | None, today: date, test: BeforeLeaving | None
) -> None:
    assert days_of_test(LEAVING, hours, LAW.departures, today) == test


@given(
    leaving=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    hours=st.integers(1, 720),
    today=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_a_test_never_falls_after_the_departure_nor_too_early(leaving: date, hours: int, today: date) -> None:
    test = days_of_test(leaving, hours, LAW.departures, today)
    assert test is not None
    assert test.from_on <= test.due_on <= leaving
    assert (leaving - test.from_on).days * 24 < hours + 24


@pytest.mark.parametrize(
    ("hours", "strictest"), [((None, None), None), ((48, None), 48), ((48, 72, None), 48), ((), None)]
)
def test_the_stricter_demand_holds(hours: tuple[int | None, ...], strictest: int | None) -> None:
    assert stricter(*hours) == strictest


@pytest.mark.parametrize(
    ("destination", "fields"),
    [
        ("130104", []),
        ("130000", []),
        ("JP", []),
        ("999999", ["destination"]),
        ("ZZ", ["destination"]),
        ("500101", ["destination"]),
        (A_VILLAGE, ["destination"]),
    ],
)
def test_where_somebody_may_be_told_to_leave_for(destination: str, fields: list[str]) -> None:
    found = problems_of(destination=destination, division=A_VILLAGE, areas=AREAS, divisions=DIVISIONS)
    assert [problem.field for problem in found] == fields
