"""The KEDA scalers: more pods for a service when what waits for it on the bus grows, or when it is busy.

Every durable place of every service is watched, as the code makes them; the largest need decides.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from dutyclock.documents.api import assemble_unconnected, lay_unconnected
from dutyclock.kubernetes.nats_configuration import MONITORING_PORT
from dutyclock.services import SERVICES
from services.reporting.webhook_feed import DURABLE as WEBHOOKS
from shared.jetstream import WORKERS, stream_of

LAG_OF_A_POD = 2 * WORKERS
"""What one process takes in hand at once; what lies beyond waits for another."""
BUSY_PERCENT = 70

_HEAD = """\
# Written by `dutyclock documents` from the services' subscriptions; change it there.
# An overlay sets minReplicaCount and maxReplicaCount.
"""


async def scaled_objects() -> str:
    """Return a ScaledObject for each service; needs a running loop."""
    return _HEAD + "".join(
        "---\n" + yaml.safe_dump(_scaled(service, places_of(service)), sort_keys=False)
        for service in SERVICES
    )


def places_of(service: str) -> list[tuple[str, str]]:
    """Return the durable places of a service, as (stream, consumer) in order; needs a running loop."""
    foundation = lay_unconnected(service)
    assemble_unconnected(service, foundation)
    places = [(stream, str(config.durable_name)) for stream, config in foundation.broker.consumers()]
    if service == "reporting":
        places += [(stream_of(source), WEBHOOKS) for source in SERVICES]
    return sorted(places)


def _scaled(service: str, places: Sequence[tuple[str, str]]) -> dict[str, Any]:
    name = service
    busy = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": str(BUSY_PERCENT)}}
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicaCount": 2,
            "maxReplicaCount": 8,
            "pollingInterval": 15,
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behaviour()}},
            "triggers": [busy, *(_lag(stream, consumer) for stream, consumer in places)],
        },
    }


def _behaviour() -> dict[str, Any]:
    """Quick up, slow down: a wave of results comes in gusts, and each pod that goes hands its places on."""
    return {
        "scaleUp": {"policies": [{"type": "Percent", "value": 100, "periodSeconds": 30}]},
        "scaleDown": {
            "stabilizationWindowSeconds": 600,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
        },
    }


def _lag(stream: str, consumer: str) -> dict[str, Any]:
    return {
        "type": "nats-jetstream",
        "metadata": {
            "natsServerMonitoringEndpoint": f"nats.dutyclock.svc.cluster.local:{MONITORING_PORT}",
            "useHttps": "true",
            "account": "DUTYCLOCK",
            "stream": stream,
            "consumer": consumer,
            "lagThreshold": str(LAG_OF_A_POD),
        },
    }
