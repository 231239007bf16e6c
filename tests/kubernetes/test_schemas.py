"""Every resource of every overlay is what the newest four versions of Kubernetes take, to the last field."""

import copy
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest

from tests.kubernetes.manifests import OVERLAYS, Resource, build
from tests.kubernetes.schemas import custom_resources, kubernetes_resources
from tests.kubernetes.schemas.custom_resources import MODELS

VERSIONS = kubernetes_resources.newest_versions()


def is_custom(resource: Resource) -> bool:
    return (resource["apiVersion"], resource["kind"]) in MODELS


def different(custom: bool) -> dict[str, Resource]:
    """Resources of all overlays, those that are the same in several once."""
    found: list[Resource] = []
    for overlay in OVERLAYS:
        found += [one for one in build(overlay) if is_custom(one) == custom and one not in found]
    return {f"{one['kind']} {one['metadata']['name']} {number}": one for number, one in enumerate(found)}


def test_the_versions_are_the_newest_four_minor_ones() -> None:
    minors = {tuple(int(part) for part in version.split(".")[:2]) for version in VERSIONS}
    assert len(minors) == 4
    assert max(minors) == tuple(int(part) for part in kubernetes_validate.latest_version().split(".")[:2])


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_resource(version: str) -> None:
    resources = different(custom=False)
    faults = {name: kubernetes_resources.fault_of(one, version) for name, one in resources.items()}
    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert len(faults) > 50


def test_operators_take_every_custom_resource() -> None:
    faults = {name: custom_resources.fault_of(one) for name, one in different(custom=True).items()}
    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert {key[1] for key in MODELS} == {name.split()[0] for name in faults}


def test_the_package_itself_says_the_same_of_a_deployment() -> None:
    resource = copy.deepcopy(next(one for one in build("district") if one["kind"] == "Deployment"))
    kubernetes_validate.validate(resource, VERSIONS[-1], strict=True)
    resource["spec"]["replicaz"] = 2
    with pytest.raises(kubernetes_validate.ValidationError, match="replicaz"):
        kubernetes_validate.validate(resource, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "NetworkPolicy", "Job", "Ingress"])
def test_a_misspelt_field_of_kubernetes_is_refused(kind: str) -> None:
    resource = copy.deepcopy(next(one for one in build("district") if one["kind"] == kind))
    list(fields_of(resource["spec"]))[-1]["replicaz"] = 2
    assert "replicaz" in str(kubernetes_resources.fault_of(resource, VERSIONS[0]))


def fields_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a resource whose keys are fields, and not names that anybody may give."""
    if isinstance(value, dict):
        fields: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]  # YAML of our own
        yield fields
        for name, inner in fields.items():
            if name not in NAMES_OF_ANYBODY:
                yield from fields_of(inner)
    elif isinstance(value, list):
        for inner in value:  # pyright: ignore[reportUnknownVariableType]
            yield from fields_of(inner)


NAMES_OF_ANYBODY = (
    *("labels", "annotations", "matchLabels", "data", "parameters", "selector", "metadata"),
    *("limits", "requests", "matchExpressions"),
)


@pytest.mark.parametrize("key", MODELS, ids=lambda key: key[1])
def test_a_misspelt_field_of_an_operator_is_refused_wherever_it_stands(key: tuple[str, str]) -> None:
    resource = next(one for one in build("municipality") if (one["apiVersion"], one["kind"]) == key)
    for place in range(len(list(fields_of(resource["spec"])))):
        spoilt = copy.deepcopy(resource)
        list(fields_of(spoilt["spec"]))[place]["sizze"] = "1Gi"
        assert custom_resources.fault_of(spoilt) is not None, f"place {place}"
