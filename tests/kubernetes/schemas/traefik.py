"""Traefik's Middleware and ServersTransport.

Written by hand after the types in `pkg/provider/kubernetes/crd/traefikio/v1alpha1` of traefik/traefik (3.6):
only the fields that we set.
"""

from typing import Literal

from tests.kubernetes.schemas.strictness import Metadata, Strict


class StripPrefix(Strict):
    prefixes: list[str]


class MiddlewareSpec(Strict):
    stripPrefix: StripPrefix


class Middleware(Strict):
    apiVersion: Literal["traefik.io/v1alpha1"]
    kind: Literal["Middleware"]
    metadata: Metadata
    spec: MiddlewareSpec


class RootCa(Strict):
    secret: str


class ServersTransportSpec(Strict):
    serverName: str
    rootCAs: list[RootCa]


class ServersTransport(Strict):
    apiVersion: Literal["traefik.io/v1alpha1"]
    kind: Literal["ServersTransport"]
    metadata: Metadata
    spec: ServersTransportSpec
