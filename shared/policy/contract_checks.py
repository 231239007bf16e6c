"""Whether the events and fields that a clock names are in the contracts."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, BaseModel

from shared.policy.places import Place, listed

Events = Mapping[str, type[BaseModel]]

_INSTANT: object = AwareDatetime


def check_contracts(clock: Place, events: Events) -> None:
    """Hold a clock's events, keys and named fields against the contracts."""
    _check_facts(clock, events)
    _check_start_fields(clock, events)


def _check_facts(clock: Place, events: Events) -> None:
    first: dict[str, Place] = {}
    for kind in ("start", "stop", "void"):
        for fact in clock.at(kind):
            name = fact.at("event").text
            if name is None:
                continue
            earlier = first.setdefault(name, fact)
            if earlier is not fact:
                fact.at("event").add("event_twice", event=name)
            if (event := events.get(name)) is None:
                fact.at("event").add("unknown_event", event=name, near=_nearest(name, events))
                continue
            for key in fact.at("key").one_or_many():
                _check_field(key, name, event, "single")
            _check_instant(fact.at("instant"), name, event)


def _check_instant(place: Place, name: str, event: type[BaseModel]) -> None:
    """A clock counts from an instant that no such event can lack, and whose zone is known."""
    if place.text is None:
        return
    field = event.model_fields.get(place.text)
    if field is None:
        place.add("unknown_field", field=place.text, event=name, known=listed(event.model_fields))
    elif field.annotation is not _INSTANT or not field.is_required():
        place.add("field_not_instant", field=place.text, event=name)


def _check_start_fields(clock: Place, events: Events) -> None:
    for fact in clock.at("start"):
        name = fact.at("event").text
        if name is None or (event := events.get(name)) is None:
            continue
        _check_field(clock.at("owner", "institution"), name, event, "single")
        _check_field(clock.at("shown_beside", "field"), name, event, "moment")


def _check_field(place: Place, name: str, event: type[BaseModel], wanted: str) -> None:
    if place.text is None:
        return
    fields: dict[str, Any] = event.model_json_schema()["properties"]
    if place.text not in fields:
        place.add("unknown_field", field=place.text, event=name, known=listed(fields))
        return
    shapes = _shapes(fields[place.text])
    if wanted == "single" and shapes & {"array", "object"}:
        place.add("field_not_single", field=place.text, event=name)
    if wanted == "moment" and "date-time" not in shapes:
        place.add("field_not_moment", field=place.text, event=name)


def _shapes(schema: Mapping[str, Any]) -> set[str]:
    """Return the types and formats that a field may take, the alternatives of a union included."""
    shapes = {str(schema[word]) for word in ("type", "format") if word in schema}
    for alternative in schema.get("anyOf", ()):
        shapes |= _shapes(alternative)
    return shapes


def _nearest(name: str, events: Events) -> str:
    """Return the events of the same service, which is where a slip of the pen is found."""
    service = name.partition(".")[0]
    return listed([event for event in events if event.startswith(f"{service}.")] or {*events})
