"""Backup and restore of the bus: each stream as the server's own snapshot, with the places of its consumers.

NATS has both in its API; of its programs only one brings them to the command line, and no image has that.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy

INDEX = "backup.json"
READ_AGAIN = timedelta(hours=1)
"""How long before the database was saved consumers begin to read again."""
CHUNK_BYTES = 256 * 1024
ANSWER_SECONDS = 60.0
"""A server checks a large stream before it begins to send it, and after it has taken it back."""


class UnusableBackup(Exception):
    """A folder that holds no whole backup; the message says why."""


class StreamThere(Exception):
    """The bus to be restored has a stream of that name already."""


async def back_up(client: Client, folder: Path, *, now: datetime) -> dict[str, dict[str, int]]:
    """Write all streams into a new folder and return the messages and bytes of each.

    The folder's index is written last: without it the backup is not whole. Raises FileExistsError, and
    nats-py's errors.
    """
    await asyncio.to_thread(folder.mkdir, parents=True)
    jetstream = client.jetstream(timeout=ANSWER_SECONDS)
    streams: dict[str, Any] = {}
    for info in await jetstream.streams_info():
        name = str(info.config.name)
        answer = await _save(client, name, folder / f"{name}.snapshot")
        consumers = [one.config.as_dict() for one in await _consumers(jetstream, name)]
        checksum = _checksum(folder / f"{name}.snapshot")
        streams[name] = {**answer, "consumers": consumers, "sha256": checksum}
    index = {"taken_at": now.isoformat(), "streams": streams}
    (folder / INDEX).write_text(json.dumps(index, indent=1), "utf-8")
    return {name: _figures(stream["state"]) for name, stream in streams.items()}


async def restore(client: Client, folder: Path, *, since: datetime) -> dict[str, dict[str, int]]:
    """Put all streams back on an empty bus and return the messages and bytes of each.

    Durable consumers read again from `since`: what they had handled by the time of the backup may not be in
    the database, which was saved at another moment; handled twice it does no harm. Raises UnusableBackup,
    StreamThere, and nats-py's errors.
    """
    streams = _read_index(folder)
    jetstream = client.jetstream(timeout=ANSWER_SECONDS)
    there = {str(info.config.name) for info in await jetstream.streams_info()}
    for name in streams:
        if name in there:
            raise StreamThere(name)
    for name, stream in streams.items():
        await _load(client, name, stream, folder / f"{name}.snapshot")
        for config in stream["consumers"]:
            consumer = ConsumerConfig.from_response(config)
            if consumer.durable_name is None:
                continue
            again = replace(
                consumer,
                deliver_policy=DeliverPolicy.BY_START_TIME,
                opt_start_time=since,
                opt_start_seq=None,
            )
            await jetstream.add_consumer(name, again)
    return {name: _figures(stream["state"]) for name, stream in streams.items()}


def _read_index(folder: Path) -> dict[str, Any]:
    try:
        streams: dict[str, Any] = json.loads((folder / INDEX).read_text("utf-8"))["streams"]
        for name, stream in streams.items():
            if _checksum(folder / f"{name}.snapshot") != stream["sha256"]:
                raise UnusableBackup(f"{name}.snapshot is damaged")
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UnusableBackup(f"{type(problem).__name__}: {problem}") from problem
    return streams


async def _consumers(jetstream: JetStreamContext, stream: str) -> list[Any]:
    found: list[Any] = []
    while page := await jetstream.consumers_info(stream, offset=len(found)):
        found += page
    return found


async def _save(client: Client, stream: str, path: Path) -> dict[str, Any]:
    """Write a stream's snapshot; what the server tells of it is returned: its configuration and state."""
    inbox = client.new_inbox()
    chunks: asyncio.Queue[Msg] = asyncio.Queue()
    subscription = await client.subscribe(inbox, cb=chunks.put)
    try:
        order = {"deliver_subject": inbox, "no_consumers": True, "jsck": True, "chunk_size": CHUNK_BYTES}
        answer = await _ask(client, f"$JS.API.STREAM.SNAPSHOT.{stream}", json.dumps(order).encode())
        with path.open("wb") as file:
            async for chunk in _until_empty(chunks):
                await asyncio.to_thread(file.write, chunk)
    finally:
        await subscription.unsubscribe()
    return {"config": answer["config"], "state": answer["state"]}


async def _until_empty(chunks: "asyncio.Queue[Msg]") -> AsyncGenerator[bytes]:
    """Yield what comes and acknowledge it, for the server sends no more than a few ahead of that.

    The last message is empty; a header says whether all went well.
    """
    while True:
        message = await asyncio.wait_for(chunks.get(), ANSWER_SECONDS)
        if not message.data:
            status = (message.headers or {}).get("Status", "")
            if status not in ("", "204"):
                reason = (message.headers or {}).get("Description", status)
                raise nats.errors.Error(f"the snapshot broke off: {reason}")
            return
        yield message.data
        if message.reply:
            await message.respond(b"")


async def _load(client: Client, stream: str, told: dict[str, Any], path: Path) -> None:
    order = json.dumps({"config": told["config"], "state": told["state"]}).encode()
    answer = await _ask(client, f"$JS.API.STREAM.RESTORE.{stream}", order)
    target = answer["deliver_subject"]
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            _refuse_errors((await client.request(target, chunk, timeout=ANSWER_SECONDS)).data)
    _refuse_errors((await client.request(target, b"", timeout=ANSWER_SECONDS)).data)


async def _ask(client: Client, subject: str, body: bytes) -> dict[str, Any]:
    return _refuse_errors((await client.request(subject, body, timeout=ANSWER_SECONDS)).data)


def _refuse_errors(answer: bytes) -> dict[str, Any]:
    if not answer:
        return {}
    told: dict[str, Any] = json.loads(answer)
    if "error" in told:
        raise nats.js.errors.APIError.from_error(told["error"])
    return told


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _figures(state: dict[str, Any]) -> dict[str, int]:
    return {"messages": int(state["messages"]), "bytes": int(state["bytes"])}
