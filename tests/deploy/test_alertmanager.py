"""Alertmanager as it is shipped: who is told of what, and a real one that pages the IT duty once."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from dutyclock.watchdog.channels import Channels
from dutyclock.watchdog.door import Watchdog, build_door
from dutyclock.watchdog.heartbeats import Heartbeats
from tests.deploy.dashboards import DEPLOY
from tests.deploy.live_prometheus import ALERTMANAGER, live_alertmanager
from tests.deploy.programs import program, succeeds
from tests.deploy.rules import alerts
from tests.fakes.sms_gateway import SmsGateway, running_gateway
from tests.http.application import serving
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.waiting import until

FOLDER = DEPLOY / "alertmanager"
TOKEN = "a-token-of-the-tests"  # of the tests
DISTRICT = "500104"


def read(name: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


def test_containers_differ_in_addresses_and_speak_tls() -> None:
    written = (FOLDER / "alertmanager.compose.yml").read_text("utf-8")
    for host, port in (("alerts", 8103), ("watchdog", 8106)):
        written = written.replace(f"https://{host}:{port}", f"http://127.0.0.1:{port}")
    of_containers = yaml.safe_load(written.replace("file: /run/secrets/", "file: secrets/"))
    for receiver in of_containers["receivers"]:
        for webhook in receiver["webhook_configs"]:
            assert webhook["http_config"].pop("tls_config") == {"ca_file": "secrets/ca.crt"}
    assert of_containers == read("alertmanager.yml")


@pytest.mark.parametrize("name", ["alertmanager.yml", "alertmanager.compose.yml"])
def test_alertmanager_reads_its_configuration(name: str) -> None:
    succeeds(program("amtool"), "check-config", FOLDER / name)


@pytest.mark.parametrize(
    ("severity", "receivers"),
    [
        ("page", "it-duty,watchdog"),
        ("ticket", "watchdog"),
        ("heartbeat", "heartbeat"),
        ("unheard-of", "watchdog"),
    ],
)
def test_each_severity_reaches_whom_it_should(severity: str, receivers: str) -> None:
    succeeds(
        *(program("amtool"), "config", "routes", "test", f"--verify.receivers={receivers}"),
        *(f"--config.file={FOLDER / 'alertmanager.yml'}", "alertname=Any", f"severity={severity}"),
    )


def test_inhibitions_name_alerts_that_there_are() -> None:
    known = {alert.name for alert in alerts()}
    for rule in read("alertmanager.yml")["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            label, _, value = matcher.replace("=~", "=").partition("=")
            if label.strip() == "alertname":
                assert set(value.strip().strip('"').split("|")) <= known, matcher


def fast(folder: Path, alerts_url: str, watchdog_url: str, key: str) -> Path:
    """The shipped configuration with addresses and secrets of this test, and no time lost in grouping."""
    text = (FOLDER / "alertmanager.yml").read_text("utf-8")
    text = text.replace("http://127.0.0.1:8103", alerts_url).replace("http://127.0.0.1:8106", watchdog_url)
    text = text.replace("group_wait: 10s", "group_wait: 0s").replace(
        "group_interval: 1m", "group_interval: 1s"
    )
    text = text.replace("repeat_interval: 4h", "repeat_interval: 1s")
    folder.mkdir()
    (folder / "secrets").mkdir()
    (folder / "secrets" / "system-alerts-key").write_text(key, "utf-8")
    (folder / "secrets" / "watchdog-token").write_text(TOKEN, "utf-8")
    path = folder / "alertmanager.yml"
    path.write_text(text, "utf-8")
    return path


def fired(name: str, severity: str, *, over: bool = False) -> dict[str, Any]:
    begun = datetime.now(UTC) - timedelta(minutes=1)
    ends = begun + timedelta(seconds=50) if over else begun + timedelta(hours=1)
    return {
        "labels": {"alertname": name, "severity": severity, "process": "testing"},
        "annotations": {"summary": "摘要 summary", "runbook": "docs/runbooks/x.md"},
        "startsAt": begun.isoformat(),
        "endsAt": ends.isoformat(),
    }


class Alerting:
    """The alerts service, a watchdog with a gateway, two Alertmanagers that do not know each other."""

    def __init__(self, alerts: httpx.AsyncClient, gateway: SmsGateway, managers: list[str]) -> None:
        self.alerts = alerts
        self.gateway = gateway
        self._managers = managers

    async def tell(self, *told: dict[str, Any]) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            for address in self._managers:
                answer = await client.post(f"http://{address}/api/v2/alerts", json=list(told))
                assert answer.is_success, answer.text

    async def figure(self, verdict: str) -> float:
        text = (await self.alerts.get("/metrics")).text
        (line,) = [one for one in text.splitlines() if f'system_alerts_total{{verdict="{verdict}"}}' in one]
        return float(line.rpartition(" ")[2])

    async def items(self, path: str) -> list[dict[str, Any]]:
        answer = await self.alerts.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]


async def on_duty(alerts: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    answer = await alerts.post(
        "/v1/duty",
        json={
            "people": [{"id": "it", "name": "信息员", "division": DISTRICT, "channels": ["log:"]}],
            "shifts": [
                {
                    "post": "it-officer",
                    "division": DISTRICT,
                    "person": "it",
                    "from": (now - timedelta(hours=1)).isoformat(),
                    "until": (now + timedelta(days=1)).isoformat(),
                }
            ],
        },
    )
    assert answer.json()["refused"] == 0, answer.text


@pytest.mark.system
@pytest.mark.timeout(240)
async def test_two_alertmanagers_page_the_it_duty_once_and_tell_the_watchdog(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str, tmp_path: Path
) -> None:
    program(ALERTMANAGER)
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(running_gateway())
        heartbeats = Heartbeats(["monitoring"], time.monotonic())
        watchdog_url = await stack.enter_async_context(
            serving(build_door(Watchdog(Channels([gateway.url("1")]), heartbeats), TOKEN))
        )
        service = await start_service("alerts")
        key = await a_key(database_url, DISTRICT, "system-alerts:write")
        configuration = fast(tmp_path / "shipped", service.url, watchdog_url, key)
        managers = [
            await stack.enter_async_context(live_alertmanager(tmp_path / f"manager-{number}", configuration))
            for number in (1, 2)
        ]
        headers = {"authorization": f"Bearer {await a_key(database_url, DISTRICT)}"}
        alerts = await stack.enter_async_context(
            httpx.AsyncClient(base_url=service.url, headers=headers, timeout=30)
        )
        await on_duty(alerts)
        await an_alert_and_its_end(Alerting(alerts, gateway, managers), heartbeats)


async def an_alert_and_its_end(alerting: Alerting, heartbeats: Heartbeats) -> None:
    (heartbeat,) = heartbeats.all()
    begun_at = heartbeat.last_at
    page, ticket = fired("OutboxOld", "page"), fired("HttpSlow", "ticket")
    await alerting.tell(page, ticket, fired("Watchdog", "heartbeat"))

    async def repeated() -> bool:
        return await alerting.figure("repeated") >= 3

    await until(repeated, seconds=60, every_seconds=0.2, what="repetitions by both")
    assert await alerting.figure("raised") == 1
    assert await alerting.figure("refused") == 0
    clocks = await alerting.items("/v1/clocks?rule=system-alert")
    assert [clock["subject"].partition(":")[0] for clock in clocks] == ["OutboxOld"]

    async def paged() -> bool:
        return any(one["delivery"] == "accepted" for one in await alerting.items("/v1/pages"))

    await until(paged, seconds=60, every_seconds=0.2, what="a page")
    assert len(await alerting.items("/v1/pages")) == 1
    for name in ("OutboxOld", "HttpSlow"):
        await until(
            lambda name=name: any(name in message.body for message in alerting.gateway.to("1")),
            seconds=60,
            what=f"{name} by the other path",
        )
    await until(lambda: heartbeat.last_at > begun_at, seconds=60, what="the heartbeat")
    await alerting.tell({**page, "endsAt": datetime.now(UTC).isoformat()})

    async def over() -> bool:
        clocks = await alerting.items("/v1/clocks?rule=system-alert")
        return [clock["state"] for clock in clocks] == ["met"]

    await until(over, seconds=60, every_seconds=0.2, what="the end of the clock")
    assert len(await alerting.items("/v1/pages")) == 1
