"""Whether measures keep the figures of the demands: stages, numbers and days of tests, ages of proofs."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from pydantic import TypeAdapter, ValidationError

from shared.policy.places import Place, is_true, known, number_at
from shared.policy.values import Duration

_DURATION: TypeAdapter[Any] = TypeAdapter(Duration)
_STAGE = re.compile(r"P(?P<days>\d{1,3})D (?P<kind>[a-z][a-z0-9_]*)", re.ASCII)

Stages: TypeAlias = list[tuple[str | None, int | None]]
Keeper: TypeAlias = Callable[[Place, Any, Place], tuple[Place, bool]]
"""Given a measure, a figure and the file: where the measure says it, and whether it agrees."""


def check_figures(measure: Place, demands: Mapping[str, Place], file: Place) -> None:
    """Hold a measure against the demand that it names: its clauses, its figures, and what it adds to them."""
    name = measure.at("requirement")
    if name.text is None:
        return
    demand = demands.get(name.text)
    if demand is None:
        name.add("unknown_requirement", name=name.text)
        return
    clauses = {place.text for place in demand.at("clauses")}
    for citation in measure.at("clause"):
        if citation.text is not None and citation.text not in clauses:
            citation.add("clause_not_of_requirement", requirement=name.text)
    figures = dict(_mapping(demand.at("figures")))
    group = measure.at("figures")
    if group.text is not None:
        if not isinstance(figures.get(group.text), dict):
            group.add("unknown_figures", name=group.text, requirement=name.text)
            return
        figures |= figures[group.text]
    _check_agreement(measure, figures, file)


def check_figures_kept(demands: Iterable[Place], measures: Sequence[Place]) -> None:
    """Report what a demand says of stages and days of tests and no measure takes up."""
    taken = {(one.at("requirement").text, one.at("figures").text) for one in measures}
    for demand in demands:
        name, figures = demand.at("id").text, demand.at("figures")
        groups = [key for key, value in _mapping(figures).items() if isinstance(value, dict)]
        for group in (None, *groups):
            place = figures if group is None else figures.at(group)
            if ("stages" in place or "test_days" in place) and (name, group) not in taken:
                place.add("figures_not_kept")


def _check_agreement(measure: Place, figures: Mapping[str, Any], file: Place) -> None:
    kinds = {kind.replace("-", "_"): kind for kind in known(file.at("stage_kinds"), "id")}
    for name, figure in figures.items():
        if name in kinds:
            place = measure.at("stages")
            agrees = (kinds[name], _days_of(figure)) in _stages(measure)
        elif name in _KEEPERS:
            place, agrees = _KEEPERS[name](measure, figure, file)
        else:
            continue
        if not agrees:
            place.add("figure_disagrees", figure=name, demanded=_written(figure))
    has_days = "stages" in figures or bool(kinds.keys() & figures.keys())
    has_tests = "tests" not in measure or "test_days" in figures
    if not (has_days and has_tests) and measure.at("decided").value is None:
        measure.add("measure_without_source", requirement=measure.at("requirement").text)


def _keep_stages(measure: Place, figure: Any, file: Place) -> tuple[Place, bool]:
    kinds = known(file.at("stage_kinds"), "id")
    by_figure = {kind.at("figure").text: id_ for id_, kind in kinds.items()}
    demanded: Stages = []
    for written in cast("list[Any]", figure) if isinstance(figure, list) else [figure]:
        match = _STAGE.fullmatch(written) if isinstance(written, str) else None
        demanded.append((by_figure.get(match["kind"]), int(match["days"])) if match else (None, None))
    return measure.at("stages"), demanded == _stages(measure)


def _keep_tests(measure: Place, figure: Any, _file: Place) -> tuple[Place, bool]:
    return measure.at("tests"), figure == str(len(_tests(measure)))


def _keep_test_days(measure: Place, figure: Any, _file: Place) -> tuple[Place, bool]:
    return measure.at("tests"), figure == [test.at("day").text for test in _tests(measure)]


def _keep_proof_age(measure: Place, figure: Any, _file: Place) -> tuple[Place, bool]:
    age = measure.at("when", "proof", "negative_test", "not_older_than")
    return age, _duration(age.text) == _duration(figure)


def _keep_entry(measure: Place, figure: Any, _file: Place) -> tuple[Place, bool]:
    days = measure.at("when", "entry", "less_than_days_ago")
    return days, number_at(days) == _days_of(figure)


def _keep_occupations(measure: Place, figure: Any, file: Place) -> tuple[Place, bool]:
    name = measure.at("when", "occupation")
    listed = known(file.at("occupation_lists"), "id").get(name.text or "")
    return name, listed is None or figure == str(len(list(listed.at("members"))))


_KEEPERS: Mapping[str, Keeper] = {
    "stages": _keep_stages,
    "tests": _keep_tests,
    "test_days": _keep_test_days,
    "proof_age": _keep_proof_age,
    "entered_within": _keep_entry,
    "occupations": _keep_occupations,
}


def _stages(measure: Place) -> Stages:
    return [(stage.at("kind").text, number_at(stage.at("days"))) for stage in measure.at("stages")]


def _tests(measure: Place) -> list[Place]:
    """Return the tests that the demand's number counts."""
    return [test for test in measure.at("tests") if not is_true(test.at("beyond_figures"))]


def _days_of(figure: Any) -> int | None:
    duration = _duration(figure)
    return None if duration is None else duration.days


def _duration(value: Any) -> Any:
    try:
        return _DURATION.validate_python(value)
    except ValidationError:
        return None


def _mapping(place: Place) -> Mapping[str, Any]:
    return cast("dict[str, Any]", place.value) if isinstance(place.value, dict) else {}


def _written(figure: Any) -> str:
    return ", ".join(map(str, cast("list[Any]", figure))) if isinstance(figure, list) else str(figure)
