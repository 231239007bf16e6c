"""Events and their envelope: CloudEvents 1.0 in binary mode, in the headers of a NATS message."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from shared.divisions import DivisionCode, subject_tokens
from shared.errors import FieldProblem, InvalidInput

NAMESPACE = UUID("6f1d7a52-6a0c-5a0b-9a53-0d0c7c10c4d1")
_HASHED_NAMESPACE = hashlib.sha1(NAMESPACE.bytes, usedforsecurity=False)
CONTENT_TYPE = "application/json"
_MARKS = 0xF000 << 64 | 0xC000 << 48
_VERSION_5 = 5 << 76 | 0x8000 << 48
"""The bits of a UUID that say of which version and variant it is."""


class Event(BaseModel):
    """A past fact that a service publishes; carries ids, a division and facts, never personal data.

    Readers ignore fields that they do not know, so that a contract can grow without a new version.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    SUBJECT: ClassVar[str]
    """The field whose value names what the event is about (CloudEvents `subject`)."""

    division: DivisionCode
    occurred_at: AwareDatetime
    """When it happened in the world."""
    recorded_at: AwareDatetime
    """When it was entered into a system."""

    def subject_id(self) -> str:
        """Return the id of what the event is about."""
        return str(getattr(self, self.SUBJECT))


E = TypeVar("E", bound=Event)


class ContractViolation(InvalidInput):
    """A message that is no CloudEvent of ours or whose body does not keep its contract."""

    slug = "contract-violation"


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event ready to travel: what stands in the headers, and the body's bytes."""

    id: UUID
    type: str
    version: int
    division: str
    subject: str
    occurred_at: datetime
    data: bytes
    traceparent: str | None = None

    @property
    def source(self) -> str:
        """The service that published it, as a CloudEvents source."""
        return f"/dutyclock/{self.type.partition('.')[0]}"

    def nats_subject(self) -> str:
        """Return the bus subject: `<service>.<event>.<pp>.<cccc>.<ttt>.<vvv>`."""
        return f"{self.type}.{subject_tokens(self.division)}"

    def headers(self) -> dict[str, str]:
        """Return the NATS headers; `Nats-Msg-Id` lets JetStream drop a repeated publication."""
        headers = {
            "Nats-Msg-Id": str(self.id),
            "content-type": CONTENT_TYPE,
            "ce-specversion": "1.0",
            "ce-id": str(self.id),
            "ce-source": self.source,
            "ce-type": self.type,
            "ce-subject": self.subject,
            "ce-time": self.occurred_at.isoformat(),
            "ce-dataversion": str(self.version),
            "ce-division": self.division,
        }
        if self.traceparent:
            headers["traceparent"] = self.traceparent
        return headers


def derived_id(*parts: object) -> UUID:
    """Return an id that follows from its parts, so that the same cause always gives the same id.

    It is `uuid.uuid5(NAMESPACE, …)` at half the price: a batch of results asks for ten thousand of them.
    """
    hashed = _HASHED_NAMESPACE.copy()
    hashed.update("\x1f".join([str(part) for part in parts]).encode())
    return UUID(bytes=hashed.digest()[:16], version=5)


def deriving(*first: object) -> Callable[[str], UUID]:
    """Return what derives ids whose first parts are always the same: `deriving(a)(b)` is `derived_id(a, b)`.

    The first parts are hashed once, for all the ids.
    """
    begun = _HASHED_NAMESPACE.copy()
    begun.update("".join([f"{part}\x1f" for part in first]).encode())

    def derive(last: str) -> UUID:
        hashed = begun.copy()
        hashed.update(last.encode())
        number = int.from_bytes(hashed.digest()[:16], "big")
        return UUID(int=number & ~_MARKS | _VERSION_5)

    return derive


def envelop(event: Event, *, id: UUID | None = None, traceparent: str | None = None) -> Envelope:
    """Put an event into its envelope.

    Without `id`, the id follows from type, subject and body: the same fact said twice is one event.
    """
    data = event.model_dump_json().encode()
    return Envelope(
        id=id or derived_id(event.TYPE, event.subject_id(), data.decode()),
        type=event.TYPE,
        version=event.VERSION,
        division=event.division,
        subject=event.subject_id(),
        occurred_at=event.occurred_at,
        data=data,
        traceparent=traceparent,
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise ContractViolation(
            f"The message carries no header {name}.", problems=[FieldProblem(name, "header is missing")]
        )
    return value


def _body(data: bytes) -> Any:
    try:
        return json.loads(data)
    except UnicodeDecodeError as error:
        raise ContractViolation(
            "The body is no UTF-8.", problems=[FieldProblem("data", f"no UTF-8 at byte {error.start}")]
        ) from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise ContractViolation(
            "The body is no JSON.", problems=[FieldProblem("data", f"no JSON: {error}")]
        ) from None


def field_problems(error: ValidationError, prefix: str = "") -> list[FieldProblem]:
    """Return what pydantic refused as dotted fields with reasons, without the refused values."""
    return [
        FieldProblem(prefix + ".".join(str(part) for part in problem["loc"]), problem["msg"])
        for problem in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def open_envelope(
    headers: Mapping[str, str], data: bytes, events: Mapping[str, type[E]]
) -> tuple[Envelope, E]:
    """Check a message against CloudEvents and its contract and return both.

    Raises ContractViolation that names the header or field and the reason.
    """
    if (spec := _header(headers, "ce-specversion")) != "1.0":
        raise ContractViolation(
            "Not a CloudEvent 1.0.",
            problems=[FieldProblem("ce-specversion", f"1.0 expected, {spec!r} found")],
        )
    type_ = _header(headers, "ce-type")
    model = events.get(type_)
    if model is None:
        raise ContractViolation(
            f"Unknown event type {type_!r}.", problems=[FieldProblem("ce-type", f"unknown type {type_!r}")]
        )
    try:
        id_ = UUID(_header(headers, "ce-id"))
    except ValueError:
        raise ContractViolation(
            "The event's id is no UUID.", problems=[FieldProblem("ce-id", "a UUID is expected")]
        ) from None
    _check_version(headers, model)
    try:
        event = model.model_validate_json(data)
    except ValidationError as error:
        if any(problem["type"] == "json_invalid" for problem in error.errors()):
            _body(data)
        raise ContractViolation(
            f"The body breaks the contract of {type_}.", problems=field_problems(error)
        ) from None
    if b"\\u0000" in data:
        _refuse_nul(event)
    envelope = Envelope(
        id=id_,
        type=type_,
        version=model.VERSION,
        division=event.division,
        subject=event.subject_id(),
        occurred_at=event.occurred_at,
        data=data,
        traceparent=headers.get("traceparent"),
    )
    return envelope, event


def _refuse_nul(event: Event) -> None:
    """PostgreSQL cannot hold the character U+0000; JSON can, as `\\u0000`."""
    problems = [
        FieldProblem(name, "holds the character U+0000")
        for name, value in event.model_dump(mode="json").items()
        if _holds_nul(value)
    ]
    if problems:
        raise ContractViolation(f"The body breaks the contract of {event.TYPE}.", problems=problems)


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    return isinstance(value, list) and any(_holds_nul(one) for one in cast("list[Any]", value))


def _check_version(headers: Mapping[str, str], model: type[Event]) -> None:
    found = headers.get("ce-dataversion", "1")
    if found != str(model.VERSION):
        raise ContractViolation(
            f"Version {found} of {model.TYPE} is not known here.",
            problems=[FieldProblem("ce-dataversion", f"{model.VERSION} expected, {found!r} found")],
        )
