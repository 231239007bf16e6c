"""`dutyclock clocks`: what an operator sees of the clocks."""

import asyncio
from datetime import timedelta

import nats
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from dutyclock.commands.clocks import app
from services.alerts.rules.clock_merge import clock_id_of
from shared.contracts import envelop
from shared.contracts.alerts import ClockBreached
from tests.alerts.clocks.conftest import ClockRoom
from tests.alerts.clocks.facts import NOON, start, stop
from tests.builders import A_VILLAGE

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def installation(database_url: str, nats_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NATS_URL", nats_url)
    monkeypatch.setenv("COLUMNS", "220")


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))


@pytest.mark.parametrize("columns", [30, 80, 220])
async def test_list_shows_states_places_and_how_late(
    room: ClockRoom, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    await room.absorb(
        [start(), start(subject="sample-2"), stop(NOON + timedelta(minutes=90), subject="sample-2")]
    )
    shown = await run("list", "--rule", "direct-report")
    assert shown.exit_code == 0, shown.output
    assert "breached" in shown.output
    assert "met" in shown.output
    assert "重庆市大渡口区建胜镇" in shown.output
    only = await run("list", "--state", "met", "--division", "500104")
    assert "sample-2" in only.output
    assert "sample-1" not in only.output
    none = await run("list", "--division", "500101")
    assert "没有符合条件的时钟" in none.output


async def test_nothing_is_cut_at_eighty_columns(room: ClockRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    subject = "3f2b8c1e-5a57-4d6e-9a0c-0c7f3e1d2b4a"
    await room.absorb([start(subject=subject), stop(NOON + timedelta(hours=5), subject=subject)])
    shown = await run("list")
    assert shown.exit_code == 0, shown.output
    assert "…" not in shown.output
    assert f"对象 subject {subject}" in shown.output
    assert "met-late" in shown.output
    assert all(cell_len(line) <= 80 for line in shown.output.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [("list", "--division", "1"), ("list", "--due-before", "2021-02-01"), ("watch", "--division", "1")],
)
async def test_what_cannot_be_understood_is_one_sentence(arguments: tuple[str, ...]) -> None:
    refused = await run(*arguments)
    assert refused.exit_code == 1
    assert len(refused.output.strip().splitlines()) == 1


async def test_watch_shows_what_happened_since(nats_url: str) -> None:
    event = ClockBreached(
        division=A_VILLAGE,
        occurred_at=NOON,
        recorded_at=NOON,
        clock_id=clock_id_of("direct-report", "sample-1"),
        rule="direct-report",
        clock_subject="sample-1",
        due_at=NOON,
        late_seconds=61,
    )
    envelope = envelop(event)
    client = await nats.connect(nats_url)
    await client.jetstream().publish(envelope.nats_subject(), envelope.data, headers=envelope.headers())
    await client.close()
    shown = await run("watch", "--division", "500104", "--since", "0", "--count", "1")
    assert shown.exit_code == 0, shown.output
    line = shown.output.splitlines()[-1]
    assert "clock-breached" in line
    assert "direct-report sample-1" in line
    assert "+0:01:01" in line
