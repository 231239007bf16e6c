"""What travels on the bus is promised: a change that a reader could not bear needs a new version.

The snapshots hold each event's version and JSON Schema as they were last agreed. A compatible change (a new
field with a default) or a new version is agreed by `UPDATE_SNAPSHOTS=1 pytest tests/contracts`, which refuses
to write an incompatible one under the old version.
"""

import copy
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import EVENTS, Event
from shared.contracts.testing import SamplePositive

SNAPSHOTS = Path(__file__).with_name("snapshots")
UPDATING = os.environ.get("UPDATE_SNAPSHOTS") == "1"
PROSE = ("title", "description")

Schema = Mapping[str, Any]


def promise_of(event: type[Event]) -> dict[str, Any]:
    """What readers of an event rely on; titles and descriptions are not part of it."""
    return {
        "type": event.TYPE,
        "version": event.VERSION,
        "subject": event.SUBJECT,
        "schema": _without_prose(event.model_json_schema(mode="serialization")),
    }


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_prose(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    cleaned = {name: value for name, value in schema.items() if not _is_prose(name, value)}
    return {name: _without_prose(value) for name, value in cleaned.items()}


def _is_prose(name: str, value: object) -> bool:
    return name in PROSE and isinstance(value, str)


def breaks(before: Schema, after: Schema) -> list[str]:
    """What of a promise is not kept any more, for readers of events old and new."""
    broken: list[str] = []
    if before["subject"] != after["subject"]:
        broken.append("the subject is another field")
    old, new = _resolved(before["schema"]), _resolved(after["schema"])
    for name, field in old["properties"].items():
        if name not in new["properties"]:
            broken.append(f"{name} is gone")
        elif new["properties"][name] != field:
            broken.append(f"{name} is described otherwise")
    for name in new["properties"].keys() - old["properties"].keys():
        if name in required_to_read(new):
            broken.append(f"{name} is new and required: events on record lack it")
    return sorted(broken)


def required_to_read(schema: Schema) -> set[str]:
    """Fields without a default: a message on record that lacks one could not be read."""
    return {name for name, field in schema["properties"].items() if "default" not in field}


def _resolved(schema: Schema) -> Schema:
    """The schema with its references written out, so that a change behind one counts as a change."""
    definitions = schema.get("$defs", {})

    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return resolve(definitions[value["$ref"].rpartition("/")[2]])
        return {name: resolve(one) for name, one in value.items() if name != "$defs"}

    return resolve(schema)


def snapshot_file(type_: str) -> Path:
    return SNAPSHOTS / f"{type_}.json"


@pytest.mark.parametrize("type_", sorted(EVENTS))
def test_an_event_keeps_what_was_promised(type_: str) -> None:
    event, file = EVENTS[type_], snapshot_file(type_)
    promise = promise_of(event)
    promised: dict[str, Any] | None = json.loads(file.read_text("utf-8")) if file.exists() else None
    if promised is not None and promised["version"] == event.VERSION:
        broken = breaks(promised, promise)
        assert broken == [], f"{type_}: raise VERSION, or keep the old fields"
    if UPDATING:
        file.write_text(json.dumps(promise, indent=2, sort_keys=True) + "\n", "utf-8")
        return
    assert promised == promise, f"{type_}: agree to the change with UPDATE_SNAPSHOTS=1"


def test_no_event_is_withdrawn() -> None:
    """Streams hold 90 days of events: a type that is not published any more is still read."""
    assert {file.stem for file in SNAPSHOTS.glob("*.json")} == set(EVENTS)


PROMISE = promise_of(SamplePositive)


def changed(**changes: Any) -> dict[str, Any]:
    """The promise of a positive with fields added or replaced, or removed where None."""
    promise = copy.deepcopy(PROMISE)
    fields = promise["schema"]["properties"]
    for name, field in changes.items():
        if field is None:
            del fields[name]
        else:
            fields[name] = field
    return promise


def test_a_new_field_with_a_default_breaks_nothing() -> None:
    assert breaks(PROMISE, changed(ct_value={"type": "number", "default": 0.0})) == []


@pytest.mark.parametrize(
    ("promise", "broken"),
    [
        (changed(tube_code=None), "tube_code is gone"),
        (changed(tube_code={"type": "integer"}), "tube_code is described otherwise"),
        (
            changed(ct_value={"type": "number"}),
            "ct_value is new and required: events on record lack it",
        ),
        ({**PROMISE, "subject": "tube_code"}, "the subject is another field"),
    ],
)
def test_what_a_reader_could_not_bear_is_named(promise: dict[str, Any], broken: str) -> None:
    assert breaks(PROMISE, promise) == [broken]


def test_a_change_behind_a_reference_is_seen() -> None:
    promise = copy.deepcopy(PROMISE)
    promise["schema"]["$defs"]["Method"]["enum"] = ["guess"]
    assert breaks(PROMISE, promise) == ["method is described otherwise"]
