"""Whether what the files of single areas take from measures.yaml and places.yaml stands there."""

from collections.abc import Mapping

from shared.policy.documents import Document
from shared.policy.places import Place, known, listed


def check_borrowed(areas: Mapping[str, Document]) -> None:
    """Hold what other files name against measures.yaml and places.yaml; unread files say nothing."""
    _check_kinds_of_places(areas)
    measures = areas.get("measures.yaml")
    if measures is None or not measures.readable:
        return
    law = Place(measures)
    if (surveillance := areas.get("surveillance.yaml")) is not None:
        _check(Place(surveillance).at("drugs", "ground"), law.at("grounds"))
    if (movement := areas.get("movement.yaml")) is None:
        return
    passes = Place(movement).at("passes")
    for stage in passes.at("stages"):
        _check(stage.at("kind"), law.at("stage_kinds"))
    for passage in passes.at("passages"):
        _check(passage.at("barred_by"), law.at("restrictions"))
    _check(passes.at("stay_at_work"), law.at("occupation_lists"))


def _check_kinds_of_places(areas: Mapping[str, Document]) -> None:
    places, care = areas.get("places.yaml"), areas.get("care.yaml")
    if places is None or care is None or not places.readable:
        return
    by_id = known(Place(places).at("places", "kinds"), "id")
    reporting = Place(care).at("health_reports", "places")
    for kind in (*reporting.at("staff"), *reporting.at("members")):
        if kind.text is not None and kind.text not in by_id:
            kind.add("unknown_place_kind", name=kind.text, known=listed(by_id))


def _check(named: Place, entries: Place) -> None:
    by_id = known(entries, "id")
    if named.text is not None and named.text not in by_id:
        named.add("unknown_in_measures", name=named.text, known=listed(by_id))
