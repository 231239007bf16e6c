"""Bends what Schemathesis makes up towards what exists, so that it comes further than the first look-up.

A value that is valid in form is replaced by one that this platform knows; what is wrong in form stays wrong.
"""

import json
import os
import re
from collections.abc import Callable
from datetime import date
from typing import Any, cast
from uuid import UUID

import schemathesis

from shared.divisions import CODE_PATTERN
from shared.instants import parse_instant

KNOWN: dict[str, dict[str, str]] = json.loads(os.environ["DUTYCLOCK_TEST_KNOWN"])
"""By the kind of value, by the name of its field or path parameter."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_WORD = re.compile(r"[a-z][a-z0-9]{0,30}")


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _is_instant(value: str) -> bool:
    try:
        parse_instant(value)
    except ValueError:
        return False
    return True


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_VALID: dict[str, Callable[[str], Any]] = {
    "ids": _is_id,
    "instants": _is_instant,
    "days": _is_day,
    "divisions": re.compile(CODE_PATTERN, re.ASCII).fullmatch,
    "institutions": _CODE.fullmatch,
    "words": _WORD.fullmatch,
}
"""When a value is so surely valid that it may be replaced by another valid one."""


def _bent(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bent(key, inner) for key, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_bent(name, inner) for inner in cast("list[Any]", value)]
    if not isinstance(value, str):
        return value
    for kind, is_valid in _VALID.items():
        if name in KNOWN[kind] and is_valid(value):
            return KNOWN[kind][name]
    return value


@schemathesis.hook
def map_path_parameters(_: Any, path_parameters: Any) -> Any:
    """Name things that are there."""
    return _bent("", path_parameters)


@schemathesis.hook
def map_query(_: Any, query: Any) -> Any:
    """Ask for divisions that are there."""
    return _bent("", query)


@schemathesis.hook
def map_body(_: Any, body: Any) -> Any:
    """Tell of divisions, institutions and moments that are there."""
    return _bent("", body)


@schemathesis.serializer("application/hl7-v2", "x-application/hl7-v2+er7")
def send_hl7(_: Any, value: Any) -> bytes:
    """Send what is made up for HL7 as the text that it is."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")
