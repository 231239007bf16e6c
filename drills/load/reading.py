"""Reads the file of a drill under load and refuses what cannot be played, by file, line, field and reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from drills.checks import Finding, Registers
from drills.load.messages import say
from drills.load.scenario import LoadScenario
from drills.messages import say as say_of_drills
from drills.places import DIVISIONS_FILE, INSTITUTIONS_FILE, POLICY_FOLDER
from drills.reading import ScenarioError, ScenarioProblem
from dutyclock.terminal import Sentence
from shared.divisions import DivisionRegister
from shared.institutions import InstitutionRegister
from shared.policy import load_pack
from shared.policy.documents import Document, Location, read_document, write_path


@dataclass(frozen=True, slots=True)
class LoadDrill:
    """A file that can be played, with the registers that it stands on."""

    scenario: LoadScenario
    registers: Registers


def prepare_load(path: Path) -> LoadDrill:
    """Return what can be played; raises ScenarioError naming file, line, field and reason."""
    document = read_document(path)
    if document.problems:
        raise ScenarioError(
            [
                ScenarioProblem(one.place, one.path, Sentence(one.reason_zh, one.reason))
                for one in document.problems
            ]
        )
    if not (isinstance(document.data, dict) and document.data.get("kind") == "load"):
        raise ScenarioError([_placed(Finding((), say("load-another-kind")), document)])
    try:
        scenario = LoadScenario.model_validate(document.data)
    except ValidationError as error:
        raise ScenarioError(_refused(error, document)) from None
    divisions = DivisionRegister.load(DIVISIONS_FILE)
    if scenario.register_under:
        divisions = divisions.part([code for code in scenario.register_under if code in divisions])
    registers = Registers(load_pack(POLICY_FOLDER), divisions, InstitutionRegister.load(INSTITUTIONS_FILE))
    found = [_placed(one, document) for one in unknown_names(scenario, registers)]
    if found:
        raise ScenarioError(found)
    return LoadDrill(scenario, registers)


def _refused(error: ValidationError, document: Document) -> list[ScenarioProblem]:
    found: list[ScenarioProblem] = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        location: Location = ()
        for part in one["loc"]:  # the kind of a stream stands in the path, and not in the file
            if (*location, part) in document.lines or part == one["loc"][-1]:
                location = (*location, part)
        found.append(_placed(Finding(location, say_of_drills("field-refused", reason=one["msg"])), document))
    return found


def _placed(one: Finding, document: Document) -> ScenarioProblem:
    line = document.line_of(one.location)
    return ScenarioProblem(f"{document.file}:{line}", write_path(one.location), one.reason)


def unknown_names(scenario: LoadScenario, registers: Registers) -> Iterator[Finding]:
    """Yield each name that policy and registers do not hold."""
    if scenario.policy != registers.pack.id:
        reason = say("load-other-policy", expected=scenario.policy, found=registers.pack.id)
        yield Finding(("policy",), reason)
    yield from _unknown_on_roster(scenario, registers)
    yield from _unknown_in_streams(scenario, registers)


def _unknown_on_roster(scenario: LoadScenario, registers: Registers) -> Iterator[Finding]:
    posts = {post.id for post in registers.pack.posts}
    for number, person in enumerate(scenario.roster):
        for position, held in enumerate(person.holds):
            place: Location = ("roster", number, "holds", position)
            if held.post not in posts:
                yield Finding((*place, "post"), say("load-unknown-post", post=held.post))
            if held.division not in registers.divisions:
                unknown = say("load-unknown-division", division=held.division)
                yield Finding((*place, "division"), unknown)


def _unknown_in_streams(scenario: LoadScenario, registers: Registers) -> Iterator[Finding]:
    for number, stream in enumerate(scenario.streams):
        for division in stream.divisions:
            if division not in registers.divisions:
                unknown = say("load-unknown-division", division=division)
                yield Finding(("streams", number, "divisions"), unknown)
        for institution in getattr(stream, "institutions", ()):
            if institution not in registers.institutions:
                unknown = say("load-unknown-institution", institution=institution)
                yield Finding(("streams", number, "institutions"), unknown)
