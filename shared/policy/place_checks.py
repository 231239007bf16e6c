"""Whether what `places.yaml` says of key places agrees: the items and kinds that are named are there."""

from shared.policy.places import Place, known, listed


def check_places(law: Place) -> None:
    """Hold the checklists against the items, and the rules of entry against the kinds."""
    items, kinds = known(law.at("items"), "id"), known(law.at("kinds"), "id")
    for kind in law.at("kinds"):
        _check_names(kind.at("checklist"), items, "unknown_item")
    for rule in law.at("entry"):
        _check_names(rule.at("kinds"), kinds, "unknown_kind")


def _check_names(names: Place, entries: dict[str, Place], code: str) -> None:
    for name in names:
        if name.text is not None and name.text not in entries:
            name.add(code, name=name.text, known=listed(entries))
