"""What is told in a drill under load follows from the file and the seed, and from nothing else."""

import re
from collections import Counter
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from drills.load.bodies import row_of
from drills.load.messages import CATALOGUE
from drills.load.plan import Plan
from drills.load.reading import LoadDrill, prepare_load
from drills.load.scenario import LoadScenario
from drills.load.streams import plan_of
from drills.reading import ScenarioError
from dutyclock.services import PROJECT

SMALL = PROJECT / "tests" / "drills" / "small-load.yaml"
FILES = ("festival-return", "outbreak-in-dadukou", "five-oclock", "feed-storm", "dark-hour")


@cache
def drill() -> LoadDrill:
    return prepare_load(SMALL)


def plan(seed: int = 7, share: float = 1.0, **changes: object) -> Plan:
    scenario = LoadScenario.model_validate({**drill().scenario.model_dump(), **changes})
    return plan_of(scenario, list(drill().registers.divisions.units()), seed, share)


def test_the_same_seed_tells_the_same_in_the_same_order() -> None:
    assert plan(7) == plan(7)
    assert plan(7).calls != plan(8).calls


def test_calls_come_in_the_order_of_their_time_and_each_has_its_own_key() -> None:
    made = plan()
    assert [call.at for call in made.calls] == sorted(call.at for call in made.calls)
    assert len({call.key for call in made.calls}) == len(made.calls)


def test_nothing_is_told_before_it_happened() -> None:
    for call in plan(faults=[]).calls:
        assert all(fact.occurred <= call.at for fact in call.facts), call.key


def test_what_nobody_tells_before_the_end_is_not_told_and_neither_is_what_follows_from_it() -> None:
    made = plan(lasts=timedelta(minutes=30), faults=[])
    assert all(call.at < timedelta(minutes=30) for call in made.calls)
    assert 0 < len(made.calls) < len(plan(faults=[]).calls)
    assert all(fact.after is None or fact.after in made.facts for fact in made.facts.values())


def test_a_share_takes_so_many_of_each_stream_and_all_figures_of_the_day() -> None:
    whole, half = (Counter(fact.kind for fact in plan(share=share).facts.values()) for share in (1.0, 0.5))
    assert half["return-known"] == 20
    assert whole["return-known"] == 40
    assert half["daily-report"] == whole["daily-report"]


def test_people_who_never_do_it_are_about_as_many_as_the_file_says() -> None:
    streams = [one.model_dump() for one in drill().scenario.streams if one.kind == "returns"]
    streams[0] |= {"count": 2000}
    streams[0]["registrations"] |= {"never": 0.25}
    kinds = Counter(fact.kind for fact in plan(streams=streams, faults=[]).facts.values())
    assert kinds["return-known"] == 2000
    assert 1400 <= kinds["return-registered"] <= 1600


def test_a_burst_stands_out_and_a_peak_is_higher_than_both_ends() -> None:
    def hours(arriving: dict[str, object]) -> Counter[int]:
        stream = drill().scenario.streams[3].model_dump()
        stream |= {"count": 3000, "registrations": None, "out_of_order": 0.0, "arriving": arriving}
        facts = plan(streams=[stream], faults=[]).facts.values()
        return Counter(fact.occurred // timedelta(minutes=10) for fact in facts)

    burst = hours({"lasts": "PT1H", "pattern": "burst", "peak_at": "PT30M", "peak_factor": 30})
    assert burst[3] > 1400
    peak = hours({"lasts": "PT1H", "pattern": "peak", "peak_at": "PT30M", "peak_factor": 8})
    assert peak[2] > 2 * peak[0]
    assert peak[3] > 2 * peak[5]
    steady = hours({"lasts": "PT1H"})
    assert min(steady.values()) > 400


def test_a_feed_sends_every_row_as_often_as_the_file_says() -> None:
    told = Counter(
        fact.id
        for call in plan(faults=[]).calls
        for fact in call.facts
        if call.sender == "500104-h02" and call.together
    )
    assert len(told) == 300
    assert set(told.values()) == {2}


def test_a_repeated_feed_sends_again_what_was_sent_before() -> None:
    (fault,) = [one for one in drill().scenario.faults if one.does == "repeat-feed"]
    before, after = plan(faults=[]), plan(faults=[fault.model_dump()])
    known = {call.key for call in before.calls}
    more = [call for call in after.calls if call.key not in known]
    sent = [
        call
        for call in before.calls
        if call.sender == fault.laboratory and timedelta(minutes=20) <= call.at < timedelta(minutes=50)
    ]
    assert len(more) == len(sent) > 0
    assert {call.at for call in more} == {fault.at}
    assert set(after.facts) == set(before.facts)


def test_a_wrong_clock_shifts_what_its_laboratory_states_and_nothing_else() -> None:
    fault = next(one for one in drill().scenario.faults if one.does == "skew-clock")
    right, wrong = plan(faults=[]).facts, plan(faults=[fault.model_dump()]).facts
    shifted = {one for one in right if right[one].occurred != wrong[one].occurred}
    assert shifted
    for one in shifted:
        assert right[one].values["institution"] == fault.laboratory
        assert wrong[one].occurred - right[one].occurred == timedelta(minutes=-20)
        assert fault.at <= right[one].occurred < fault.ends


def test_a_registration_tells_the_arrival_as_well() -> None:
    facts = plan().facts
    ended = next(fact for fact in facts.values() if fact.kind == "return-registered")
    row, begun = row_of(ended, drill().scenario), row_of(facts[ended.about], drill().scenario)
    assert (row["reference"], row["arrived_at"]) == (begun["reference"], begun["arrived_at"])
    assert row["registered_at"] > row["arrived_at"]


@pytest.mark.parametrize("name", FILES)
def test_the_files_that_come_with_the_project_can_be_played(name: str) -> None:
    made = prepare_load(PROJECT / "drills" / f"{name}.yaml")
    assert made.scenario.id == name
    assert plan_of(made.scenario, list(made.registers.divisions.units()), 1, 0.01).calls


def test_the_file_of_another_drill_is_refused_with_the_command_that_plays_it() -> None:
    with pytest.raises(ScenarioError) as caught:
        prepare_load(PROJECT / "drills" / "positive-in-jiansheng.yaml")
    (problem,) = caught.value.found
    assert "dutyclock demo" in problem.reason.en


def test_every_sentence_is_said_somewhere_and_every_sentence_said_is_there() -> None:
    sources = [
        *(PROJECT / "drills" / "load").glob("*.py"),
        PROJECT / "dutyclock" / "commands" / "drill_load.py",
    ]
    said = {code for file in sources for code in re.findall(r'"(load-[a-z-]+)"', file.read_text("utf-8"))}
    assert said == CATALOGUE.codes


def test_five_oclock_is_everybodys() -> None:
    made = prepare_load(PROJECT / "drills" / "five-oclock.yaml")
    assert len(made.registers.divisions) == 12_340


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("kind: returns", "kind: returns\n    wishes: 3", "wishes"),
        ('divisions: ["500104102"]', 'divisions: ["110101"]', "divisions"),
        ("lasts: PT40M}", "lasts: PT40M, pattern: peak}", "arriving"),
        ("post: duty-officer", "post: duty-clerk", "post"),
    ],
)
def test_what_cannot_be_played_is_named_by_its_place(tmp_path: Path, old: str, new: str, path: str) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(SMALL.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(ScenarioError) as caught:
        prepare_load(broken)
    assert any(path in one.path for one in caught.value.found)
    assert all(one.place.startswith("broken.yaml:") for one in caught.value.found)


def test_nobody_answers_while_the_platform_is_broken() -> None:
    scenario = drill().scenario.model_dump(mode="json")
    scenario["faults"] = [{"at": "PT10M", "does": "kill", "whom": "alerts", "lasts": "PT5M"}]
    LoadScenario.model_validate(scenario)
    scenario["roster"][0]["answers_after"] = "PT2M"
    with pytest.raises(ValueError, match="nobody answers"):
        LoadScenario.model_validate(scenario)
