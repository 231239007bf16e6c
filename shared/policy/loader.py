"""Reads a pack's folder into a checked `Pack`, or says everything that is wrong with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.contracts import EVENTS
from shared.policy.campaigns import CampaignsFile
from shared.policy.care import CareFile
from shared.policy.checks import Files, check_references
from shared.policy.clocks import ClocksFile
from shared.policy.contract_checks import Events
from shared.policy.documents import Document, Location, read_document
from shared.policy.escalation import EscalationFile
from shared.policy.key_places import PlacesFile
from shared.policy.laboratories import LaboratoriesFile
from shared.policy.measures import MeasuresFile
from shared.policy.movement import MovementFile
from shared.policy.notices import PackFile
from shared.policy.pack import Pack
from shared.policy.problems import PolicyError, Problem, known_codes
from shared.policy.quarantine import QuarantineFile
from shared.policy.release import ReleaseFile
from shared.policy.requirements import RequirementsFile
from shared.policy.surveillance import SurveillanceFile
from shared.policy.testing import TestingFile

VERSIONS_FILE = "versions.yaml"
AREAS: Mapping[str, type[BaseModel]] = {
    "measures.yaml": MeasuresFile,
    "movement.yaml": MovementFile,
    "places.yaml": PlacesFile,
    "quarantine.yaml": QuarantineFile,
    "release.yaml": ReleaseFile,
    "surveillance.yaml": SurveillanceFile,
    "care.yaml": CareFile,
    "laboratories.yaml": LaboratoriesFile,
    "testing.yaml": TestingFile,
    "campaigns.yaml": CampaignsFile,
}
"""The files that a service reads for an area of its own; the pack has each under the name of its file."""

FILES: Mapping[str, type[BaseModel]] = {
    "pack.yaml": PackFile,
    "requirements.yaml": RequirementsFile,
    "clocks.yaml": ClocksFile,
    "escalation.yaml": EscalationFile,
    **AREAS,
}

_Model = TypeVar("_Model", bound=BaseModel)

_CODES: Mapping[str, str] = {
    "missing": "missing",
    "extra_forbidden": "unknown_name",
    "string_type": "not_text",
    "string_pattern_mismatch": "pattern",
    "string_too_short": "empty_text",
    "string_too_long": "too_long",
    "model_type": "not_mapping",
    "dict_type": "not_mapping",
    "mapping_type": "not_mapping",
    "tuple_type": "not_list",
    "too_short": "empty_list",
    "int_parsing": "not_number",
    "int_type": "not_number",
    "int_parsing_size": "not_number",
    "float_parsing": "not_number",
    "float_type": "not_number",
    "finite_number": "not_number",
    "bool_parsing": "not_bool",
    "bool_type": "not_bool",
    "literal_error": "not_one_of",
    "enum": "not_one_of",
    "greater_than": "not_above",
    "greater_than_equal": "below_least",
    "less_than": "not_below",
    "less_than_equal": "above_most",
    "date_type": "not_date",
    "date_parsing": "not_date",
    "date_from_datetime_parsing": "not_date",
    "date_from_datetime_inexact": "not_date",
    "datetime_type": "not_moment",
    "datetime_parsing": "not_moment",
    "datetime_from_date_parsing": "not_moment",
    "timezone_aware": "no_zone",
}
"""How the catalogue words what pydantic refuses; anything else is passed on in pydantic's words."""

_ENDLESS: Mapping[tuple[str, str], str] = {
    ("rungs", "missing"): "ladder_no_rungs",
    ("rungs", "empty_list"): "ladder_no_rungs",
    ("repeat_every", "missing"): "ladder_no_repeat",
    ("clause", "missing"): "no_clause",
    ("clause", "empty_list"): "no_clause",
    ("clauses", "missing"): "no_clause",
    ("clauses", "empty_list"): "no_clause",
}
"""What deserves more than "is missing"."""


def load_pack(folder: Path, events: Events = EVENTS) -> Pack:
    """Read and check the pack in a folder.

    Raises PolicyError, which holds every problem that was found with file, line, path and reason. `events`
    are the contracts that the rules may name.
    """
    files, parsed = _read_files(folder)
    strays = _stray_files(folder)
    check_references(files, events)
    found = [*strays, *(problem for file in files.all() for problem in _in_order(file))]
    if found:
        raise PolicyError(folder, found)
    return _assemble(parsed)


def _read_files(folder: Path) -> tuple[Files, Mapping[str, BaseModel | None]]:
    documents = [read_document(folder / name) for name in FILES]
    parsed = {
        document.file: parse(document, model)
        for document, model in zip(documents, FILES.values(), strict=True)
    }
    head, requirements, clocks, escalation, *areas = documents
    return Files(head, requirements, clocks, escalation, tuple(areas)), parsed


def parse(document: Document, model: type[_Model]) -> _Model | None:
    """Hold a read file against its model; what it refuses goes to the file's problems."""
    if not document.readable:
        return None
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        placed = (_translate(document, detail) for detail in error.errors(include_url=False))
        document.problems.extend({(one.path, one.code): one for one in placed}.values())
        return None


def _translate(document: Document, detail: ErrorDetails) -> Problem:
    kind = detail["type"]
    location = _existing(document, detail["loc"], keep_last=kind in ("missing", "extra_forbidden"))
    context: dict[str, Any] = detail.get("ctx") or {}
    code = _CODES.get(kind, kind)
    if detail["input"] is None and code not in ("missing", "unknown_name"):
        code = "missing"
    code = _ENDLESS.get((str(location[-1]) if location else "", code), code)
    if code not in known_codes():
        code, context = "refused", {"message": detail["msg"]}
    values = {"found": _shown(detail["input"]), **context}
    return document.problem(location, code, **values)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else type(value).__name__
    return text if len(text) <= 60 else text[:60] + "…"


def _existing(document: Document, location: Location, *, keep_last: bool) -> Location:
    """Cut a place of pydantic's down to what stands in the file: it also names alternatives of unions."""
    kept: Location = ()
    for part in location[: len(location) - keep_last]:
        if (*kept, part) in document.lines:
            kept = (*kept, part)
    return (*kept, location[-1]) if keep_last else kept


def _stray_files(folder: Path) -> list[Problem]:
    if not folder.is_dir():
        return [Problem(str(folder), "", "no_folder")]
    known = {*FILES, VERSIONS_FILE}
    names = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    listed = ", ".join(sorted(known))
    return [Problem(name, "", "stray_file", None, {"known": listed}) for name in names if name not in known]


def _in_order(document: Document) -> list[Problem]:
    return sorted(document.problems, key=lambda problem: (problem.line or 0, problem.path))


def _assemble(parsed: Mapping[str, BaseModel | None]) -> Pack:
    head, requirements = parsed["pack.yaml"], parsed["requirements.yaml"]
    clocks, escalation = parsed["clocks.yaml"], parsed["escalation.yaml"]
    assert isinstance(head, PackFile)
    assert isinstance(requirements, RequirementsFile)
    assert isinstance(clocks, ClocksFile)
    assert isinstance(escalation, EscalationFile)
    return Pack.model_validate(
        {
            "head": head,
            "requirements": requirements.requirements,
            "clocks": clocks.clocks,
            "posts": escalation.posts,
            "ladders": escalation.ladders,
            **{file.removesuffix(".yaml"): parsed[file] for file in AREAS},
        }
    )
