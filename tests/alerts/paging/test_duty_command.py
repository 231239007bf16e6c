"""`dutyclock duty` against a running service."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dutyclock.commands.duty import app
from tests.alerts.clocks.service import CHONGQING, AlertsService, open_service
from tests.builders import A_VILLAGE, JIANSHENG
from tests.keys import a_key


@pytest.fixture
async def service(
    database_url: str, service_database_url: Callable[[str], str], nats_url: str, tmp_path: Path
) -> AsyncIterator[AlertsService]:
    async with open_service(database_url, service_database_url("alerts"), nats_url, tmp_path) as service:
        yield service


async def dutyclock(service: AlertsService, *arguments: str) -> tuple[int, str]:
    """Run the command as a person does; its exit code and what it said."""
    key = await a_key(service.database_url, CHONGQING, "duty:write", "duty:read")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dutyclock",
        "duty",
        *arguments,
        "--url",
        service.url,
        "--key",
        key,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def a_file(service: AlertsService, folder: Path, *, post: str = "duty-leader") -> Path:
    begin = service.clock.now()
    file = folder / "roster.yaml"
    file.write_text(
        f"""
people:
  - {{id: leader, name: 王某, division: {JIANSHENG}, channels: ["log:"]}}
shifts:
  - post: {post}
    division: {JIANSHENG}
    person: leader
    from: {begin.isoformat()}
    until: {(begin + timedelta(days=1)).isoformat()}
""",
        encoding="utf-8",
    )
    return file


async def test_a_file_is_loaded_and_who_is_on_duty_is_shown(service: AlertsService, tmp_path: Path) -> None:
    file = a_file(service, tmp_path)
    code, said = await dutyclock(service, "load", str(file))
    assert (code, "2 stored, 0 unchanged, 0 refused" in said) == (0, True), said
    code, said = await dutyclock(service, "load", str(file))
    assert (code, "0 stored, 2 unchanged" in said) == (0, True), said
    code, said = await dutyclock(service, "now", A_VILLAGE)
    assert (code, "王某 (leader)" in said) == (0, True), said


async def test_a_refused_row_is_named_and_ends_the_command_with_1(
    service: AlertsService, tmp_path: Path
) -> None:
    code, said = await dutyclock(service, "load", str(a_file(service, tmp_path, post="no-such-post")))
    assert code == 1
    assert "shifts.0" in said
    assert "1 stored, 0 unchanged, 1 refused" in said


async def test_what_cannot_be_read_is_one_sentence(service: AlertsService, tmp_path: Path) -> None:
    for name in ("missing.yaml", "roster.txt"):
        code, said = await dutyclock(service, "load", str(tmp_path / name))
        assert code == 1
        assert "Traceback" not in said


@pytest.mark.parametrize("key", ["", "  "])
def test_a_missing_key_is_named_as_the_trouble(key: str) -> None:
    said = CliRunner().invoke(app, ["now", A_VILLAGE, "--key", key])
    assert said.exit_code == 1
    assert "没有密钥" in said.output
    assert "DUTYCLOCK_KEY" in said.output
    assert len(said.output.strip().splitlines()) == 1
