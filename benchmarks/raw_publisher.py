"""What the bus itself can do: frames encoded beforehand, written to the socket batch after batch."""

import json
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from shared.contracts import Envelope

BATCH_SIZE = 1000
UNDER_WAY = 2
"""Batches that have not been answered yet; a third one is no faster."""

_REPLY = re.compile(rb"MSG \S+ \S+ (?:\S+ )?(\d+)\r\n")


@dataclass(frozen=True, slots=True)
class Publication:
    """Batches as bytes, ready to be written."""

    batches: Sequence[bytes]
    messages: int


def encode(envelopes: Sequence[Envelope], reply: str = "raw.reply") -> Publication:
    """Return the envelopes as atomic batches in NATS' own protocol; only the commit asks for an answer."""
    batches: list[bytes] = []
    for start in range(0, len(envelopes), BATCH_SIZE):
        part = envelopes[start : start + BATCH_SIZE]
        frames: list[bytes] = []
        for sequence, envelope in enumerate(part, start=1):
            headers = {
                **envelope.headers(),
                "Nats-Batch-Id": str(part[0].id),
                "Nats-Batch-Sequence": str(sequence),
            }
            if sequence == len(part):
                headers["Nats-Batch-Commit"] = "1"
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            head = f"NATS/1.0\r\n{lines}\r\n".encode()
            to = f"{reply} " if sequence == len(part) else ""
            size = len(head) + len(envelope.data)
            command = f"HPUB {envelope.nats_subject()} {to}{len(head)} {size}\r\n".encode()
            frames.append(command + head + envelope.data + b"\r\n")
        batches.append(b"".join(frames))
    return Publication(batches, len(envelopes))


def publish(url: str, publication: Publication, reply: str = "raw.reply") -> float:
    """Publish on a connection of its own and return messages per second; blocks.

    Raises RuntimeError when a batch was refused.
    """
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 4222), timeout=30) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.recv(65_536)
        options = {
            "user": unquote(parts.username or ""),
            "pass": unquote(parts.password or ""),
            "verbose": False,
            "pedantic": False,
            "headers": True,
            "no_responders": True,
        }
        link.sendall(f"CONNECT {json.dumps(options)}\r\nSUB {reply} 1\r\n".encode())
        answers = _Answers(link)
        started = time.perf_counter()
        for number, batch in enumerate(publication.batches):
            link.sendall(batch)
            answers.wait_for(number + 1 - (UNDER_WAY - 1))
        answers.wait_for(len(publication.batches))
        return publication.messages / (time.perf_counter() - started)


class _Answers:
    """Counts JetStream's acknowledgements on a connection."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._buffer = b""
        self._count = 0

    def wait_for(self, count: int) -> None:
        while self._count < count:
            self._buffer += self._link.recv(65_536)
            if self._buffer.startswith(b"PING\r\n"):
                self._link.sendall(b"PONG\r\n")
            while found := _REPLY.search(self._buffer):
                end = found.end() + int(found[1])
                if len(self._buffer) < end + 2:
                    break
                answer = json.loads(self._buffer[found.end() : end])
                self._buffer = self._buffer[end + 2 :]
                if "error" in answer:
                    raise RuntimeError(f"JetStream refused a batch: {answer['error']}")
                self._count += 1
