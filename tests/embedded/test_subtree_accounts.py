"""An account of the bus for another system hears its own subtree and reaches no further."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import nats.errors
import nats.js.errors
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig
from typer.testing import CliRunner

from dutyclock.commands.bus import app
from dutyclock.embedded.nats import EmbeddedNats
from dutyclock.services import SERVICES
from shared.jetstream import ensure_streams
from tests.waiting import until

OURS = "testing.sample-positive.50.0104.102.001"
THEIRS = "testing.sample-positive.50.0105.001.001"


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    server = EmbeddedNats(tmp_path, services=SERVICES)
    await server.start()
    client = await nats.connect(server.url)
    await ensure_streams(client.jetstream())
    await client.close()
    yield server
    await server.stop()


def run(state: Path, *words: str) -> str:
    outcome = CliRunner().invoke(app, [*words, "--state", str(state)])
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout.strip().splitlines()[-1] if outcome.stdout.strip() else ""


async def connect(url: str) -> Client:
    """Connect as soon as the server has read its settings again."""

    async def connected() -> Client | None:
        try:
            return await nats.connect(url, allow_reconnect=False)
        except (nats.errors.Error, OSError):
            return None

    return await until(connected, what="the account")


async def tell(bus: EmbeddedNats, *subjects: str) -> None:
    service = await nats.connect(bus.url_for("testing"))
    for subject in subjects:
        await service.jetstream().publish(subject, b"{}")
    await service.close()


async def test_it_keeps_what_its_subtree_hears_and_nothing_else(bus: EmbeddedNats, tmp_path: Path) -> None:
    district = await connect(run(tmp_path, "grant", "500104"))
    own = district.jetstream()
    await own.add_stream(StreamConfig(name="HEARD", subjects=["testing.*.50.0104.>"]))
    await district.close()
    await tell(bus, THEIRS, OURS, OURS, THEIRS)
    district = await connect(run(tmp_path, "grant", "500104"))

    async def kept() -> bool:
        return (await district.jetstream().stream_info("HEARD")).state.messages == 2

    await until(kept, what="two events, kept while nobody listened")
    await district.close()


async def test_it_reaches_neither_our_streams_nor_our_subjects(bus: EmbeddedNats, tmp_path: Path) -> None:
    district = await connect(run(tmp_path, "grant", "500104"))
    with pytest.raises(nats.js.errors.NotFoundError):
        await district.jetstream().stream_info("TESTING")
    heard = await district.subscribe(">")
    await district.publish(OURS, b"forged")
    await district.flush()
    assert (await heard.next_msg(timeout=5)).data == b"forged", "it hears itself"
    await tell(bus, THEIRS, OURS)
    assert (await heard.next_msg(timeout=5)).subject == OURS
    await district.close()
    house = await nats.connect(bus.url)
    assert (await house.jetstream().stream_info("TESTING")).state.messages == 2
    await house.close()


async def test_accounts_do_not_see_each_other_and_end_when_they_are_taken_away(
    bus: EmbeddedNats, tmp_path: Path
) -> None:
    ended = asyncio.Event()

    async def note_end() -> None:
        ended.set()

    url = run(tmp_path, "grant", "500104")
    (await connect(run(tmp_path, "grant", "500105"))).is_connected  # noqa: B018
    district = await connect(url)
    await district.close()
    district = await nats.connect(url, allow_reconnect=False, closed_cb=note_end)
    assert run(tmp_path, "list").startswith("500105")
    run(tmp_path, "revoke", "500104")
    await asyncio.wait_for(ended.wait(), 20)
    with pytest.raises((nats.errors.Error, OSError)):
        await nats.connect(url, allow_reconnect=False, max_reconnect_attempts=0)


async def test_an_account_survives_a_restart(bus: EmbeddedNats, tmp_path: Path) -> None:
    url = run(tmp_path, "grant", "500104102")
    await (await connect(url)).close()
    await bus.stop()
    await bus.start()
    await (await connect(url)).close()


def test_a_division_that_does_not_exist_gets_none(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(app, ["grant", "999999", "--state", str(tmp_path)])
    assert outcome.exit_code == 1
    assert "999999" in outcome.output
