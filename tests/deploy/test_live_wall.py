"""The duty wall against the five processes: no panel is dead, and no figure that matters is missing."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import nats
import pytest
import yaml

from tests.builders import A_VILLAGE, a_result
from tests.deploy.dashboards import dashboard_files, queries_of, read_dashboard
from tests.deploy.exposition import Exposition, read_targets
from tests.deploy.expressions import DeadExpression, names_in, series_of
from tests.servers import ServiceProcess
from tests.system.platform import Platform, a_roster, start_platform
from tests.waiting import until

pytestmark = pytest.mark.system

OURS = ("alerts_", "auditor_", "dutyclock_", "registration_", "reporting_", "testing_", "http_", "database_")
HISTOGRAM_PARTS = ("_bucket", "_count", "_sum")
OFF_THE_WALL: dict[str, str] = yaml.safe_load(
    Path(__file__).with_name("off_the_wall.yaml").read_text("utf-8")
)


async def scrape(platform: Platform) -> Exposition:
    """Read /metrics of every process, without a key, as Prometheus does."""
    exported = Exposition()
    targets = read_targets()
    async with httpx.AsyncClient(timeout=10) as client:
        for name, service in platform.services.items():
            answer = await client.get(f"{service.url}/metrics")
            assert answer.status_code == 200, f"{name}: {answer.text}"
            exported.scrape(answer.text, targets[name])
    return exported


@pytest.fixture
async def platform(start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str) -> Any:
    names = tuple(read_targets())
    platform = await start_platform(start_service, database_url, *names, rate=1.0)
    yield platform
    await platform.close()


class Afternoon:
    """What has to happen once before every figure exists."""

    def __init__(self, platform: Platform, database_url: str, nats_url: str) -> None:
        self._platform = platform
        self._database_url = database_url
        self._nats_url = nats_url

    async def pass_by(self) -> None:
        """One positive reported and reviewed in time, one late, one withdrawn; a page answered."""
        platform, now = self._platform, self._platform.clock.now()
        posts = [
            ("reporting-officer", "500104"),
            ("duty-leader", "500104102"),
            ("disease-control-officer", "500104"),
        ]
        await platform.post("alerts", "/v1/duty", a_roster(now, *posts))
        await platform.post(
            "registration",
            "/v1/returns",
            {"reference": "r-1", "division": A_VILLAGE, "arrived_at": now.isoformat(), "source": "village"},
        )
        await self._send_a_poor_message()
        in_time = await self._positive(timedelta())
        late = await self._positive(timedelta(hours=3))
        withdrawn = await self._positive(timedelta())
        await self._answer_a_page()
        for sample in (in_time, late):
            await self._report(sample)
        await self._review(in_time)
        await self._withdraw(withdrawn)
        await self._redeliver()

    async def _positive(self, age: timedelta) -> str:
        row = a_result(self._platform.clock.now() - age)
        return (await self._platform.post("testing", "/v1/results", row))["sample_id"]

    async def _case_of(self, sample: str) -> str:
        async def opened() -> str | None:
            cases = (await self._platform.get("reporting", "/v1/cases"))["items"]
            return next((case["case_id"] for case in cases if case["sample_id"] == sample), None)

        return await until(opened, seconds=20, what=f"a case of {sample}")

    async def _report(self, sample: str) -> None:
        body = {
            "classification": "confirmed",
            "institution": "500104-h01",
            "reporter": "报告员",
            "occurred_at": self._platform.clock.now().isoformat(),
        }
        await self._platform.post("reporting", f"/v1/cases/{await self._case_of(sample)}/report", body)

    async def _review(self, sample: str) -> None:
        now = self._platform.clock.now().isoformat()
        body = {
            "outcome": "approved",
            "reviewer": "审核员",
            "investigation_started_at": now,
            "occurred_at": now,
        }
        await self._platform.post("reporting", f"/v1/cases/{await self._case_of(sample)}/review", body)

    async def _withdraw(self, sample: str) -> None:
        now = self._platform.clock.now().isoformat()
        body = {"result": "negative", "reason_code": "contamination", "occurred_at": now}
        await self._platform.post("testing", f"/v1/samples/{sample}/corrections", body)

    async def _answer_a_page(self) -> None:
        async def accepted() -> Any:
            pages = (await self._platform.get("alerts", "/v1/pages"))["items"]
            return next((page for page in pages if page["delivery"] == "accepted"), None)

        page = await until(accepted, seconds=20, what="a delivered page")
        await self._platform.post("alerts", f"/v1/pages/{page['id']}/acknowledge", {})

    async def _send_a_poor_message(self) -> None:
        client = await nats.connect(self._nats_url)
        try:
            subject = "testing.sample-positive.50.0104.102.001"
            await client.jetstream().publish(subject, b"\xff", headers={"ce-id": str(uuid4())})
        finally:
            await client.close()

    async def _redeliver(self) -> None:
        """Take the table of cases away until a handler has failed on it."""
        connection = await asyncpg.connect(self._database_url)
        try:
            await connection.execute("ALTER TABLE reporting.case_file RENAME TO case_file_away")
            try:
                await self._positive(timedelta())
                await until(self._has_failed, seconds=20, what="a failed delivery")
            finally:
                await connection.execute("ALTER TABLE reporting.case_file_away RENAME TO case_file")
        finally:
            await connection.close()

    async def _has_failed(self) -> bool:
        text = (await self._platform.clients["reporting"].get("/metrics")).text
        return any('outcome="retried"' in line and not line.endswith(" 0.0") for line in text.splitlines())


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


@pytest.mark.timeout(300)
async def test_no_panel_is_dead_and_no_figure_is_missing(
    platform: Platform, database_url: str, nats_url: str
) -> None:
    await until_counters_stand(platform)
    await Afternoon(platform, database_url, nats_url).pass_by()
    dead: list[str] = ["never looked"]
    exported = Exposition()

    async def all_alive() -> bool:
        nonlocal dead, exported
        exported = await scrape(platform)
        dead = dead_panels(exported)
        return not dead

    with contextlib.suppress(AssertionError):
        await until(all_alive, seconds=30, every_seconds=0.25)
    assert not dead, "\n".join(dead)

    shown = {
        family_of(name, exported)
        for path in dashboard_files()
        for query in queries_of(read_dashboard(path))
        for name in names_in(query.expression)
    }
    ours = {name for name in exported.families if name.startswith(OURS)}
    assert ours - shown - OFF_THE_WALL.keys() == set(), "neither on the wall nor in off_the_wall.yaml"
    assert OFF_THE_WALL.keys() - ours == set(), "in off_the_wall.yaml and not exported"
    assert OFF_THE_WALL.keys() & shown == set(), "in off_the_wall.yaml and on the wall"


async def until_counters_stand(platform: Platform) -> None:
    """Wait until what must never be missed is there at zero: `increase` does not see a series born at 1."""
    wanted = [
        'sum(alerts_clock_steps_fired_total{kind="breach"})',
        'sum(alerts_clocks_closed_total{rule="direct-report", state="met-late"})',
        'sum(alerts_pages_total{occasion="breach"})',
        'sum(alerts_pages_delivered_total{state="exhausted"})',
        'sum(dutyclock_messages_consumed_total{outcome="dead-letter"})',
        'sum(dutyclock_messages_redelivered_total{process="alerts"})',
    ]

    async def there() -> bool:
        exported = await scrape(platform)
        return all(_is_there(expression, exported) for expression in wanted)

    await until(there, seconds=20, what="the counters at zero")


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
