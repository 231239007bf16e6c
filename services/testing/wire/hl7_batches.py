"""HL7 v2 in batches: FHS, BHS, many messages, BTS, FTS; taken apart, and answered in the same shape.

A file is taken apart by its lines, in bytes: each message names its own character set, and one that cannot be
read spoils no other. What stands outside of any message is answered like a message that cannot be read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

HEADS = (b"FHS", b"BHS")
MOST_MESSAGES = 500
_LINES = re.compile(rb"[\r\n]+")
_FRAME = b"\x0b\x1c \t"
"""What MLLP puts around a message, and blanks."""
_CLOSED, _CUT_OFF = "", "ends without BTS: what was to follow did not arrive"


@dataclass(slots=True)
class Batch:
    """The messages between a BHS and its BTS; both may be missing."""

    head: bytes | None = None
    messages: list[bytes] = field(default_factory=list[bytes])
    trailer: bytes | None = None

    def comment(self) -> str:
        """Return what is odd about the batch as a whole; empty when nothing is."""
        if self.head is None:
            return _CLOSED
        if self.trailer is None:
            return _CUT_OFF
        said = _field(self.trailer, 1)
        if said and said != str(len(self.messages)):
            return f"BTS-1 says {said} messages, {len(self.messages)} arrived"
        return _CLOSED


@dataclass(slots=True)
class Hl7File:
    """One body with any number of batches."""

    head: bytes | None = None
    batches: list[Batch] = field(default_factory=list[Batch])

    def count(self) -> int:
        """Return how many messages there are."""
        return sum(len(batch.messages) for batch in self.batches)


def split_file(body: bytes) -> Hl7File | None:
    """Return a body's batches, or None for a body that is a single message."""
    lines = [line for line in _LINES.split(body.strip(_FRAME + b"\r\n")) if line.strip(_FRAME)]
    starts = sum(line.startswith(b"MSH") for line in lines)
    if not lines or (not lines[0].startswith(HEADS) and starts < 2):
        return None
    splitter = _Splitter()
    for line in lines:
        splitter.take(line.strip(b"\x0b\x1c"))
    splitter.end_message()
    return splitter.file


@dataclass(slots=True)
class _Splitter:
    """Takes a file line by line; the batch and the message are those that are open."""

    file: Hl7File = field(default_factory=Hl7File)
    batch: Batch | None = None
    message: list[bytes] = field(default_factory=list[bytes])

    def take(self, line: bytes) -> None:
        """Put a line where it belongs."""
        kind = line[:3]
        if kind not in (*HEADS, b"BTS", b"FTS"):
            if kind == b"MSH":
                self.end_message()
            self.message.append(line)
            return
        self.end_message()
        if kind == b"BHS":
            self.batch = Batch(head=line)
            self.file.batches.append(self.batch)
            return
        if kind == b"FHS":
            self.file.head = self.file.head or line
        elif kind == b"BTS" and self.batch is not None:
            self.batch.trailer = line
        self.batch = None

    def end_message(self) -> None:
        """Give the open message to its batch; where no batch is open, to one without a head."""
        if not self.message:
            return
        if self.batch is None:
            self.batch = Batch()
            self.file.batches.append(self.batch)
        self.batch.messages.append(b"\r".join(self.message) + b"\r")
        self.message = []


def write_file_acknowledgement(file: Hl7File, acks: Sequence[Sequence[bytes]], *, now: str) -> bytes:
    """Return the acknowledgements of all messages in their batches, `acks` by batch and message.

    `now` is YYYYMMDDHHMMSS with an offset. A batch that lacks something says so in BTS-2.
    """
    parts: list[bytes] = []
    if file.head is not None:
        parts.append(_head_of_answer("FHS", file.head, now))
    for batch, answers in zip(file.batches, acks, strict=True):
        if batch.head is not None:
            parts.append(_head_of_answer("BHS", batch.head, now))
        parts += answers
        if batch.head is not None:
            parts.append(f"BTS|{len(answers)}|{batch.comment()}".rstrip("|").encode() + b"\r")
    if file.head is not None:
        parts.append(f"FTS|{len(file.batches)}\r".encode())
    return b"".join(parts)


def _head_of_answer(kind: str, asked: bytes, now: str) -> bytes:
    """FHS or BHS of the answer: to whoever sent the batch, by its control id (BHS-11)."""
    to = ("DUTYCLOCK", "", _field(asked, 2), _field(asked, 3), now)
    fields = (kind, "^~\\&", *to, "", "", "", "", _field(asked, 10))
    return "|".join(fields).rstrip("|").encode() + b"\r"


def _field(line: bytes, number: int) -> str:
    """A field of a line divided by its own separator, tidied to be said back; empty where there is none."""
    mark = line[3:4]
    fields = line[:2000].split(mark) if mark else []
    text = fields[number].decode("utf-8", "replace") if number < len(fields) else ""
    return re.sub(r"[\x00-\x1f\x7f|]", "", text).strip()[:199]
