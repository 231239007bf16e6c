"""One name and one certificate; each path of the API leads to the service that has it, no other does."""

import json
from typing import Any

import pytest

from dutyclock.services import PROCESSES, PROJECT, SERVICES
from tests.kubernetes.manifests import OVERLAYS, of_kind, one, workload

DOCUMENTS = PROJECT / "docs" / "api"


def leads_to(overlay: str, path: str) -> str | None:
    """The service that answers a path, by the longest prefix of whole parts, as Kubernetes chooses."""
    found: dict[str, str] = {}
    for ingress in of_kind(overlay, "Ingress"):
        for entry in ingress["spec"]["rules"][0]["http"]["paths"]:
            prefix = entry["path"]
            if path == prefix or path.startswith(prefix.rstrip("/") + "/"):
                found[prefix] = entry["backend"]["service"]["name"]
    return found[max(found, key=len)] if found else None


def paths_of(service: str) -> list[str]:
    document: dict[str, Any] = json.loads((DOCUMENTS / f"{service}.openapi.json").read_text("utf-8"))
    return list(document["paths"])


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES)
def test_every_path_of_a_service_leads_there(overlay: str, service: str) -> None:
    for path in paths_of(service):
        if path in ("/health", "/ready", "/metrics") or path.startswith("/problems"):
            continue
        assert leads_to(overlay, f"/{service}{path}") == service, path
        shared = [other for other in SERVICES if path in paths_of(other)]
        if len(shared) == 1:
            assert leads_to(overlay, path) == service, path
    assert leads_to(overlay, f"/{service}/schema") == service


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_the_platform_asks_leads_nowhere_from_outside(overlay: str) -> None:
    for path in ("/health", "/ready", "/metrics"):
        for prefix in ("", *(f"/{process}" for process in PROCESSES)):
            assert leads_to(overlay, prefix + path) is None, prefix + path
    assert leads_to(overlay, "/auditor/v1/findings") is None
    assert leads_to(overlay, "/") is None


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_one_tap_links_and_explanations_of_problems_are_reached(overlay: str) -> None:
    assert leads_to(overlay, "/a/a-signed-link") == "alerts"
    assert leads_to(overlay, "/problems/invalid-input") in SERVICES


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_is_one_name_over_tls(overlay: str) -> None:
    public_url = workload(overlay, "alerts").environment(overlay)["DUTYCLOCK_PUBLIC_URL"]
    name = public_url.removeprefix("https://")
    assert "/" not in name
    certificate = one(overlay, "Certificate", "ingress")["spec"]
    assert certificate["dnsNames"] == [name]
    for ingress in of_kind(overlay, "Ingress"):
        spec = ingress["spec"]
        assert spec["rules"][0]["host"] == name
        assert spec["tls"] == [{"hosts": [name], "secretName": certificate["secretName"]}]
        entry = ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.entrypoints"]
        assert entry == "websecure"


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES)
def test_the_ingress_reaches_a_service_over_tls_and_knows_it(overlay: str, service: str) -> None:
    transport = one(overlay, "ServersTransport", "dutyclock")
    annotations = one(overlay, "Service", service)["metadata"]["annotations"]
    place = f"{transport['metadata']['namespace']}-{transport['metadata']['name']}@kubernetescrd"
    assert annotations["traefik.ingress.kubernetes.io/service.serversscheme"] == "https"
    assert annotations["traefik.ingress.kubernetes.io/service.serverstransport"] == place
    assert transport["spec"]["serverName"] in one(overlay, "Certificate", service)["spec"]["dnsNames"]
    known = {each["spec"]["secretName"] for each in of_kind(overlay, "Certificate")}
    assert {each["secret"] for each in transport["spec"]["rootCAs"]} <= known


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_service_s_name_is_taken_off_before_the_service_sees_the_path(overlay: str) -> None:
    middleware = one(overlay, "Middleware", "without-service")
    assert middleware["spec"]["stripPrefix"]["prefixes"] == [f"/{service}" for service in SERVICES]
    by_service = one(overlay, "Ingress", "by-service")["metadata"]["annotations"]
    named = f"{middleware['metadata']['namespace']}-without-service@kubernetescrd"
    assert by_service["traefik.ingress.kubernetes.io/router.middlewares"] == named
    assert (
        "traefik.ingress.kubernetes.io/router.middlewares"
        not in (one(overlay, "Ingress", "resources")["metadata"]["annotations"])
    )
