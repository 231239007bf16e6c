"""The AsyncAPI 3 document of a service: what it publishes and reads, from the contracts themselves."""

import json
from importlib.metadata import version as installed_version
from typing import Any, cast

import orjson
from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI
from litestar import Response, get
from litestar.types import ControllerRouterHandler

from shared.admission import OPEN

PATH = "/asyncapi.json"


def asyncapi_document(service: str, broker: NatsBroker) -> dict[str, Any]:
    """Return the document; the server's address in it is an example, the installation's own is a secret."""
    specification = AsyncAPI(
        broker,
        schema_version="3.0.0",
        title=f"Dutyclock {service}",
        version=installed_version("dutyclock"),
        description=f"The events that {service} publishes and reads, on NATS JetStream, by division.",
    )
    document = cast("dict[str, Any]", json.loads(specification.to_specification().to_json()))
    document["servers"] = {"bus": {"host": "nats.example:4222", "protocol": "nats"}}
    channels = cast("dict[str, dict[str, Any]]", document.get("channels", {}))
    for channel in channels.values():
        channel["servers"] = [{"$ref": "#/servers/bus"}]
    return document


def asyncapi_routes(service: str, broker: NatsBroker) -> list[ControllerRouterHandler]:
    """Return the route of the document."""

    @get(PATH, opt={OPEN: True}, include_in_schema=False, sync_to_thread=True)
    def show_asyncapi() -> Response[bytes]:
        """Return the AsyncAPI document."""
        content = orjson.dumps(asyncapi_document(service, broker))
        return Response(content, media_type="application/vnd.aai.asyncapi+json;version=3.0.0")

    return [show_asyncapi]
