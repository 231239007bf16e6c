"""Whether what `testing.yaml` says agrees with the notices' numbers, with measures.yaml and with itself."""

from collections.abc import Iterator

from shared.policy.documents import Document
from shared.policy.places import Place, known, listed

GROUPS = ("people", "environment", "goods")
_WITH_CATEGORY = ("departures", "sentinels", "symptoms", "cases", "lots")


def check_testing(file: Document, requirements: Document) -> None:
    """Hold categories against the numbers of the demands, and the names under `due` against them."""
    place = Place(file)
    categories = place.at("categories")
    by_id = known(_all(categories), "id")
    for category in (*_all(categories), place.at("households")):
        if category.at("clause").value is None and category.at("decided").value is None and category.value:
            category.add("category_without_source")
    _check_kinds(place)
    _check_due(place.at("due"), by_id)
    if requirements.readable and file.readable:
        demands = known(Place(requirements).at("requirements"), "id")
        _check_numbers(categories, demands)
        for category in (*_all(categories), place.at("households")):
            _check_every(category, demands)


def check_measures_counted(testing: Document, measures: Document) -> None:
    """Hold the measures that categories list against measures.yaml: each with tests is listed once."""
    if not testing.readable or not measures.readable:
        return
    by_id = known(Place(measures).at("measures"), "id")
    first: dict[str, Place] = {}
    for category in _all(Place(testing).at("categories")):
        for name in category.at("measures"):
            if name.text is None:
                continue
            if name.text not in by_id:
                name.add("unknown_in_measures", name=name.text, known=listed(by_id))
            elif (earlier := first.setdefault(name.text, name)) is not name:
                name.add("duplicate_id", id=name.text, line=earlier.document.line_of(earlier.location))
    for id_, measure in by_id.items():
        if measure.at("tests").value and id_ not in first:
            Place(testing).at("categories").add("measure_without_category", measure=id_)


def _all(categories: Place) -> Iterator[Place]:
    for group in GROUPS:
        yield from categories.at(group)


def _check_kinds(place: Place) -> None:
    """Base numbers and samples name a category or a finer kind: no name may stand for two of them."""
    first: dict[str, Place] = {}
    for category in (*_all(place.at("categories")), place.at("households")):
        for named in (category, *category.at("kinds")):
            identifier = named.at("id")
            if identifier.text is None:
                continue
            earlier = first.setdefault(identifier.text, identifier)
            if earlier is not identifier and earlier.location[:-2] != identifier.location[:-2]:
                line = earlier.document.line_of(earlier.location)
                identifier.add("duplicate_id", id=identifier.text, line=line)


def _check_due(due: Place, categories: dict[str, Place]) -> None:
    names = [due.at("plans", "otherwise"), due.at("site_rounds", "people")]
    names += [due.at("site_rounds", "environment")]
    names += [due.at(source, "category") for source in _WITH_CATEGORY]
    for name in names:
        if name.text is not None and name.text not in categories:
            name.add("unknown_category", name=name.text, known=listed(categories))


def _check_numbers(categories: Place, demands: dict[str, Place]) -> None:
    demand = demands.get("test-all-due")
    if demand is None:
        return
    for group, figure in zip(
        GROUPS, ("person_categories", "environment_categories", "goods_categories"), strict=True
    ):
        demanded = demand.at("figures", figure).text
        if demanded is not None and demanded != str(len(list(categories.at(group)))):
            categories.at(group).add("figure_disagrees", figure=figure, demanded=demanded)


def _check_every(category: Place, demands: dict[str, Place]) -> None:
    name = category.at("requirement")
    if name.text is None:
        return
    demand = demands.get(name.text)
    if demand is None:
        name.add("unknown_requirement", name=name.text)
        return
    demanded, every = demand.at("figures", "every"), category.at("every")
    if demanded.text is not None and every.text is not None and demanded.text != every.text:
        every.add("figure_disagrees", figure="every", demanded=demanded.text)
