"""What the events look like on the wire, as the recorded contracts have it.

`python -m tests.contracts.events` records what is new. What is on record may grow by fields that need not be
there and is otherwise left as it is: events of that shape lie in streams for 90 days, and other systems read
them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.contracts import EVENTS, Event

RECORDED = Path(__file__).with_name("events.json")


def shape_of(event: type[Event]) -> Mapping[str, Any]:
    """The fields of an event with what each may hold; words that explain are left out."""
    schema = event.model_json_schema()
    definitions = schema.get("$defs", {})
    return {
        "subject": event.SUBJECT,
        "required": sorted(schema.get("required", [])),
        "fields": {name: _plain(field, definitions) for name, field in schema["properties"].items()},
    }


def _plain(value: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_plain(one, definitions) for one in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return _plain(definitions[value["$ref"].rpartition("/")[2]], definitions)
    return {
        name: _plain(one, definitions) for name, one in value.items() if name not in ("title", "description")
    }


def present() -> dict[str, dict[str, Any]]:
    """Every event of this version: type, then version, then shape."""
    return {type_: {str(event.VERSION): shape_of(event)} for type_, event in sorted(EVENTS.items())}


def recorded() -> dict[str, dict[str, Any]]:
    """Every event that was ever recorded, in the same form."""
    return json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}


def grows(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether a shape only gained fields that events of old may lack."""
    same = all(after["fields"].get(name) == field for name, field in before["fields"].items())
    return same and (before["subject"], before["required"]) == (after["subject"], after["required"])


def record() -> None:
    """Add what is not on record yet."""
    known = recorded()
    for type_, versions in present().items():
        on_record = known.get(type_, {})
        kept = {
            version: shape
            for version, shape in on_record.items()
            if not (version in versions and grows(shape, versions[version]))
        }
        known[type_] = {**versions, **kept}
    RECORDED.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    record()
