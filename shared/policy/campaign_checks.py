"""Whether `campaigns.yaml` keeps the figures of the demands: each has a target, each target agrees."""

from collections.abc import Mapping
from typing import Any, cast

from shared.policy.documents import Document
from shared.policy.places import Place, known, listed


def check_campaigns(file: Document, requirements: Document) -> None:
    """Hold the targets against the figures of the demands that they name."""
    if not requirements.readable:
        return
    demands = known(Place(requirements).at("requirements"), "id")
    targets = list(Place(file).at("targets"))
    for target in targets:
        _check_target(target, demands)
    taken = {(target.at("requirement").text, target.at("figure").text) for target in targets}
    for name in {requirement for requirement, _ in taken if requirement in demands}:
        assert name is not None
        figures = demands[name].at("figures")
        for path in _paths(figures.value):
            if (name, path) not in taken:
                figures.at(*path.split(".")).add("figures_without_target", figure=path)


def _check_target(target: Place, demands: Mapping[str, Place]) -> None:
    name, figure = target.at("requirement"), target.at("figure")
    if name.text is None or figure.text is None:
        return
    demand = demands.get(name.text)
    if demand is None:
        name.add("unknown_requirement", name=name.text)
        return
    clauses = {place.text for place in demand.at("clauses")}
    for citation in target.at("clause"):
        if citation.text is not None and citation.text not in clauses:
            citation.add("clause_not_of_requirement", requirement=name.text)
    demanded = _paths(demand.at("figures").value).get(figure.text)
    if demanded is None:
        known_paths = listed(_paths(demand.at("figures").value))
        figure.add("unknown_figure", name=figure.text, requirement=name.text, known=known_paths)
        return
    span = [str(one) for one in demanded] if isinstance(demanded, list) else [str(demanded)]
    aim = target.at("aim").text
    kept = [target.at("within").text] if aim is None else [aim, target.at("within").text]
    if kept != span:
        target.at("within").add("figure_disagrees", figure=figure.text, demanded=", ".join(span))


def _paths(figures: Any, prefix: str = "") -> dict[str, Any]:
    """Return every figure by its path: `town.alone`."""
    found: dict[str, Any] = {}
    if isinstance(figures, dict):
        for name, value in cast("dict[str, Any]", figures).items():
            path = f"{prefix}{name}"
            found |= _paths(value, f"{path}.") if isinstance(value, dict) else {path: value}
    return found
