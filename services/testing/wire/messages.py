"""What messages of laboratories hold, whatever they are written in: results, each read or refused."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from services.testing.storage.messages import Format, JudgedMessage, Outcome
from services.testing.storage.results import NewResult
from services.testing.wire.results import ResultRow
from shared.errors import FieldProblem, MalformedInput
from shared.instants import WireInstant
from shared.strict_json import refusal
from shared.verdicts import Problem
from shared.yaml_files import read_yaml

MOST_RESULTS = 1_000
LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024
PERSON_AUTHORITY = "dutyclock"
"""Who gave a patient's identifier that is registration's id of the person; others are left alone."""

_CODES = Path(__file__).parent.parent / "messages" / "result_codes.yaml"


class UnreadableMessage(MalformedInput):
    """A message that cannot be understood as a whole; it is kept, to be judged anew once it can."""

    slug = "unreadable-message"

    def __init__(
        self, detail: str, *, problems: Sequence[FieldProblem] = (), control_id: str | None = None
    ) -> None:
        super().__init__(detail, problems=problems)
        self.control_id = control_id


class ForeignMessage(UnreadableMessage):
    """A sound message of a kind, version or character set that is not read here at all."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One result of a message; `place` says where it stands, as the format names places."""

    place: str
    result: NewResult | None
    problems: tuple[FieldProblem, ...] = ()
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message that was understood."""

    control_id: str | None
    rows: Sequence[MessageRow]


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a message needs besides it."""

    now: datetime
    received_from: str
    sampled_in: str | None
    """The division of results that name none themselves."""


Reader = Callable[[bytes, Reading], ReadMessage]
"""Reads a message; raises UnreadableMessage or ForeignMessage."""


@cache
def _meanings(kind: str) -> Mapping[str, str]:
    document: Mapping[str, Mapping[str, Sequence[Any]]] = read_yaml(_CODES)
    return {str(code).lower(): meaning for meaning, codes in document[kind].items() for code in codes}


def meaning_of(kind: str, codes: Iterable[str | None]) -> str | None:
    """Return what the first code that is known means: kind is `methods` or `results`."""
    known = _meanings(kind)
    return next(
        (known[code.strip().lower()] for code in codes if code and code.strip().lower() in known), None
    )


_ROW: TypeAdapter[ResultRow] = TypeAdapter(ResultRow)


def read_row(
    place: str,
    fields: Mapping[str, str | None],
    reading: Reading,
    *,
    names: Mapping[str, str],
    is_correction: bool = False,
) -> MessageRow:
    """Return a result whose fields were found in a message, judged as a row of a batch is.

    `names` says how the message's format calls what the row calls otherwise.
    """
    given = {name: value for name, value in fields.items() if value}
    text = json.dumps(given).encode()
    try:
        row = _ROW.validate_json(text)
    except ValidationError as error:
        refused = refusal(error, text)
        problems = tuple(
            dataclasses.replace(problem, field=names.get(problem.field, problem.field))
            for problem in refused.problems
        )
        return MessageRow(place, None, problems or (FieldProblem("", refused.detail),))
    result = NewResult(row.facts(), row.recorded_at or reading.now, reading.received_from)
    return MessageRow(place, result, (), is_correction)


class MessageView(BaseModel):
    """A message that was sent in, without what it says: names and numbers stand in it."""

    message_id: UUID
    format: Format
    control_id: str | None
    division: str
    received_at: WireInstant
    outcome: Outcome
    reason: str | None
    problems: list[Problem]
    stored: int
    duplicate: int
    refused: int
    judged_at: WireInstant | None

    @classmethod
    def of(cls, judged: JudgedMessage) -> "MessageView":
        """Return the wire's form of a message on record."""
        message, judgement = judged.message, judged.judgement
        return cls(
            message_id=message.id,
            format=message.format,
            control_id=judgement.control_id,
            division=message.division,
            received_at=message.received_at,
            outcome=judgement.outcome,
            reason=judgement.reason,
            problems=[Problem.of(problem) for problem in judgement.problems],
            stored=judgement.stored,
            duplicate=judgement.duplicate,
            refused=judgement.refused,
            judged_at=judged.judged_at,
        )
