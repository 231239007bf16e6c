"""Kubernetes' own resources against the strict schemas of kubernetes-validate, a version's read once.

Its `validate` reads the four megabytes of a version's definitions anew for each resource.
"""

import re
from functools import cache
from typing import Any

import jsonschema
from kubernetes_validate.utils import all_versions, schema_contents
from referencing import Registry, Resource

NEWEST = 4


def newest_versions() -> list[str]:
    """The newest minor versions that the package knows, oldest first."""
    return list(dict.fromkeys(all_versions()))[-NEWEST:]


def fault_of(resource: dict[str, Any], version: str) -> str | None:
    """What is wrong with it by that version, or None; FileNotFoundError for a kind it does not know."""
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", resource["apiVersion"])
    folder = _folder(version)
    schema = schema_contents(f"{folder}/{resource['kind'].lower()}-{group}.json", version)
    registry = Resource.from_contents(schema) @ _definitions(version)
    validator = jsonschema.Draft202012Validator(schema, registry=registry)
    error = next(validator.iter_errors(resource), None)
    return f"{'.'.join(map(str, error.path))}: {error.message}" if error else None


def _folder(version: str) -> str:
    return f"kubernetes-json-schema/v{version}-local-strict"


@cache
def _definitions(version: str) -> "Registry[Any]":
    definitions = schema_contents(f"{_folder(version)}/_definitions.json", version)
    return Resource.from_contents(definitions) @ Registry()
