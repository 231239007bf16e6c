"""Messages that nobody can handle: put aside with field and reason, acknowledged, in nobody's way."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from dutyclock.commands.dead_letters import replayed_headers
from dutyclock.services import PROJECT
from shared import outbox
from shared.clock import SHANGHAI
from shared.contracts import Envelope, envelop
from shared.contracts.testing import SamplePositive
from shared.errors import InvalidInput
from shared.postgres import Database
from shared.refusals import storable
from shared.relay import Relay
from tests.bus.post import NOW, SUBJECT, Post, a_positive, listening
from tests.waiting import until


def good() -> Envelope:
    return envelop(a_positive())


def headers(**changes: str | None) -> dict[str, str]:
    """The headers of a good message with some changed, or left out where None."""
    changed = {**good().headers(), **{name.replace("_", "-"): value for name, value in changes.items()}}
    return {name: value for name, value in changed.items() if value is not None}


def body(**changes: Any) -> bytes:
    return json.dumps({**json.loads(good().data), **changes}).encode()


MEGABYTES = b'{"tube_code": "' + b"x" * 7_000_000 + b'"}'

POISON: Mapping[str, tuple[dict[str, str] | None, bytes, str, str]] = {
    "no CloudEvent at all": (None, b"hello", "ce-specversion", "header is missing"),
    "another CloudEvents version": (headers(ce_specversion="0.3"), body(), "ce-specversion", "1.0 expected"),
    "no type": (headers(ce_type=None), body(), "ce-type", "header is missing"),
    "an unknown type": (headers(ce_type="testing.guess"), body(), "ce-type", "unknown type 'testing.guess'"),
    "an id that is none": (headers(ce_id="7"), body(), "ce-id", "a UUID is expected"),
    "another data version": (headers(ce_dataversion="9"), body(), "ce-dataversion", "1 expected, '9' found"),
    "no UTF-8": (headers(), b'{"tube_code": "\xff\xfe"}', "data", "no UTF-8 at byte 15"),
    "broken JSON": (headers(), b'{"tube_code": ', "data", "no JSON"),
    "no object": (headers(), b"[1, 2]", "", "should be an object"),
    "an empty body": (headers(), b"", "data", "no JSON"),
    "a missing field": (headers(), body(institution=None), "institution", "valid string"),
    "a naive time": (headers(), body(occurred_at="2021-02-01T09:00:00"), "occurred_at", "timezone"),
    "an impossible division": (headers(), body(division="12"), "division", "pattern"),
    "NUL in the body's text": (headers(), body(tube_code="a\x00b"), "tube_code", "U+0000"),
    "NUL in a header": (headers(ce_type="a\x00b"), body(), "ce-type", "unknown type 'a\\x00b'"),
    "seven megabytes": (headers(), MEGABYTES, "division", "Field required"),
    "very deep JSON": (headers(), b"[" * 100_000, "data", "no JSON"),
}

RAW: Mapping[str, tuple[bytes, bytes]] = {
    "a subject that is no UTF-8": (SUBJECT.encode()[:-3] + b"\xff\xfe", b"NATS/1.0\r\na: b\r\n\r\n"),
    "a status line that is no UTF-8": (SUBJECT.encode(), b"NATS/1.0 \xff\xff\xff\r\n\r\n"),
    "a status line": (SUBJECT.encode(), b"NATS/1.0 404 Not Found\r\n\r\n"),
    "a header that is no UTF-8": (SUBJECT.encode(), b"NATS/1.0\r\nce-id: a\xffb\r\n\r\n"),
    "a header without a colon": (SUBJECT.encode(), b"NATS/1.0\r\ngarbage\r\n\r\n"),
    "headers without a line": (SUBJECT.encode(), b"NATS/1.0"),
}


@pytest.fixture
async def post(nats_url: str, database_url: str) -> AsyncIterator[Post]:
    async with listening(nats_url, database_url) as post:
        yield post


@pytest.mark.parametrize("name", POISON)
async def test_poison_is_put_aside_with_field_and_reason_and_the_next_is_handled(
    post: Post, name: str
) -> None:
    poison_headers, poison_body, field, reason = POISON[name]
    await post.publish_raw(poison_headers, poison_body)
    positive = a_positive()
    await post.say(positive)
    (letter,) = await post.until_dead(1)
    await post.until_quiet()
    problems = {problem["field"]: problem["reason"] for problem in letter["problems"]}
    assert reason in problems[field]
    assert letter["reason"]
    assert bytes(letter["body"]) == poison_body
    assert letter["subject"] == SUBJECT
    assert post.handled == [positive.sample_id]
    assert len(post.calls) == 1, "no handler ever sees it"


@pytest.mark.parametrize("name", RAW)
async def test_bytes_that_the_server_lets_pass_do_not_silence_a_consumer(post: Post, name: str) -> None:
    """The client library would stop reading for good at some of them."""
    subject, raw_headers = RAW[name]
    client: Any = post.bus.client
    size = len(raw_headers)
    command = b"HPUB %s %d %d\r\n%sx\r\n" % (subject, size, size + 1, raw_headers)
    await client._send_command(command)
    await client.flush()
    positive = a_positive()
    await post.say(positive)
    (letter,) = await post.until_dead(1)
    await post.until_quiet()
    assert [problem["field"] for problem in letter["problems"]] == ["ce-specversion"]
    assert post.handled == [positive.sample_id]


async def test_a_hundred_poisonous_messages_leave_the_good_ones_between_them_alone(post: Post) -> None:
    positives = [a_positive(tube_code=f"P-{number}") for number in range(100)]
    for positive in positives:
        await post.publish_raw(headers(ce_type="testing.guess"), b"{}")
        await post.say(positive)
    assert len(await post.until_dead(100)) == 100
    await post.until_quiet()
    assert set(post.handled) == {positive.sample_id for positive in positives}


async def command(database_url: str, nats_url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "DATABASE_URL": database_url, "NATS_URL": nats_url, "COLUMNS": "240"}

    def run() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "dutyclock", "dead-letters", *arguments],
            env=environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return await asyncio.to_thread(run)


async def test_dead_letters_are_listed_shown_and_replayed(database_url: str, nats_url: str) -> None:
    mended = False

    async def refuse_until_mended(_: SamplePositive, __: int) -> None:
        if not mended:
            raise InvalidInput("The institution is not on the list yet.")

    async with listening(nats_url, database_url, refuse_until_mended) as post:
        # By way of the outbox, in a batch, as events really travel.
        events = [envelop(a_positive(tube_code=f"P-{number}")) for number in range(3)]
        testing = await Database.open(database_url, "testing", size=2)
        async with testing.transaction() as connection:
            await outbox.put(connection, events, now=NOW)
        await Relay(testing, post.jetstream).drain()
        await testing.close()
        letters = await post.until_dead(3)

        listed = await command(database_url, nats_url, "list")
        assert listed.returncode == 0, listed.stderr
        assert listed.stdout.count("The institution is not on the list yet.") == 3
        shown = await command(database_url, nats_url, "show", "reporting", str(letters[0]["id"]))
        document = json.loads(shown.stdout)
        put_aside_at = letters[0]["put_aside_at"].astimezone(SHANGHAI)
        assert f"{put_aside_at:%m-%d %H:%M:%S}" in listed.stdout
        assert "原因" in listed.stdout
        assert document["put_aside_at"] == put_aside_at.isoformat()
        event = next(event for event in events if str(event.id) == document["headers"]["ce-id"])
        assert json.loads(document["body"]) == json.loads(event.data)
        assert "Nats-Batch-Id" in document["headers"], "it came in a batch"

        mended = True
        one = await command(database_url, nats_url, "replay", "reporting", str(letters[0]["id"]))
        assert (one.returncode, one.stdout.strip()[-1]) == (0, "1"), one.stderr
        await until(lambda: len(post.handled) == 1)
        rest = await command(database_url, nats_url, "replay", "reporting")
        assert (rest.returncode, rest.stdout.strip()[-1]) == (0, "2"), rest.stderr
        await until(lambda: len(post.handled) == 3)
        await post.until_quiet()
        assert len(await post.dead_letters()) == 3, "nothing was put aside again"
        assert "institution" not in (await command(database_url, nats_url, "list")).stdout
        assert "institution" in (await command(database_url, nats_url, "list", "--all")).stdout


async def test_commands_on_what_is_not_there_answer_with_a_sentence(database_url: str, nats_url: str) -> None:
    missing = await command(database_url, nats_url, "show", "reporting", "77")
    assert (missing.returncode, missing.stderr.strip()) == (
        1,
        "reporting 没有编号为 77 的死信。  There is no dead letter 77 of reporting.",
    )
    empty = await command(database_url, nats_url, "list")
    assert (empty.returncode, "没有待处理的死信" in empty.stdout) == (0, True)
    unknown = await command(database_url, nats_url, "replay", "nobody")
    assert unknown.returncode == 2
    away = await command(database_url, "nats://127.0.0.1:1", "replay", "reporting")
    assert (away.returncode, "The bus does not answer" in away.stderr) == (1, True)
    gone = await command("postgresql://nobody@127.0.0.1:1/none", nats_url, "list")
    assert (gone.returncode, "The database does not answer" in gone.stderr) == (1, True)


def test_a_replayed_message_keeps_nothing_of_its_first_publication() -> None:
    first = {"ce-id": "1", "Nats-Batch-Id": "x", "Nats-Batch-Commit": "1", "nats-msg-id": "1"}
    assert replayed_headers(first, "again") == {"ce-id": "1", "Nats-Msg-Id": "again"}


@pytest.mark.parametrize(
    ("text", "stored"), [("a\x00b", "a\\x00b"), ("\udcff", "\\udcff"), ("值班 ordinary", "值班 ordinary")]
)
def test_text_is_stored_as_postgresql_can_hold_it(text: str, stored: str) -> None:
    assert storable(text) == stored
