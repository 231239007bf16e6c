"""HL7 v2 as laboratories speak it: ORU^R01 in, an acknowledgement out.

A result is an OBX with its OBR and SPM: the tube's code is SPM-2, OBR-2 or OBR-3, its laboratory MSH-4, the
division OBR-18 or what the sender gave beside the message; sampled at SPM-17 or OBR-7, resulted at OBX-19 or
OBR-22.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import hl7

from services.testing.wire.messages import (
    MOST_RESULTS,
    PERSON_AUTHORITY,
    ForeignMessage,
    MessageRow,
    Reading,
    ReadMessage,
    UnreadableMessage,
    meaning_of,
    read_row,
)
from shared.errors import DutyclockError, FieldProblem

HL7 = "application/hl7-v2"
HL7_OF_HAPI = "x-application/hl7-v2+er7"
"""The media type of the specification HL7 over HTTP, which came before the registered one."""

_FAILURES = (hl7.HL7Exception, IndexError, AssertionError, KeyError, ValueError, TypeError, AttributeError)
"""What python-hl7 raises for what is no message of HL7."""

_MOST_MARKS = 100_000
"""Separators of a message: python-hl7 makes objects of what lies between them, 10 µs each."""

_CHARACTER_SETS: Mapping[str, str] = {
    "": "utf-8",
    "ASCII": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "GB 18030-2000": "gb18030",
    "GB18030": "gb18030",
    "GB2312": "gb18030",
    "GBK": "gb18030",
}
_FINAL, _CORRECTED = ("F", ""), "C"
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(\.\d{1,4})?)?([+-]\d{4})?", re.ASCII)
_NAMES = {
    "tube_code": "SPM-2",
    "institution": "MSH-4",
    "division": "OBR-18",
    "method": "OBX-3",
    "result": "OBX-5",
    "sampled_at": "SPM-17",
    "resulted_at": "OBX-19",
    "recorded_at": "MSH-7",
    "person_id": "PID-3",
}


@dataclass(slots=True)
class _Order:
    """An OBR with what belongs to it."""

    request: "_Segment"
    person_id: str | None
    observations: list[tuple[int, "_Segment"]] = field(default_factory=list[tuple[int, "_Segment"]])
    specimen: "_Segment | None" = None


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment whose fields are asked for by number; what is not there is empty."""

    fields: Sequence[Any]
    separators: str

    def field(self, number: int) -> str:
        """Return a field as it stands."""
        try:
            return str(self.fields[number]).strip()
        except IndexError:
            return ""

    def repetitions(self, number: int) -> list[list[str]]:
        """Return a field's repetitions, each as its components."""
        repeat, component = self.separators[3], self.separators[1]
        return [one.split(component) for one in self.field(number).split(repeat)]

    def part(self, number: int, component: int = 1) -> str:
        """Return a component of a field's first repetition, without what it is divided into."""
        parts = self.repetitions(number)[0]
        return parts[component - 1].split(self.separators[4])[0] if component <= len(parts) else ""


def read_hl7(body: bytes, reading: Reading) -> ReadMessage:
    """Return the results of an ORU^R01; raises UnreadableMessage, or ForeignMessage for any other message."""
    segments = _segments(body)
    head = segments[0]
    control_id = head.field(10) or None
    if not head.field(9).upper().replace(head.separators[1], "^").startswith("ORU^R01"):
        raise ForeignMessage(
            "Only ORU^R01 is read here.",
            problems=[FieldProblem("MSH-9", "is not ORU^R01")],
            control_id=control_id,
        )
    if not head.field(12).startswith("2."):
        raise ForeignMessage(
            "Only HL7 v2 is read here.",
            problems=[FieldProblem("MSH-12", "is not 2.x")],
            control_id=control_id,
        )
    orders = list(_orders(segments))
    count = sum(len(order.observations) for order in orders)
    if not 1 <= count <= MOST_RESULTS:
        problem = FieldProblem("OBX", f"stands {count} times; 1 to {MOST_RESULTS} are read")
        raise UnreadableMessage("The message holds no or too many results.", problems=[problem])
    rows = [
        _read(order, place, observation, head, reading)
        for order in orders
        for place, observation in order.observations
    ]
    return ReadMessage(control_id, rows)


def _segments(body: bytes) -> list[_Segment]:
    text = _decoded(body.strip(b"\x0b\x1c\r\n \t"))
    if not text.startswith("MSH"):
        raise UnreadableMessage(
            "The message does not begin with MSH.", problems=[FieldProblem("MSH", "is required")]
        )
    if sum(map(text.count, {*text[3:8], "\r", "\n"})) > _MOST_MARKS:
        raise UnreadableMessage(f"The message holds more than {_MOST_MARKS:,} separators; send it in parts.")
    if "\0" in text:
        raise UnreadableMessage("The message holds the character U+0000.")
    try:
        message = cast("Any", hl7.parse(text.replace("\r\n", "\r").replace("\n", "\r")))
        separators = _separators(message)
        return [_Segment(segment, separators) for segment in message]
    except _FAILURES:
        raise UnreadableMessage(
            "The message is no HL7 v2.", problems=[FieldProblem("MSH", "cannot be read")]
        ) from None


def _separators(message: Any) -> str:
    """Return the separators of fields, components, escapes, repetitions and subcomponents, in this order."""
    marks = str(message[0][2])
    if len(marks) < 4 or len(set(marks[:4]) | {str(message[0][1])}) < 5:
        raise ValueError("MSH-2 names no four separators")
    return str(message[0][1]) + marks[0] + marks[2] + marks[1] + marks[3]


def _decoded(body: bytes) -> str:
    """Return the message in the character set that its MSH-18 names."""
    head = body.partition(b"\r")[0].partition(b"\n")[0]
    fields = head.split(head[3:4]) if len(head) > 3 else []
    name = fields[17].split(b"~")[0].decode("ascii", "replace").strip().upper() if len(fields) > 17 else ""
    encoding = _CHARACTER_SETS.get(name)
    if encoding is None:
        raise ForeignMessage(
            "The message is in a character set that is not read here.",
            problems=[FieldProblem("MSH-18", "is neither UNICODE UTF-8 nor GB 18030-2000")],
        )
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        problem = FieldProblem("MSH-18", f"is not how the message is written at byte {error.start}")
        raise UnreadableMessage("The message's characters cannot be read.", problems=[problem]) from None


def _orders(segments: Sequence[_Segment]) -> Iterator[_Order]:
    person_id: str | None = None
    order: _Order | None = None
    for segment in segments:
        match segment.field(0).upper():
            case "PID":
                person_id = _person_of(segment)
            case "OBR":
                if order is not None:
                    yield order
                order = _Order(segment, person_id)
            case "OBX" if order is not None:
                order.observations.append((len(order.observations) + 1, segment))
            case "SPM" if order is not None and order.specimen is None:
                order.specimen = segment
            case _:
                pass
    if order is not None:
        yield order


def _person_of(patient: _Segment) -> str | None:
    """Registration's id of the person, where the sender was told; identifiers of others are left alone."""
    for identifier in patient.repetitions(3):
        if len(identifier) > 3 and identifier[3].split(patient.separators[4])[0].lower() == PERSON_AUTHORITY:
            return identifier[0]
    return None


def _read(order: _Order, place: int, observation: _Segment, head: _Segment, reading: Reading) -> MessageRow:
    request = order.request
    where = f"OBR-{request.field(1) or '?'}/OBX-{observation.field(1) or place}"
    status = (observation.field(11) or request.field(25)).upper()
    if status not in _FINAL and status != _CORRECTED:
        reason = "is not final: F and C (corrected) are stored"
        return MessageRow(where, None, (FieldProblem("OBX-11", reason),))
    method = meaning_of("methods", _words(observation, 3))
    result = meaning_of("results", [*_words(observation, 5), *_words(observation, 8)])
    problems = [
        FieldProblem(name, "holds no code that is known here; see result_codes.yaml")
        for name, found in (("OBX-3", method), ("OBX-5", result))
        if found is None
    ]
    if problems:
        return MessageRow(where, None, tuple(problems))
    offset = _TIME.fullmatch(head.part(7))
    fields = {
        "tube_code": _tube_of(order),
        "institution": head.part(4),
        "division": request.part(18) or reading.sampled_in,
        "method": method,
        "result": result,
        "sampled_at": _instant(
            (order.specimen.part(17) if order.specimen else "") or request.part(7), offset
        ),
        "resulted_at": _instant(observation.part(19) or request.part(22), offset),
        "recorded_at": _instant(head.part(7), offset),
        "person_id": order.person_id,
    }
    return read_row(where, fields, reading, names=_NAMES, is_correction=status == _CORRECTED)


def _words(segment: _Segment, number: int) -> Iterator[str]:
    """What a coded field may be called: each repetition's codes and texts, or the text that it is."""
    for parts in segment.repetitions(number):
        yield from (parts[place] for place in (0, 3, 1, 4) if place < len(parts))


def _tube_of(order: _Order) -> str:
    specimen = order.specimen.part(2) if order.specimen else ""
    return specimen or order.request.part(2) or order.request.part(3)


def _instant(text: str, message_time: re.Match[str] | None) -> str | None:
    """Return an HL7 time as RFC 3339, with the message's offset where it has none; other text as it is."""
    found = _TIME.fullmatch(text)
    if found is None:
        return text or None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    offset = offset or (message_time[8] if message_time else None) or ""
    zone = f"{offset[:3]}:{offset[3:]}" if offset else ""
    return f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{fraction or ''}{zone}"


def write_acknowledgement(
    body: bytes,
    refused: DutyclockError | None,
    problems: Sequence[tuple[str, FieldProblem]],
    remarks: Sequence[tuple[str, FieldProblem]] = (),
    *,
    now: str,
    message_id: str,
) -> bytes:
    """Return the ACK of a message: AA, AE with an ERR for each problem, AR for what is not read here.

    `now` is YYYYMMDDHHMMSS with an offset; `problems` are those of results, each with its place; so are
    `remarks`, each an ERR of the severity I, which leaves an AA as it is.
    """
    asked = _head_of(body)
    code = "AR" if isinstance(refused, ForeignMessage) else "AE" if refused or problems else "AA"
    lines = [
        "|".join(
            (
                *("MSH", "^~\\&", "DUTYCLOCK", "", asked[2], asked[3], now, "", "ACK^R01^ACK", message_id),
                *(asked[10] or "P", asked[11] or "2.5.1", "", "", "", "", "", "UNICODE UTF-8"),
            )
        ),
        f"MSA|{code}|{asked[9]}|{_escaped(refused.detail) if refused else ''}".rstrip("|"),
    ]
    whole = [("", problem) for problem in (refused.problems if refused else ())]
    lines += [_err(place, problem, REFUSED) for place, problem in (*whole, *problems)]
    lines += [_err(place, remark, REMARK) for place, remark in remarks]
    return ("\r".join(lines) + "\r").encode()


REFUSED, REMARK = "102^Data type error^HL70357|E", "0^Message accepted^HL70357|I"
"""ERR-3 and ERR-4: what it is and how severe."""


def _err(place: str, problem: FieldProblem, kind: str) -> str:
    where = f"{place} {problem.field}".strip()
    return f"ERR||{_escaped(where)}|{kind}||||{_escaped(problem.reason)}"


def _head_of(body: bytes) -> list[str]:
    """The fields of a message's first line, as far as they can be read, to be said back to its sender."""
    head = body.strip(b"\x0b\x1c\r\n \t").partition(b"\r")[0].partition(b"\n")[0][:2000]
    fields = head.decode("utf-8", "replace").split("|") if head.startswith(b"MSH|") else []
    tidy = [re.sub(r"[\x00-\x1f\x7f]", "", one)[:199] for one in fields]
    return tidy + [""] * (12 - len(tidy))


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\E\\")
    for mark, escape in (("|", "F"), ("^", "S"), ("&", "T"), ("~", "R")):
        text = text.replace(mark, f"\\{escape}\\")
    return re.sub(r"[\r\n]", " ", text)
