"""Reads a scenario and refuses what cannot be played, naming file, line, field and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from drills.checks import Finding, Registers, close_calls, unknown_names, wrong_order
from drills.expectations import contradictions
from drills.forecast import Forecast, forecast
from drills.messages import say
from drills.scenario import Scenario
from dutyclock.terminal import Sentence
from shared.policy.documents import Document, Location, read_document, write_path


@dataclass(frozen=True, slots=True)
class ScenarioProblem:
    """One thing that is wrong with a scenario; `place` is file and line, `path` the field."""

    place: str
    path: str
    reason: Sentence


class ScenarioError(ValueError):
    """A scenario that cannot be played; `found` holds every problem."""

    def __init__(self, found: Sequence[ScenarioProblem]) -> None:
        super().__init__("; ".join(f"{one.place} {one.path}: {one.reason.en}" for one in found))
        self.found = tuple(found)


def read_scenario(path: Path) -> tuple[Scenario, Document]:
    """Return a scenario that is well formed; raises ScenarioError naming file, line, field and reason."""
    document = read_document(path)
    if document.problems:
        raise ScenarioError(
            [
                ScenarioProblem(one.place, one.path, Sentence(one.reason_zh, one.reason))
                for one in document.problems
            ]
        )
    try:
        return Scenario.model_validate(document.data), document
    except ValidationError as error:
        found = [
            Finding(_without_tags(one["loc"], document), say("field-refused", reason=one["msg"]))
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise ScenarioError(_placed(document, found)) from None


def _without_tags(location: tuple[str | int, ...], document: Document) -> Location:
    """Pydantic puts the kind of event into the path, `events.3.report.sample`; the file has no such level."""
    kept: Location = ()
    for part in location:
        if (*kept, part) in document.lines or part == location[-1]:
            kept = (*kept, part)
    return kept


def check_scenario(
    scenario: Scenario, document: Document, registers: Registers, expectations: bool = True
) -> Forecast:
    """Return what must happen in a scenario that fits policy and registers; raises ScenarioError."""
    found = [*unknown_names(scenario, registers), *wrong_order(scenario)]
    if found:
        raise ScenarioError(_placed(document, found))
    made = forecast(scenario, registers.pack, registers.divisions)
    found = list(close_calls(scenario, made))
    if expectations:
        found += [Finding(location, reason) for location, reason in contradictions(scenario, made)]
    if found:
        raise ScenarioError(_placed(document, found))
    return made


def _placed(document: Document, found: Sequence[Finding]) -> list[ScenarioProblem]:
    return [
        ScenarioProblem(
            f"{document.file}:{document.line_of(one.location)}", write_path(one.location), one.reason
        )
        for one in found
    ]
