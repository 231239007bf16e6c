"""Examples of request bodies, kept as data beside each service's routes and shown in its OpenAPI document.

A test sends each of them to the running service: `tests/system/test_examples.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from shared.strict_json import JSON
from shared.yaml_files import read_yaml


@dataclass(frozen=True, slots=True)
class RequestExample:
    """The body of one operation."""

    body: Any
    rows: str | None = None
    """The name of the schema of a row, where the body is a batch that the route reads by itself."""
    required: bool = True
    media: str = JSON


def load_examples(path: Path) -> Mapping[str, RequestExample]:
    """Return the examples of a service by `POST /v1/returns`."""
    entries: Mapping[str, Any] = read_yaml(path)
    return {
        operation: RequestExample(**{**entry, "body": _as_json(entry["body"])})
        for operation, entry in entries.items()
    }


def _as_json(value: Any) -> Any:
    """YAML reads days and moments as such; the wire writes them out."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _as_json(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_as_json(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def add_examples(document: Mapping[str, Any], examples: Mapping[str, RequestExample]) -> None:
    """Put each example into the operation that it belongs to; raises KeyError for one that is not there.

    An operation that reads its body by itself gets a description of it.
    """
    for operation, example in examples.items():
        method, path = operation.split(" ")
        described: dict[str, Any] = document["paths"][path][method.lower()]
        body: dict[str, Any] = described.setdefault(
            "requestBody",
            {"required": example.required, "content": {example.media: {"schema": _schema(example)}}},
        )
        body["content"][example.media]["example"] = example.body


def _schema(example: RequestExample) -> dict[str, Any]:
    if isinstance(example.body, list):
        row = {"type": "object"} if example.rows is None else {"$ref": f"#/components/schemas/{example.rows}"}
        return {"type": "array", "items": row}
    return {"type": "string" if isinstance(example.body, str) else "object"}
