"""The page of a drill: everything of the outcome stands in it, and nothing comes from elsewhere."""

import re
import subprocess
import sys
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from drills.load.outcome import Bounds, Bucket, Outcome, Pages, Quantiles, Verdict, write_outcome
from drills.load.report import messages
from drills.load.report.load_pictures import accepted_by_step
from drills.load.report.messages import name_of
from drills.load.report.page import PICTURES, draw, write_page
from drills.load.report.style import our_style, rows_of
from drills.places import POLICY_FOLDER
from dutyclock.commands.drill import app
from dutyclock.services import PROJECT
from shared.policy import load_pack
from shared.yaml_files import read_yaml
from tests.drills.report.outcomes import a_fault, an_outcome

NOTHING = {
    "facts": {},
    "clocks": {},
    "pages": {},
    "answers": {},
    "firing": Quantiles(),
    "firing_in_faults": Quantiles(),
    "firing_over_time": (),
    "throughput": (),
    "latency": {},
    "unanswered": {},
    "faults": (),
    "checks": (),
    "bounds": None,
    "verdict": Verdict(passed=True),
}


class Addresses(HTMLParser):
    """Collects whatever a browser would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


@pytest.fixture(scope="module")
def page() -> str:
    return write_page(an_outcome())


def test_the_page_needs_no_network(page: str) -> None:
    addresses = Addresses(page).found
    assert len(addresses) == len(PICTURES)
    for address in addresses:
        kind, _, data = address.partition(",")
        assert kind == "data:image/svg+xml;base64"
        picture = ElementTree.fromstring(b64decode(data))
        assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<script" not in page
    assert "url(" not in page


def test_the_verdict_stands_in_it_with_its_reasons_in_both_languages(page: str) -> None:
    assert "未通过 Failed" in page
    assert "3 differences" in page
    assert "直报 A&lt;b&gt; 丢失" in page
    assert "The direct report A&lt;b&gt; is lost" in page
    passed = write_page(an_outcome(verdict=Verdict(passed=True)))
    assert "通过 Passed" in passed
    assert "未通过" not in passed


def test_facts_and_faults_stand_in_tables(page: str) -> None:
    cells = [re.sub(r"<[^>]+>", "|", line) for line in page.splitlines() if line.startswith("<tr><td>")]
    assert any("网络直报 direct report||51||51||51||50||1||0||5||0" in row for row in cells), cells
    assert any("阴性 negatives||2,940||2,940||2,940||—||0" in row for row in cells), cells
    assert any(
        "强杀 killed · 提醒 alerts||2021-02-01 17:35:00||35.0||4.0||SIGKILL 4711" in row for row in cells
    )
    assert any("negatives looked up||400||400" in row for row in cells)


def test_a_drill_that_measured_nothing_has_a_page_too() -> None:
    page = write_page(an_outcome(**NOTHING))
    assert page.count("This drill measured nothing of it.") == len(PICTURES)
    assert not Addresses(page).found


@pytest.mark.parametrize(
    "lacking",
    ["answers", "bounds", "clocks", "faults", "firing", "firing_over_time", "latency", "throughput"],
)
def test_whatever_lacks_the_rest_is_drawn(lacking: str) -> None:
    with our_style():
        drawn = dict(draw(an_outcome(**{lacking: NOTHING[lacking]})))
    kinds = {"throughput": "load", "firing_over_time": "lateness"}
    missing = {code for code, figure in drawn.items() if figure is None}
    assert missing <= {kinds.get(lacking, lacking)}


def test_pictures_name_what_they_show() -> None:
    with our_style():
        drawn = {code: figure for code, figure in draw(an_outcome()) if figure is not None}
        texts = {
            code: " ".join(text.get_text() for text in figure.findobj() if hasattr(text, "get_text"))  # pyright: ignore[reportAttributeAccessIssue]
            for code, figure in drawn.items()
        }
    for words in ("强杀 killed", "断网 cut off", "受理 accepted", "实际秒 real seconds"):
        assert words in texts["load"]
    for words in ("POST /v1/results  ×75", "中位数 median", "毫秒 milliseconds", "p99 限度 bound"):
        assert words in texts["latency"]
    for words in ("12,340", "应有 expected", "逾期 breached", "返乡登记 return registration"):
        assert words in texts["clocks"]
    for words in ("限度 bound 3 s", "故障之中\nin faults\n×90", "World time"):
        assert words in texts["lateness"]
    for words in ("网络直报 direct report（2 小时 2 h）", "法定时限 statutory limit", "still open\n540"):
        assert words in texts["answers"]
    for words in ("迟发 late 2，缺失 missing 1", "1,211", "重复 twice 1"):
        assert words in texts["pages"]


def test_pages_in_time_are_those_with_nothing_against_them() -> None:
    only_late = {"review": Pages(expected=3, sent=3, late=3)}
    with our_style():
        figure = dict(draw(an_outcome(pages=only_late)))["pages"]
    assert figure is not None
    assert "按时发出 sent in time" not in [text.get_text() for text in figure.legends[0].get_texts()]


def test_names_of_faults_that_are_near_each_other_do_not_overlap() -> None:
    near = (a_fault("kill", "bus", 10, 5), a_fault("kill", "alerts", 20, 5), a_fault("stop", "bus", 200, 5))
    assert list(rows_of(an_outcome(faults=near))) == [0, 1, 0]


def test_what_was_accepted_falls_to_nothing_where_nothing_was_told() -> None:
    buckets = [
        Bucket(real_seconds=start, width_seconds=1, rows=accepted, accepted=accepted, retried=0)
        for start, accepted in ((0.0, 4), (1.0, 6), (5.0, 2))
    ]
    assert accepted_by_step(buckets) == ([0, 1, 2, 5, 6], [4, 6, 0, 2, 0])


def test_every_rule_of_the_policy_has_a_name() -> None:
    rules = [rule.id for rule in load_pack(POLICY_FOLDER).clocks]
    assert [rule for rule in rules if name_of(rule) == rule] == []


def test_the_same_outcome_gives_the_same_page(page: str) -> None:
    assert write_page(an_outcome()) == page


def test_all_words_are_there_in_both_languages() -> None:
    catalogue = read_yaml(Path(messages.__file__).with_name("messages.yaml"))
    assert catalogue.keys() == messages.CATALOGUE.codes
    assert all(entry["zh"] and entry["en"] for entry in catalogue.values())


def test_the_command_writes_the_page_beside_the_outcome(tmp_path: Path) -> None:
    path = write_outcome(an_outcome(**NOTHING), tmp_path)
    done = CliRunner().invoke(app, ["report", str(path)])
    assert done.exit_code == 0, done.output
    assert "<!doctype html>" in (tmp_path / "report.html").read_text("utf-8")
    elsewhere = tmp_path / "new" / "page.html"
    assert CliRunner().invoke(app, ["report", str(path), "--out", str(elsewhere)]).exit_code == 0
    assert elsewhere.exists()


@pytest.mark.parametrize("text", [None, "{}", "no JSON"])
def test_what_is_no_outcome_is_refused_in_a_sentence(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "outcome.json"
    if text is not None:
        path.write_text(text, "utf-8")
    done = CliRunner().invoke(app, ["report", str(path)])
    assert done.exit_code == 1
    assert "is no outcome of a drill" in done.output
    assert not (tmp_path / "report.html").exists()


def test_an_outcome_is_the_same_when_it_is_read_back(tmp_path: Path) -> None:
    made = an_outcome()
    text = write_outcome(made, tmp_path).read_text("utf-8")
    assert Outcome.model_validate_json(text) == made
    assert isinstance(made.bounds, Bounds)


def test_without_matplotlib_the_command_says_what_to_do(tmp_path: Path) -> None:
    path = write_outcome(an_outcome(**NOTHING), tmp_path)
    program = (
        "import sys\n"
        "sys.modules['matplotlib'] = None\n"  # as where it is not installed
        "from dutyclock.commands.drill import app\n"
        "app(['report', sys.argv[1]])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    assert done.returncode == 1, done.stderr
    assert "Drawing needs matplotlib" in done.stdout
    assert "Traceback" not in done.stderr
