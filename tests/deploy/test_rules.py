"""The rules as files: readable, proved by promtool, in both languages, each alert with its runbook."""

import re
from collections import Counter

import promql_parser
import pytest
import yaml

from shared.settings import PROJECT
from tests.deploy.dashboards import DEPLOY
from tests.deploy.exposition import read_targets
from tests.deploy.programs import program, succeeds
from tests.deploy.rules import RULES, alerts, proofs, proved, read_rules

CHINESE, ENGLISH = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]")
SEVERITIES = {"page", "ticket", "heartbeat"}
RUNBOOKS = PROJECT / "docs" / "runbooks"
ALWAYS_FIRES = {"Watchdog"}
CONFIGURATIONS = ("prometheus.yml", "prometheus.compose.yml")


def test_every_expression_is_promql() -> None:
    for rule in read_rules():
        promql_parser.parse(rule.expression)


def test_a_recorded_name_says_level_metric_and_operation() -> None:
    for rule in read_rules():
        if not rule.is_alert:
            assert 1 <= rule.name.count(":") <= 2, rule.name


def test_each_name_stands_once() -> None:
    counted = Counter(rule.name for rule in read_rules())
    assert counted.most_common(1)[0][1] == 1


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_an_alert_says_who_is_told_and_what_to_do_in_both_languages(alert: object) -> None:
    (found,) = [one for one in alerts() if one == alert]
    assert found.labels["severity"] in SEVERITIES
    for text in (found.annotations["summary"], found.annotations["description"]):
        assert CHINESE.search(text), text
        assert ENGLISH.search(text), text
    kebab = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", found.name).lower()
    assert found.annotations["runbook"] == f"docs/runbooks/{kebab}.md"
    page = (PROJECT / found.annotations["runbook"]).read_text("utf-8")
    assert page.startswith(f"# {found.name} ")
    for heading in ("What it means", "Who is hurt", "Look first", "What mends it", "When it is over"):
        assert f" {heading}\n" in page, heading


def test_every_runbook_belongs_to_an_alert_and_is_listed() -> None:
    pages = {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"}
    assert pages == {alert.annotations["runbook"].rpartition("/")[2] for alert in alerts()}
    listed = dict(
        re.findall(
            r"^\| \[(\w+)\]\([\w-]+\.md\) \| (\w+) \|", (RUNBOOKS / "README.md").read_text("utf-8"), re.M
        )
    )
    assert listed == {alert.name: alert.labels["severity"] for alert in alerts()}


def test_every_alert_is_proved_to_fire_and_to_be_silent() -> None:
    found = set(proved())
    missing = [
        (alert.name, fires)
        for alert in alerts()
        for fires in ((True,) if alert.name in ALWAYS_FIRES else (True, False))
        if (alert.name, fires) not in found
    ]
    assert missing == []
    assert {name for name, _ in found} <= {alert.name for alert in alerts()}


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_prometheus_reads_its_configuration(configuration: str) -> None:
    succeeds(program("promtool"), "check", "config", DEPLOY / "prometheus" / configuration)


@pytest.mark.parametrize("path", proofs(), ids=lambda path: path.name)
def test_the_rules_hold_what_promtool_is_told_of_them(path: object) -> None:
    succeeds(program("promtool"), "test", "rules", str(path))


def test_every_rule_file_is_proved() -> None:
    assert [path.name.replace(".test.yml", "") for path in proofs()] == sorted(
        path.stem for path in RULES.glob("*.yml")
    )


def test_containers_are_scraped_like_the_processes_of_this_machine() -> None:
    configuration = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.compose.yml").read_text("utf-8"))
    (job,) = [job for job in configuration["scrape_configs"] if job["job_name"] == "dutyclock"]
    found = {entry["names"][0]: entry["port"] for entry in job["dns_sd_configs"]}
    assert found == {name: int(target.address.rpartition(":")[2]) for name, target in read_targets().items()}
