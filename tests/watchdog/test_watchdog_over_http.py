"""The watchdog on a real port with a real gateway behind it: alerts are passed on, silence is noticed."""

import base64
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from dutyclock.__main__ import app
from dutyclock.watchdog.channels import Channels
from dutyclock.watchdog.door import Patience, Watchdog, build_door
from dutyclock.watchdog.heartbeats import Heartbeats
from services.auditor.gateways.heartbeat import beat
from tests.fakes.sms_gateway import REFUSES, SmsGateway, running_gateway
from tests.http.application import serving
from tests.waiting import until

TOKEN = "a-token-of-the-tests"  # of the tests
HEADERS = {"authorization": f"Bearer {TOKEN}"}
EAGER = Patience(silent_after=0.3, repeat_after=3600.0, look_every=0.05)
PATIENT = Patience(silent_after=3600.0, repeat_after=3600.0, look_every=0.05)


@asynccontextmanager
async def running(
    gateway: SmsGateway, *numbers: str, patience: Patience = PATIENT
) -> AsyncGenerator[httpx.AsyncClient, None]:
    channels = Channels([gateway.url(number) for number in numbers])
    watchdog = Watchdog(channels, Heartbeats(["monitoring"], time.monotonic()), patience)
    async with (
        serving(build_door(watchdog, TOKEN)) as url,
        httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=30) as client,
    ):
        yield client


def a_notification(*alerts: tuple[str, str]) -> dict[str, Any]:
    return {
        "version": "4",
        "status": "firing",
        "alerts": [
            {
                "status": status,
                "labels": {"alertname": name, "severity": "page"},
                "annotations": {"summary": "摘要 summary", "runbook": "docs/runbooks/x.md"},
            }
            for name, status in alerts
        ],
    }


async def test_alerts_are_passed_on_with_their_runbooks_what_fires_first() -> None:
    async with running_gateway() as gateway, running(gateway, "1", "2") as client:
        told = a_notification(("OutboxOld", "resolved"), ("EngineLate", "firing"))
        answer = await client.post("/alerts", json=told)
        assert (answer.status_code, answer.json()) == (200, {"passed_on": 2})
        for number in ("1", "2"):
            (message,) = gateway.to(number)
            assert message.title == "【系统告警】1 项触发，1 项恢复 / 1 alerts fire, 1 are over"
            first, second = message.body.splitlines()
            assert first == "▲ EngineLate（page）摘要 summary docs/runbooks/x.md"
            assert second == "✓ OutboxOld 已恢复 / OutboxOld is over"


async def test_one_gateway_that_is_down_silences_no_other() -> None:
    async with running_gateway() as gateway, running(gateway, "1", "2") as client:
        gateway.behave("1", REFUSES)
        assert (await client.post("/alerts", json=a_notification(("A", "firing")))).status_code == 200
        gateway.behave("2", REFUSES)
        assert (await client.post("/alerts", json=a_notification(("A", "firing")))).status_code == 503


async def test_a_long_list_is_cut_and_counted() -> None:
    async with running_gateway() as gateway, running(gateway, "1") as client:
        told = a_notification(*[(f"A{number}", "firing") for number in range(25)])
        assert (await client.post("/alerts", json=told)).status_code == 200
        (message,) = gateway.to("1")
        assert message.body.splitlines()[-2:] == ["另有 5 项。", "5 more."]


async def test_nobody_is_heard_without_the_token_and_nothing_bad_is_an_error_of_ours() -> None:
    async with running_gateway() as gateway, running(gateway, "1") as client:
        for credential in ("", "Bearer wrong", "Basic !"):
            headers = {"authorization": credential}
            for path in ("/alerts", "/heartbeats/monitoring"):
                refused = await client.post(path, json=a_notification(("A", "firing")), headers=headers)
                assert refused.status_code == 401, (headers, path)
        for body in (b"", b"{}", b"\xff", b'{"version": "5", "alerts": [{"status": "firing"}]}', b"[1]"):
            assert (await client.post("/alerts", content=body)).status_code == 422, body
        assert (await client.post("/heartbeats/somebody")).status_code == 404
        assert (await client.get("/health", headers={"authorization": ""})).status_code == 200
        assert gateway.received == []


async def test_silence_is_noticed_and_so_is_the_return() -> None:
    async with running_gateway() as gateway, running(gateway, "1", patience=EAGER) as client:
        await until(lambda: gateway.to("1"), what="a message about the silence")
        assert gateway.to("1")[0].title.startswith("【监控】心跳停止：monitoring / ")

        async def back() -> bool:
            assert (await client.post("/heartbeats/monitoring")).status_code == 204
            return any("心跳恢复" in message.title for message in gateway.to("1"))

        await until(back, every_seconds=0.05, what="a message about the return")


async def test_the_auditors_heartbeat_is_felt() -> None:
    async with running_gateway() as gateway, running(gateway, "1") as client:
        port = client.base_url.port
        assert await beat(f"http://auditor:{TOKEN}@127.0.0.1:{port}/heartbeats/monitoring")
        assert not await beat(f"http://127.0.0.1:{port}/heartbeats/monitoring")
        basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
        answer = await client.post("/heartbeats/monitoring", headers={"authorization": f"Basic {basic}"})
        assert answer.status_code == 204


@pytest.mark.parametrize(
    ("channels", "token", "reason"),
    [
        (None, "x" * 16, "cannot be read"),
        ("# none\n\n", "x" * 16, "names no channel"),
        ("log:\nnonsense\n", "x" * 16, "Line 2"),
        ("log:\n", "short", "holds no token"),
    ],
)
def test_what_cannot_start_says_why(tmp_path: Path, channels: str | None, token: str, reason: str) -> None:
    if channels is not None:
        (tmp_path / "channels").write_text(channels, "utf-8")
    (tmp_path / "token").write_text(token, "utf-8")
    files = ["--channels", str(tmp_path / "channels"), "--token", str(tmp_path / "token")]
    done = CliRunner().invoke(app, ["watchdog", *files])
    assert done.exit_code == 1
    assert reason in done.stderr
