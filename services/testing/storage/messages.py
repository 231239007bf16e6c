"""Messages of laboratories as they came, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from services.testing.storage.listing import Window
from shared.errors import FieldProblem
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "messages.sql")


class Format(StrEnum):
    """What a message is written in."""

    HL7 = "hl7"
    """HL7 v2, ORU^R01."""
    FHIR = "fhir"
    """FHIR R4: a DiagnosticReport, or a Bundle of them."""


class Outcome(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    """Kept and not judged yet."""
    TAKEN = "taken"
    PARTLY_TAKEN = "partly-taken"
    REFUSED = "refused"
    """Nothing of it could be stored."""


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message that came; `id` follows from who sent it and what it says."""

    id: UUID
    format: Format
    received_from: str
    division: str
    sampled_in: str | None
    received_at: datetime
    body_sealed: bytes | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a message, and why; counts are of its results."""

    outcome: Outcome
    control_id: str | None = None
    reason: str | None = None
    problems: tuple[FieldProblem, ...] = ()
    stored: int = 0
    duplicate: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class JudgedMessage:
    """A message on record."""

    message: MessageRecord
    judgement: Judgement
    judged_at: datetime | None

    @property
    def id(self) -> UUID:
        """The message's id."""
        return self.message.id

    @property
    def division(self) -> str:
        """The subtree of the key that sent it."""
        return self.message.division


def _judged(row: Record) -> JudgedMessage:
    message = MessageRecord(
        row["message_id"],
        Format(row["format"]),
        row["received_from"],
        row["division"],
        row["sampled_in"],
        row["received_at"],
        row["body_sealed"],
    )
    judgement = Judgement(
        Outcome(row["outcome"]),
        row["control_id"],
        row["reason"],
        tuple(FieldProblem(one["field"], one["reason"]) for one in row["problems"]),
        row["stored"],
        row["duplicate"],
        row["refused"],
    )
    return JudgedMessage(message, judgement, row["judged_at"])


async def keep(connection: Connection, message: MessageRecord) -> bool:
    """Keep a message before anything is made of it, and tell whether it is new."""
    is_new = await QUERIES.fetchval(
        connection,
        "keep_message",
        message_id=message.id,
        format=message.format,
        received_from=message.received_from,
        division=message.division,
        sampled_in=message.sampled_in,
        received_at=message.received_at,
        body_sealed=message.body_sealed,
    )
    return cast("bool", is_new)


async def judge(connection: Connection, message_id: UUID, judgement: Judgement, *, now: datetime) -> None:
    """Write down what became of a message."""
    await QUERIES.execute(
        connection,
        "judge_message",
        message_id=message_id,
        control_id=judgement.control_id,
        outcome=judgement.outcome,
        reason=judgement.reason,
        problems=[{"field": one.field, "reason": one.reason} for one in judgement.problems],
        stored=judgement.stored,
        duplicate=judgement.duplicate,
        refused=judgement.refused,
        judged_at=now,
    )


async def find(connection: Connection, message_id: UUID, bounds: tuple[str, str]) -> JudgedMessage | None:
    """Return a message that a key of the subtree sent, None where there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_message", message_id=message_id, low=low, high=high)
    return None if row is None else _judged(row)


async def list_page(
    connection: Connection, window: Window, outcome: Outcome | None
) -> Sequence[JudgedMessage]:
    """Return messages without what they say, in the order of division and id."""
    values: dict[str, Any] = {**window.values(), "outcome": outcome}
    return [_judged(row) for row in await QUERIES.fetch(connection, "list_messages", **values)]


async def waiting(connection: Connection, before: datetime, most: int) -> list[tuple[UUID, str]]:
    """Return id and division of messages that came before an instant and were never judged."""
    rows = await QUERIES.fetch(connection, "waiting_messages", before=before, most=most)
    return [(row["message_id"], row["division"]) for row in rows]


async def forget_bodies(
    connection: Connection, *, taken_before: datetime, all_before: datetime, most: int
) -> int:
    """Let go of what messages said that are not needed any more, and return of how many."""
    return await QUERIES.execute(
        connection, "forget_bodies", taken_before=taken_before, all_before=all_before, most=most
    )
