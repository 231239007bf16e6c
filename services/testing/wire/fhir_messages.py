"""FHIR R4 as laboratories speak it: a DiagnosticReport, or a Bundle with some, in; an OperationOutcome out.

A result is an Observation that a report names, with its Specimen: the tube's code is the specimen's
identifier, the laboratory the performer's identifier, the division the specimen's extension or what the
sender gave beside the message; sampled when collected, resulted when issued. Resources are judged one by one,
by fhir.resources.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import orjson
from pydantic import BaseModel, ValidationError

from services.testing.wire.messages import (
    MOST_RESULTS,
    ForeignMessage,
    MessageRow,
    Reading,
    ReadMessage,
    UnreadableMessage,
    meaning_of,
    read_row,
)
from shared.errors import DutyclockError, FieldProblem
from shared.strict_json import doubts_of, field_problems, load_freely

FHIR = "application/fhir+json"
DIVISION_EXTENSION = "urn:dutyclock:division"
PERSON_SYSTEM = "urn:dutyclock:person"

_FINAL, _CORRECTED = ("final",), ("amended", "corrected")
_NAMES = {
    "tube_code": "Specimen.identifier",
    "institution": "performer.identifier",
    "division": f"Specimen.extension({DIVISION_EXTENSION})",
    "method": "Observation.code",
    "result": "Observation.value",
    "sampled_at": "Specimen.collection.collectedDateTime",
    "resulted_at": "Observation.issued",
    "person_id": "subject.identifier",
}

Resource = Mapping[str, Any]


@cache
def _models() -> Mapping[str, type[BaseModel]]:
    """The models of the resources that are read here.

    R4B's: it left these five as R4 has them. Imported when the first message comes, for it takes a second.
    """
    from fhir.resources.R4B.diagnosticreport import DiagnosticReport
    from fhir.resources.R4B.observation import Observation
    from fhir.resources.R4B.organization import Organization
    from fhir.resources.R4B.patient import Patient
    from fhir.resources.R4B.specimen import Specimen

    return cast(
        "Mapping[str, type[BaseModel]]",
        {model.__name__: model for model in (DiagnosticReport, Observation, Specimen, Organization, Patient)},
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A resource of a message, where it stands, and what is wrong with it."""

    place: str
    resource: Resource
    problems: tuple[FieldProblem, ...]


class _Message:
    """The resources of a message, found by how others refer to them."""

    def __init__(self, reports: Sequence[_Found], by_reference: Mapping[str, _Found]) -> None:
        self.reports = reports
        self._by_reference = by_reference

    def look_up(self, reference: Any, beside: _Found, kind: str) -> _Found | None:
        """Return the resource that a reference names, also one contained in the resource `beside` it."""
        name = _text(_get(reference, "reference"))
        if not name:
            return None
        found = (
            self._by_reference.get(f"{beside.place}{name}")
            if name.startswith("#")
            else self._by_reference.get(name)
        )
        return found if found is not None and found.resource.get("resourceType") == kind else None


def read_fhir(body: bytes, reading: Reading) -> ReadMessage:
    """Return the results of a DiagnosticReport or a Bundle; raises UnreadableMessage or ForeignMessage."""
    root = _load(body)
    message = _open(root)
    control_id = _identifier(root) or _text(root.get("id")) or None
    rows = [row for report in message.reports for row in _rows_of(report, message, reading)]
    if not 1 <= len(rows) <= MOST_RESULTS:
        problem = FieldProblem("DiagnosticReport.result", f"names {len(rows)}; 1 to {MOST_RESULTS} are read")
        raise UnreadableMessage(
            "The message holds no or too many results.", problems=[problem], control_id=control_id
        )
    return ReadMessage(control_id, rows)


def _load(body: bytes) -> Resource:
    try:
        document = load_freely(body)
        doubts = doubts_of(document)
        orjson.dumps(document)
    except DutyclockError as error:
        raise UnreadableMessage(error.detail) from None
    except RecursionError:
        raise UnreadableMessage("The body is nested too deeply.") from None
    except (TypeError, ValueError):  # halves of characters, numbers beyond 64 bits
        raise UnreadableMessage("The body holds text or numbers that are none.") from None
    if not isinstance(document, dict):
        raise UnreadableMessage("The body is no FHIR resource.")
    if doubts:
        raise UnreadableMessage("The message has fields that are refused.", problems=doubts)
    return cast("Resource", document)


def _open(root: Resource) -> _Message:
    kind = root.get("resourceType")
    if kind == "DiagnosticReport":
        return _index([("DiagnosticReport", "", root)])
    if kind != "Bundle":
        raise ForeignMessage(
            "Only a DiagnosticReport, or a Bundle of them, is read here.",
            problems=[FieldProblem("resourceType", "is neither DiagnosticReport nor Bundle")],
        )
    entries: Any = root.get("entry")
    if not isinstance(entries, list):
        raise UnreadableMessage(
            "The Bundle holds no entry.", problems=[FieldProblem("entry", "is no list of entries")]
        )
    listed: list[tuple[str, str, Resource]] = []
    for number, entry in enumerate(cast("list[Any]", entries)):
        resource = _get(entry, "resource")
        if isinstance(resource, dict):
            place = f"Bundle.entry[{number}]"
            listed.append((place, _text(_get(entry, "fullUrl")), cast("Resource", resource)))
    return _index(listed)


def _index(listed: Sequence[tuple[str, str, Resource]]) -> _Message:
    """Judge each resource by itself, and note how it is referred to."""
    reports: list[_Found] = []
    by_reference: dict[str, _Found] = {}
    for place, url, resource in listed:
        found = _judged(place, resource)
        kind = _text(resource.get("resourceType"))
        if kind == "DiagnosticReport":
            reports.append(found)
        if url:
            by_reference.setdefault(url, found)
        if name := _text(resource.get("id")):
            by_reference.setdefault(f"{kind}/{name}", found)
        for inner in _list(resource.get("contained")):
            if name := _text(_get(inner, "id")):
                by_reference.setdefault(f"{place}#{name}", _Found(place, inner, found.problems))
    return _Message(reports, by_reference)


def _judged(place: str, resource: Resource) -> _Found:
    model = _models().get(_text(resource.get("resourceType")))
    if model is None:
        return _Found(place, resource, ())  # of a kind that says nothing of results
    try:
        model.model_validate(resource)
    except ValidationError as error:
        return _Found(place, resource, field_problems(error.errors(include_url=False, include_input=False)))
    except (ValueError, TypeError, RecursionError, AttributeError):
        return _Found(place, resource, (FieldProblem("", "is no sound resource"),))
    return _Found(place, resource, ())


def _rows_of(report: _Found, message: _Message, reading: Reading) -> Iterator[MessageRow]:
    if report.problems:
        yield MessageRow(report.place, None, report.problems)
        return
    for number, reference in enumerate(_list(report.resource.get("result"))):
        place = f"{report.place}.result[{number}]"
        observation = message.look_up(reference, report, "Observation")
        if observation is None:
            yield MessageRow(place, None, (FieldProblem("result", "names no Observation of this message"),))
        elif observation.problems:
            yield MessageRow(observation.place, None, observation.problems)
        else:
            yield _read(place, report, observation, message, reading)


def _read(place: str, report: _Found, observation: _Found, message: _Message, reading: Reading) -> MessageRow:
    said, of_report = observation.resource, report.resource
    status = _text(said.get("status")) or _text(of_report.get("status"))
    if status not in (*_FINAL, *_CORRECTED):
        reason = "is not final: final, amended and corrected are stored"
        return MessageRow(place, None, (FieldProblem("Observation.status", reason),))
    method = meaning_of("methods", _words(said.get("code")))
    result = meaning_of("results", _findings(said))
    problems = [
        FieldProblem(name, "holds no code that is known here; see result_codes.yaml")
        for name, found in (("Observation.code", method), ("Observation.value", result))
        if found is None
    ]
    if problems:
        return MessageRow(place, None, tuple(problems))
    named: Any = said.get("specimen") or next(iter(_list(of_report.get("specimen"))), None)
    beside = observation if said.get("specimen") else report
    specimen = message.look_up(named, beside, "Specimen")
    if specimen is not None and specimen.problems:
        return MessageRow(specimen.place, None, specimen.problems)
    sample: Resource = specimen.resource if specimen else {}
    fields = {
        "tube_code": _tube_of(sample) or _text(_get(_get(named, "identifier"), "value")),
        "institution": _performer(said, observation, message) or _performer(of_report, report, message),
        "division": _division_of(sample) or reading.sampled_in,
        "method": method,
        "result": result,
        "sampled_at": _text(_get(sample.get("collection"), "collectedDateTime"))
        or _text(said.get("effectiveDateTime")),
        "resulted_at": _text(said.get("issued")) or _text(of_report.get("issued")),
        "person_id": _person_of(said.get("subject"), observation, message)
        or _person_of(of_report.get("subject"), report, message),
    }
    return read_row(place, fields, reading, names=_NAMES, is_correction=status in _CORRECTED)


def _findings(observation: Resource) -> Iterator[str]:
    yield from _words(observation.get("valueCodeableConcept"))
    yield _text(observation.get("valueString"))
    for concept in _list(observation.get("interpretation")):
        yield from _words(concept)


def _words(concept: Any) -> Iterator[str]:
    """What a coded value may be called: its codes, then its text."""
    for coding in _list(_get(concept, "coding")):
        yield _text(_get(coding, "code"))
    yield _text(_get(concept, "text"))


def _tube_of(specimen: Resource) -> str:
    accession = _text(_get(specimen.get("accessionIdentifier"), "value"))
    return _identifier(specimen) or accession


def _division_of(specimen: Resource) -> str:
    for extension in _list(specimen.get("extension")):
        if _get(extension, "url") == DIVISION_EXTENSION:
            return _text(_get(extension, "valueCode")) or _text(_get(extension, "valueString"))
    return ""


def _performer(resource: Resource, beside: _Found, message: _Message) -> str:
    for performer in _list(resource.get("performer")):
        if code := _text(_get(_get(performer, "identifier"), "value")):
            return code
        organization = message.look_up(performer, beside, "Organization")
        if organization is not None and (code := _identifier(organization.resource)):
            return code
    return ""


def _person_of(subject: Any, beside: _Found, message: _Message) -> str:
    """Registration's id of the person, where the sender was told; other identifiers are left alone."""
    patient = message.look_up(subject, beside, "Patient")
    identifiers = [
        _get(subject, "identifier"),
        *_list(patient.resource.get("identifier") if patient else None),
    ]
    for identifier in identifiers:
        if _get(identifier, "system") == PERSON_SYSTEM:
            return _text(_get(identifier, "value"))
    return ""


def _identifier(resource: Resource) -> str:
    """The first identifier of a resource; a Bundle has one, others have a list."""
    held: Any = resource.get("identifier")
    candidates = [held] if isinstance(held, dict) else _list(held)
    return next((value for one in candidates if (value := _text(_get(one, "value")))), "")


def _get(value: Any, name: str) -> Any:
    return cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def write_outcome(
    refused: DutyclockError | None,
    problems: Sequence[tuple[str, FieldProblem]],
    remarks: Sequence[tuple[str, FieldProblem]] = (),
    *,
    stored: int,
    duplicate: int,
) -> bytes:
    """Return the OperationOutcome of a message: an error for each problem, what is on record and how."""
    issues: list[dict[str, Any]] = []
    if refused is not None:
        kind = "not-supported" if isinstance(refused, ForeignMessage) else "structure"
        issues.append(_issue("error", kind, refused.detail))
        issues += [_issue("error", kind, f"{one.field}: {one.reason}", one.field) for one in refused.problems]
    issues += [
        _issue("error", "invalid", f"{one.field}: {one.reason}".removeprefix(": "), place)
        for place, one in problems
    ]
    issues += [
        _issue("information", "informational", f"{one.field}: {one.reason}", place) for place, one in remarks
    ]
    if refused is None:
        issues.append(
            _issue("information", "informational", f"{stored} stored, {duplicate} on record already")
        )
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": issues})


def _issue(severity: str, code: str, words: str, place: str = "") -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": words}
    return {**issue, "expression": [place]} if place else issue
