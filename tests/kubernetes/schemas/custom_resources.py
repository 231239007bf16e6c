"""Which model checks which custom resource, and how strictly.

cert-manager, KEDA and the Prometheus operator have models on PyPI, made from their CRDs; they pass over what
they do not know, so a resource must come out of its model exactly as it went in.
"""

from typing import Any

from cloudcoil.models.cert_manager import v1 as cert_manager
from cloudcoil.models.keda import v1alpha1 as keda
from cloudcoil.models.prometheus_operator import v1 as prometheus_operator
from pydantic import BaseModel, ValidationError

from tests.kubernetes.schemas import cloudnative_pg, traefik

MODELS: dict[tuple[str, str], type[BaseModel]] = {
    ("cert-manager.io/v1", "Certificate"): cert_manager.Certificate,
    ("cert-manager.io/v1", "Issuer"): cert_manager.Issuer,
    ("keda.sh/v1alpha1", "ScaledObject"): keda.ScaledObject,
    ("monitoring.coreos.com/v1", "PodMonitor"): prometheus_operator.PodMonitor,
    ("monitoring.coreos.com/v1", "PrometheusRule"): prometheus_operator.PrometheusRule,
    ("monitoring.coreos.com/v1", "ServiceMonitor"): prometheus_operator.ServiceMonitor,
    ("postgresql.cnpg.io/v1", "Cluster"): cloudnative_pg.Cluster,
    ("postgresql.cnpg.io/v1", "ScheduledBackup"): cloudnative_pg.ScheduledBackup,
    ("barmancloud.cnpg.io/v1", "ObjectStore"): cloudnative_pg.ObjectStore,
    ("traefik.io/v1alpha1", "Middleware"): traefik.Middleware,
    ("traefik.io/v1alpha1", "ServersTransport"): traefik.ServersTransport,
}


def fault_of(resource: dict[str, Any]) -> str | None:
    """What is wrong with a custom resource, or None; raises KeyError for one that nobody checks."""
    model = MODELS[resource["apiVersion"], resource["kind"]]
    try:
        read = model.model_validate(resource)
    except ValidationError as error:
        return str(error)
    written = read.model_dump(by_alias=True, exclude_unset=True, mode="json")
    return None if written == resource else f"not understood whole: {written}"
