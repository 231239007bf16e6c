"""Every dashboard and rule against the five processes: none is dead, and no figure is missing."""

import contextlib
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import yaml

from tests.deploy.afternoon import Afternoon
from tests.deploy.dashboards import dashboard_files, queries_of, read_dashboard, variables_of
from tests.deploy.exposition import Exposition, read_targets
from tests.deploy.expressions import DeadExpression, names_in, selectors_in, series_of
from tests.deploy.live_prometheus import (
    ALERTMANAGER,
    PROMETHEUS,
    LivePrometheus,
    live_alertmanager,
    live_prometheus,
)
from tests.deploy.programs import EXCUSE
from tests.deploy.rules import alerts, read_rules
from tests.servers import ServiceProcess
from tests.system.doors import seeded
from tests.system.platform import Platform
from tests.waiting import until

pytestmark = pytest.mark.system

T = TypeVar("T")
OURS = ("alerts_", "auditor_", "dutyclock_", "registration_", "reporting_", "testing_", "http_", "database_")
THEIRS = ("prometheus_", "alertmanager_")
HISTOGRAM_PARTS = ("_bucket", "_count", "_sum")
OFF_THE_WALL: dict[str, str] = yaml.safe_load(
    Path(__file__).with_name("off_the_wall.yaml").read_text("utf-8")
)
PATIENCE_SECONDS = 120.0
"""The clocks' gauges are taken every half minute, and a machine under load is slow."""


async def scrape(platform: Platform) -> Exposition:
    """Read /metrics of every process, without a key, as Prometheus does, and record what the rules record."""
    exported = Exposition()
    targets = read_targets()
    async with httpx.AsyncClient(timeout=10) as client:
        for name, service in platform.services.items():
            answer = await client.get(f"{service.url}/metrics")
            assert answer.status_code == 200, f"{name}: {answer.text}"
            exported.scrape(answer.text, targets[name])
    for rule in read_rules():
        if rule.is_alert:
            labels = {"alertname": rule.name, "alertstate": "firing", **rule.labels}
            exported.record("ALERTS", [labels])
        else:
            with contextlib.suppress(DeadExpression):
                exported.record(rule.name, series_of(rule.expression, exported) or [])
    return exported


@pytest.fixture
async def platform(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str, tmp_path: Path
) -> Any:
    async def start(name: str, **environment: str) -> ServiceProcess:
        return await start_service(
            name, DUTYCLOCK_WATCHED_DISKS=json.dumps({"state": str(tmp_path)}), **environment
        )

    platform = (await seeded(start, database_url, *read_targets())).platform
    yield platform
    await platform.close()


def dead_panels(exported: Exposition) -> list[str]:
    """Name each panel that could never show anything, with the reason."""
    dead: list[str] = []
    for path in dashboard_files():
        for query in queries_of(read_dashboard(path)):
            try:
                shown = series_of(query.expression, exported) or []
            except DeadExpression as problem:
                dead.append(f"{path.stem}, {query.panel}: {problem}: {query.expression}")
                continue
            unknown = query.legend_labels - {name for labels in shown for name in labels}
            if unknown:
                dead.append(
                    f"{path.stem}, {query.panel}: the legend names {sorted(unknown)}: {query.expression}"
                )
    return dead


def family_of(name: str, exported: Exposition) -> str:
    """Return the metric that a series belongs to: a histogram has three."""
    bases = (name.removesuffix(part) for part in HISTOGRAM_PARTS if name.endswith(part))
    return next((base for base in bases if base in exported.families), name)


def dead_variables(exported: Exposition) -> list[str]:
    """Name each variable of a dashboard that offers nothing to choose from."""
    return [
        f"{path.stem}: ${name}"
        for path in dashboard_files()
        for name, metric, label in variables_of(read_dashboard(path))
        if not any(label in labels for labels in exported.series[metric])
    ]


def dead_rules(exported: Exposition) -> list[str]:
    """Name each rule that reads a series which nobody exports; an alert's condition itself may be empty."""
    dead: list[str] = []
    for rule in read_rules():
        for selector in selectors_in(rule.expression):
            if selector.name is not None and selector.name.startswith(THEIRS):
                continue
            try:
                series_of(selector.prettify(), exported)
            except DeadExpression as problem:
                dead.append(f"{rule.name}: {problem}: {selector.prettify()}")
    return dead


async def silent(prometheus: LivePrometheus) -> list[str]:
    """Name what shows nothing in a Prometheus that runs: panels, recordings, and what alerts read."""
    wanted: Mapping[str, str] = {
        **{
            query.expression: f"{path.stem}, {query.panel}"
            for path in dashboard_files()
            for query in queries_of(read_dashboard(path))
        },
        **{rule.name: f"recorded {rule.name}" for rule in read_rules() if not rule.is_alert},
        **{
            selector.prettify(): f"alert {rule.name}"
            for rule in alerts()
            for selector in selectors_in(rule.expression)
        },
    }
    return [
        f"{what}: {expression}"
        for expression, what in wanted.items()
        if not await prometheus.shows(expression)
    ]


@pytest.mark.timeout(400)
async def test_no_panel_is_dead_and_no_figure_is_missing(
    platform: Platform, database_url: str, nats_url: str, tmp_path: Path
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        prometheus: LivePrometheus | None = None
        if shutil.which(PROMETHEUS) and shutil.which(ALERTMANAGER):
            configuration = tmp_path / "alertmanager.yml"
            configuration.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n", "utf-8")
            alertmanager = await stack.enter_async_context(
                live_alertmanager(tmp_path / "alertmanager", configuration)
            )
            addresses = {name: f"127.0.0.1:{one.port}" for name, one in platform.services.items()}
            prometheus = await stack.enter_async_context(
                live_prometheus(tmp_path / "prometheus", addresses, alertmanager)
            )
        await until_counters_stand(platform)
        if prometheus is not None:  # what happens before its first look is no increase
            seen = f'sum(up{{job="dutyclock"}}) == {len(platform.services)}'
            await until(lambda: prometheus.shows(seen), seconds=60, every_seconds=0.2, what="a first look")
        await Afternoon(platform, database_url, nats_url).pass_by()
        exported = await until_nothing_is_missing(
            lambda: scrape(platform),
            lambda found: dead_panels(found) + dead_variables(found) + dead_rules(found),
        )
        every_figure_is_shown(exported)
        if prometheus is None:
            pytest.skip(f"{EXCUSE}Prometheus is not installed, so only what is exported was checked")
        await until_nothing_is_missing(lambda: silent(prometheus), lambda found: found)


async def until_nothing_is_missing(
    look: Callable[[], Awaitable[T]], missing_in: Callable[[T], list[str]]
) -> T:
    """Look until nothing is missing and return what was seen; fails with what still is."""
    missing: list[str] = ["never looked"]
    seen: list[T] = []

    async def complete() -> bool:
        nonlocal missing
        seen[:] = [await look()]
        missing = missing_in(seen[0])
        return not missing

    with contextlib.suppress(AssertionError):
        await until(complete, seconds=PATIENCE_SECONDS, every_seconds=0.5)
    assert not missing, "\n".join(missing)
    return seen[0]


def every_figure_is_shown(exported: Exposition) -> None:
    """Fail for a metric of ours that is on no dashboard, in no rule and not excused."""
    shown = {
        family_of(name, exported)
        for expression in (
            *(query.expression for path in dashboard_files() for query in queries_of(read_dashboard(path))),
            *(rule.expression for rule in read_rules()),
        )
        for name in names_in(expression)
    }
    ours = {name for name in exported.families if name.startswith(OURS)}
    assert ours - shown - OFF_THE_WALL.keys() == set(), "on no dashboard and not in off_the_wall.yaml"
    assert OFF_THE_WALL.keys() - ours == set(), "in off_the_wall.yaml and not exported"
    assert OFF_THE_WALL.keys() & shown == set(), "in off_the_wall.yaml and shown"


async def until_counters_stand(platform: Platform) -> None:
    """Wait until what must never be missed is there at zero: `increase` does not see a series born at 1."""
    wanted = [
        'sum(alerts_clock_steps_fired_total{kind="breach"})',
        'sum(alerts_clocks_breached_total{rule="direct-report", district="500104"})',
        'sum(alerts_clocks_closed_total{rule="direct-report", state="met-late"})',
        'sum(alerts_pages_total{occasion="breach"})',
        'sum(alerts_pages_delivered_total{state="exhausted"})',
        'sum(dutyclock_messages_consumed_total{outcome="dead-letter"})',
        'sum(dutyclock_messages_redelivered_total{process="alerts"})',
    ]

    async def there() -> bool:
        exported = await scrape(platform)
        return all(_is_there(expression, exported) for expression in wanted)

    await until(there, seconds=60, every_seconds=0.5, what="the counters at zero")


def _is_there(expression: str, exported: Exposition) -> bool:
    with contextlib.suppress(DeadExpression):
        return bool(series_of(expression, exported))
    return False


def test_a_dead_expression_is_told() -> None:
    """The judge itself: what it would not notice, nobody would."""
    exported = Exposition()
    target = read_targets()["alerts"]
    exported.scrape(
        '# TYPE a gauge\na{x="1"} 1\n# TYPE h histogram\nh_bucket{le="1.0"} 0\nh_count 0\nh_sum 0\n', target
    )
    assert series_of("sum by (x) (rate(a[1m])) > 0", exported) == [{"x": "1"}]
    assert series_of("sum(up) or vector(0)", exported) == [{}]
    assert series_of("histogram_quantile(0.9, sum by (le) (rate(h_bucket[1m])))", exported) == [{}]
    for expression in (
        "sum(b)",
        'a{x="2"}',
        "sum by (y) (a)",
        "sum(b) or vector(0)",
        "histogram_quantile(0.9, sum(rate(h_bucket[1m])))",
        'sum(rate(h_bucket{le="7200.0"}[1m])) / sum(rate(h_count[1m]))',
    ):
        with pytest.raises(DeadExpression):
            series_of(expression, exported)
