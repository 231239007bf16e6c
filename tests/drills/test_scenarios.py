"""What a scenario's file may hold, and how what is wrong with it is said."""

import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from drills.expectations import write_expectations
from drills.messages import CATALOGUE
from drills.places import Drill, prepare
from drills.reading import ScenarioError
from dutyclock.services import PROJECT

SHIPPED = PROJECT / "drills" / "positive-in-jiansheng.yaml"
HEAD = """\
id: a-drill
title: {zh: 演练, en: A drill}
policy: chongqing-2021-winter
starts_at: "2021-02-01T09:00:00+08:00"
lasts: PT26M
rate: 60
slack_seconds: 1
register_under: ["500104102"]
judged: "500104102"
roster:
  - key: officer
    name: 报告员
    division: "500104102"
    holds: [{post: reporting-officer, division: "500104102"}]
    answers_after: PT2M
"""
POSITIVE = '- {at: PT5M, does: positive, sample: A, institution: 500104-h01, division: "500104102001"}\n'
REPORT = "- {at: PT20M, does: report, sample: A, institution: 500104-h01, classification: confirmed}\n"
EXPECTED = """\
expects:
  - clock: direct-report
    of: A
    state: met
    started: PT5M
    due: PT2H5M
    stopped: PT20M
    pages: [{at: PT5M, occasion: inform, rung: 1, person: officer, answered: PT7M}]
  - {clock: sequencing, of: A, state: running, started: PT5M, due: P7DT5M}
  - {clock: review, of: A, state: running, started: PT20M, due: PT2H20M}
expects_elsewhere: [{clock: daily-report, state: running, count: 15}]
"""


def play(folder: Path, events: str = POSITIVE + REPORT, expected: str = EXPECTED, head: str = HEAD) -> Drill:
    path = folder / "a-drill.yaml"
    path.write_text(f"{head}events:\n{indent(events, '  ')}{expected}", "utf-8")
    return prepare(path)


def refusal(folder: Path, **parts: str) -> list[str]:
    with pytest.raises(ScenarioError) as refused:
        play(folder, **parts)
    assert all(one.reason.zh and one.reason.en for one in refused.value.found)
    return [f"{one.place} {one.path}: {one.reason.en}" for one in refused.value.found]


def test_a_good_scenario_is_taken(tmp_path: Path) -> None:
    drill = play(tmp_path)
    assert [clock.rule for clock in drill.forecast.judged] == ["direct-report", "sequencing", "review"]


def test_the_shipped_scenario_expects_what_the_policy_demands() -> None:
    drill = prepare(SHIPPED)
    assert len(drill.registers.divisions) == 107
    states = {(clock.rule, clock.label): clock.state for clock in drill.forecast.judged}
    assert states["direct-report", "A"] == states["review", "A"] == "met"
    assert states["direct-report", "B"] == "met-late"
    assert states["direct-report", "C"] == "breached"
    assert states["direct-report", "D"] == "void"
    by_c = next(one for one in drill.forecast.judged if (one.rule, one.label) == ("direct-report", "C"))
    assert max(page.rung for page in by_c.pages) == 4
    assert not any(page.answered_at for page in by_c.pages if page.person == "js-leader")


def test_a_forecast_written_down_is_read_back_the_same(tmp_path: Path) -> None:
    drill = play(tmp_path, expected=EXPECTED)
    again = play(tmp_path, expected=write_expectations(drill.scenario, drill.forecast))
    assert again.forecast == drill.forecast


def test_every_kind_of_happening_has_its_words() -> None:
    kinds = {event.does for event in prepare(SHIPPED).scenario.events}
    assert {f"does-{kind}" for kind in kinds} <= CATALOGUE.codes


@pytest.mark.parametrize(
    ("events", "where", "says"),
    [
        (
            POSITIVE.replace("500104102001", "500104102999"),
            "a-drill.yaml:17 events[0].division",
            "no division",
        ),
        (POSITIVE.replace("500104-h01", "h99"), "events[0].institution", "no institution h99"),
        (POSITIVE.replace("PT5M", "5 minutes"), "events[0].at", "no ISO 8601 span"),
        (POSITIVE.replace("PT5M", "PT2H"), "events[0].at", "after the drill's end"),
        (POSITIVE.replace("sample: A", "tube: A"), "events[0].sample", "Field required"),
        (POSITIVE.replace("positive", "negative"), "events[0]", "does not match any of the expected tags"),
        (POSITIVE.replace("PT5M,", "PT5M, occurred: PT6M,"), "events[0]", "told before it happens"),
        (POSITIVE + POSITIVE, "events[1].sample", "has been introduced before"),
        (REPORT, "events[0].sample", "nothing was said of A before"),
        (POSITIVE + "- {at: PT9M, does: review, sample: A}\n", "events[1]", "before it is reported"),
        (POSITIVE + REPORT.replace("PT20M,", "PT20M, occurred: PT1M,"), "events[1]", "happens before A"),
        (
            POSITIVE + '- {at: PT9M, does: daily-report, unit: "500104102", day: 2021-02-01}\n',
            "events[1]",
            "figures or zero",
        ),
    ],
)
def test_what_is_wrong_with_an_event_is_named(tmp_path: Path, events: str, where: str, says: str) -> None:
    (said,) = [line for line in refusal(tmp_path, events=events) if where in line]
    assert says in said


def test_a_page_that_may_come_too_late_to_be_told_apart_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, events=POSITIVE + REPORT.replace("PT20M", "PT5M"))
    assert any("closer together than PT1M" in line for line in said)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("state: met", "state: breached", "expects[0].state: says breached, by the policy it is met"),
        ("due: PT2H5M", "due: PT2H", "expects[0].due: says PT2H, by the policy it is PT2H5M"),
        ("stopped: PT20M", "stopped: PT21M", "expects[0].stopped"),
        ("rung: 1", "rung: 2", "expects[0].pages: by the policy there is no page"),
        (", answered: PT7M", "", "expects[0].pages: leaves out the page"),
        ("review, of: A", "review, of: B", "says nothing of the clock review of A"),
        ("count: 15", "count: 14", "by the policy it is: daily-report running 15"),
    ],
)
def test_expectations_that_contradict_the_policy_are_refused(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in EXPECTED
    assert any(says in line for line in refusal(tmp_path, expected=EXPECTED.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rate: 60", "rate: 0", "rate: Input should be greater than or equal to 1"),
        ("policy: chongqing-2021-winter", "policy: elsewhere-2022", "policy: is played by the policy"),
        ("post: reporting-officer", "post: astronomer", "roster[0].holds[0].post: the policy has no post"),
        ('starts_at: "2021-02-01T09:00:00+08:00"', 'starts_at: "2021-02-01T09:00:00"', "starts_at"),
        ("id: a-drill", "id: a-drill\nspeed: 3", "speed: Extra inputs are not permitted"),
        ("id: a-drill", "id: a-drill\nid: another", "a-drill.yaml:2 id"),
        ("roster:", "roster: {", "is no YAML"),
    ],
)
def test_what_is_wrong_with_the_head_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in HEAD
    assert any(says in line for line in refusal(tmp_path, head=HEAD.replace(old, new, 1)))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml"):
        prepare(tmp_path / "nowhere.yaml")


def test_the_command_names_what_is_wrong_and_plays_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(HEAD + "events: []\n", "utf-8")
    command = [sys.executable, "-m", "dutyclock", "demo", str(bad), "--state", str(tmp_path / "state")]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "bad.yaml" in said.stdout
    assert "events" in said.stdout
    assert not (tmp_path / "state").exists()
