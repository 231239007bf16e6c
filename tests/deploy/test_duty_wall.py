"""The dashboards as files: Grafana's schema, readable expressions, two languages, the law's own figures."""

import json
import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import promql_parser
import pytest
import yaml

from dutyclock.services import PROCESSES
from shared.policy import Pack, load_pack
from shared.settings import Settings
from tests.deploy.dashboards import DEPLOY, dashboard_files, panels_of, queries_of, read_dashboard
from tests.deploy.exposition import read_targets
from tests.policy.packs import PACK

SCHEMAS = Path(__file__).with_name("schemas")
PROVISIONING = DEPLOY / "grafana" / "provisioning"
CHINESE, ENGLISH = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]")
WALL = read_dashboard(DEPLOY / "grafana" / "dashboards" / "duty-wall.json")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(PACK)


def _schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text("utf-8"))


def _provisioned(folder: str, file: str) -> Any:
    return yaml.safe_load((PROVISIONING / folder / file).read_text("utf-8"))


def _panel(title: str) -> dict[str, Any]:
    (found,) = [panel for panel in panels_of(WALL) if panel["title"].endswith(title)]
    return found


@pytest.mark.parametrize("path", dashboard_files(), ids=lambda path: path.stem)
def test_a_dashboard_is_what_grafana_reads(path: Path) -> None:
    dashboard = read_dashboard(path)
    jsonschema.validate(dashboard, _schema("grafana-dashboard-v1.schema.json"))
    lines = _schema("grafana-timeseries-options.schema.json")
    for panel in panels_of(dashboard):
        # The schema allows a row or a panel at each place, so that a wrong panel is told only as neither.
        jsonschema.validate(
            panel, {**_schema("grafana-dashboard-v1.schema.json"), "$ref": "#/definitions/Panel"}
        )
        if panel["type"] == "timeseries":
            jsonschema.validate(panel["options"], lines)
    assert dashboard["uid"] == path.stem


@pytest.mark.parametrize("path", dashboard_files(), ids=lambda path: path.stem)
def test_no_two_panels_share_an_id_or_a_place(path: Path) -> None:
    panels = read_dashboard(path)["panels"]
    assert Counter(panel["id"] for panel in panels).most_common(1)[0][1] == 1
    taken: dict[tuple[int, int], str] = {}
    for panel in panels:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        for square in (
            (x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
        ):
            assert square not in taken, f"{panel['title']} lies on {taken[square]}"
            taken[square] = panel["title"]


@pytest.mark.parametrize("path", dashboard_files(), ids=lambda path: path.stem)
def test_every_title_and_description_speaks_both_languages(path: Path) -> None:
    dashboard = read_dashboard(path)
    texts = [dashboard["title"], dashboard["description"]]
    texts += [panel["title"] for panel in dashboard["panels"]]
    texts += [panel["description"] for panel in panels_of(dashboard)]
    for text in texts:
        assert CHINESE.search(text), text
        assert ENGLISH.search(text), text
    # Each title once: the tests, and people on the telephone, name a panel by it.
    assert len({panel["title"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


@pytest.mark.parametrize("path", dashboard_files(), ids=lambda path: path.stem)
def test_every_expression_is_promql(path: Path) -> None:
    queries = list(queries_of(read_dashboard(path)))
    assert queries
    for query in queries:
        assert "$" not in query.expression, f"{query.panel}: an unknown variable"
        promql_parser.parse(query.expression)


@pytest.mark.parametrize("path", dashboard_files(), ids=lambda path: path.stem)
def test_every_panel_asks_the_provisioned_source(path: Path) -> None:
    (source,) = _provisioned("datasources", "prometheus.yml")["datasources"]
    wanted = {"type": source["type"], "uid": source["uid"]}
    for panel in panels_of(read_dashboard(path)):
        assert panel["datasource"] == wanted, panel["title"]
        assert all(target["datasource"] == wanted for target in panel["targets"]), panel["title"]


def test_rates_span_at_least_four_scrapes() -> None:
    """Grafana makes $__rate_interval from the source's interval, which must be the one of the scrapes."""
    configuration = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    (source,) = _provisioned("datasources", "prometheus.yml")["datasources"]
    assert source["jsonData"]["timeInterval"] == configuration["global"]["scrape_interval"]


def test_the_dashboards_are_provisioned() -> None:
    (provider,) = _provisioned("dashboards", "dutyclock.yml")["providers"]
    assert provider["type"] == "file"
    assert provider["options"]["path"] == "$DUTYCLOCK_DASHBOARDS"


def test_every_process_is_scraped_where_it_listens() -> None:
    ports: dict[str, int] = {}
    for name in PROCESSES:
        settings: type[Settings] = import_module(f"services.{name}.config").Settings
        ports[name] = settings.model_fields["port"].default
    scraped = {name: target.address for name, target in read_targets().items()}
    assert scraped == {name: f"127.0.0.1:{port}" for name, port in ports.items()}


@pytest.mark.parametrize(
    ("panel", "rule", "metric"),
    [
        ("Time to report", "direct-report", "reporting_time_to_report_seconds"),
        ("Time to review", "review", "reporting_time_to_review_seconds"),
    ],
)
def test_the_line_stands_at_the_statutory_limit(pack: Pack, panel: str, rule: str, metric: str) -> None:
    (within,) = [clock.within for clock in pack.clocks if clock.id == rule]
    assert within is not None
    limit = within.total_seconds()
    defaults = _panel(panel)["fieldConfig"]["defaults"]
    assert defaults["custom"]["thresholdsStyle"] == {"mode": "line"}
    assert [step["value"] for step in defaults["thresholds"]["steps"]] == [None, limit]
    (share,) = [query for query in queries_of(WALL) if f"{metric}_bucket{{le=" in query.expression]
    assert f'le="{limit}"' in share.expression


def test_the_oldest_positive_turns_red_when_its_report_is_overdue(pack: Pack) -> None:
    (within,) = [clock.within for clock in pack.clocks if clock.id == "direct-report"]
    steps = _panel("Oldest positive without a report")["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert within is not None
    assert steps[-1] == {"color": "red", "value": within.total_seconds()}


def test_rules_and_posts_are_called_what_the_policy_calls_them(pack: Pack) -> None:
    rules = {clock.id: f"{clock.title.zh} {clock.title.en}" for clock in pack.clocks}
    for title in ("Running clocks by rule", "Overdue clocks by rule", "Overdue clocks over time"):
        assert _shown_names(_panel(title)) == rules
    posts = {post.id: f"{post.title.zh} {post.title.en}" for post in pack.posts}
    assert _shown_names(_panel("Least coverage of the next seven days")) == posts


@pytest.mark.parametrize("path", dashboard_files(), ids=lambda path: path.stem)
def test_a_legend_of_rules_alone_shows_what_they_are_called(pack: Pack, path: Path) -> None:
    rules = {clock.id: f"{clock.title.zh} {clock.title.en}" for clock in pack.clocks}
    for panel in panels_of(read_dashboard(path)):
        if {target["legendFormat"] for target in panel["targets"]} == {"{{rule}}"}:
            assert _shown_names(panel) == rules, panel["title"]


def _shown_names(panel: dict[str, Any]) -> dict[str, str]:
    return {
        override["matcher"]["options"]: override["properties"][0]["value"]
        for override in panel["fieldConfig"]["overrides"]
    }
