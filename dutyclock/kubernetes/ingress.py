"""One address for all services in a cluster: the paths of the proxy of containers, to the same services.

What the platform itself asks (`/metrics`, `/ready`, `/health`) leads nowhere from outside. An overlay puts
the installation's name in the place of the host.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from dutyclock.documents.addresses import resources_by_service
from dutyclock.services import SERVICES

NAMESPACE = "dutyclock"
HOST = "dutyclock.example.org"
CERTIFICATE = "ingress-tls"
WITHOUT_SERVICE = "without-service"
OF_EVERY_SERVICE = ("/v1", "/schema", "/openapi.json", "/asyncapi.json")
"""What each service has, and is reached with its name before it: `/testing/v1/events`."""
PROBLEMS = ("/problems", "reporting")
"""Explanations of problem documents, the same at all of them."""

_HEAD = "# Written by `dutyclock documents` from docs/api; change it there.\n"


def ingresses() -> str:
    """Return both: by resource, and by service with the service's name taken off the path."""
    by_resource = [(path, service) for service, paths in resources_by_service().items() for path in paths]
    by_service = [(f"/{service}{path}", service) for service in SERVICES for path in OF_EVERY_SERVICE]
    middleware = {
        "traefik.ingress.kubernetes.io/router.middlewares": f"{NAMESPACE}-{WITHOUT_SERVICE}@kubernetescrd"
    }
    documents = [
        _ingress("resources", [*by_resource, PROBLEMS], {}),
        _ingress("by-service", by_service, middleware),
        {
            "apiVersion": "traefik.io/v1alpha1",
            "kind": "Middleware",
            "metadata": {"name": WITHOUT_SERVICE},
            "spec": {"stripPrefix": {"prefixes": [f"/{service}" for service in SERVICES]}},
        },
    ]
    return _HEAD + "".join("---\n" + yaml.safe_dump(one, sort_keys=False) for one in documents)


def _ingress(name: str, paths: Iterable[tuple[str, str]], annotations: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": name,
            "annotations": {"traefik.ingress.kubernetes.io/router.entrypoints": "websecure", **annotations},
        },
        "spec": {
            "ingressClassName": "traefik",
            "tls": [{"hosts": [HOST], "secretName": CERTIFICATE}],
            "rules": [{"host": HOST, "http": {"paths": [_path(path, service) for path, service in paths]}}],
        },
    }


def _path(path: str, service: str) -> dict[str, Any]:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    return {"path": path, "pathType": "Prefix", "backend": backend}
