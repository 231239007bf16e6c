"""What a process says whose environment cannot be used: one sentence, in both languages, without secrets."""

import os
import subprocess
import sys

import pytest

from dutyclock.services import PROCESSES, PROJECT
from shared.settings import Settings, read_settings

SECRET = "postgresql://user:very-secret@db/none"


def test_an_empty_address_is_a_missing_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    with pytest.raises(SystemExit):
        read_settings(Settings)
    assert "缺少环境变量 DATABASE_URL。" in capsys.readouterr().err


@pytest.mark.parametrize("service", PROCESSES)
def test_a_service_without_its_addresses_says_so_in_one_sentence(service: str) -> None:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "NATS_URL")
    }
    ended = subprocess.run(
        [sys.executable, "-m", f"services.{service}"],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.strip() == (
        "无法启动：缺少环境变量 DATABASE_URL, NATS_URL。  "
        "Cannot start: the environment lacks DATABASE_URL, NATS_URL."
    )


def test_an_unusable_value_is_named_by_its_variable_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", SECRET)
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("DUTYCLOCK_CLOCK_RATE", "very-secret")
    monkeypatch.setenv("DUTYCLOCK_DATABASE_POOL_SIZE", "1")
    with pytest.raises(SystemExit) as ended:
        read_settings(Settings)
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "DUTYCLOCK_CLOCK_RATE" in said
    assert "DUTYCLOCK_DATABASE_POOL_SIZE" in said
    assert "very-secret" not in said
    assert len(said.splitlines()) == 1


def test_settings_that_can_be_used_are_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", SECRET)
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    assert read_settings(Settings).database_url.get_secret_value() == SECRET
