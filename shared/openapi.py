"""The OpenAPI 3.1 document of a service, complete with what every route has in common."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast, get_args

import orjson
from litestar import Litestar, Request, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.admission import OPEN
from shared.bodies import STREAMED
from shared.problems import PROBLEM_JSON
from shared.request_examples import add_examples, load_examples
from shared.strict_json import JSON

EXAMPLES = "request_examples"
"""Under which the app's state holds the example of each body."""
DOCUMENT_PATHS = ("/openapi.json", "/schema")

_REFUSALS = {
    "400": "The request cannot be read.",
    "401": "A valid key or token is needed.",
    "403": "Scope or division do not reach this far.",
    "404": "Nothing is here, or it lies outside the caller's division.",
    "409": "The facts on record contradict this, or the same call is under way.",
    "413": "The body is too large.",
    "415": "The media type is not read here.",
    "422": "A field is refused; `problems` names each with its reason.",
    "429": "Too many calls; see Retry-After.",
    "503": "Not available at this moment; see Retry-After.",
}
_NEED_A_BODY = frozenset({"409", "413", "415"})
_OPEN_REFUSALS = frozenset({"400", "404", "422", "429", "503"})

_PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "ProblemDocument",
    "description": "A problem document (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "title_zh", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/invalid-input"]},
        "title": {"type": "string"},
        "title_zh": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The request's id."},
        "clause": {"type": "string", "description": "The clause of the notice that refuses the step."},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {
                    "field": {"type": "string", "examples": ["results.3.sampled_at"]},
                    "reason": {"type": "string"},
                    "reason_zh": {"type": "string", "description": "Left out where there is no Chinese."},
                },
            },
        },
    },
}

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeating a call under the same key carries it out once; kept for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def openapi_config(service: str, version: str) -> OpenAPIConfig:
    """Return the titles and security schemes; Litestar's own pages are not served, see `openapi_routes`."""
    return OpenAPIConfig(
        title=f"Dutyclock {service}",
        version=version,
        description="Statutory clocks of local epidemic control. Every error is a problem document.",
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "key": SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header"),
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="A key (dk_…) or a token of the configured issuer.",
                ),
            }
        ),
        security=[{"key": []}, {"bearer": []}],
        openapi_router=_SilentRouter(path="/", route_handlers=[], include_in_schema=False),
        render_plugins=[JsonRenderPlugin()],
    )


class _SilentRouter(Router):
    """Takes none of the routes that Litestar would serve the document at: their errors are HTML pages."""

    def register(self, value: ControllerRouterHandler) -> list[Any]:
        """Register nothing."""
        return []


def openapi_routes() -> list[ControllerRouterHandler]:
    """Return the routes of the document."""

    @get(list(DOCUMENT_PATHS), opt={OPEN: True}, include_in_schema=False, sync_to_thread=False)
    def show_openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Return the OpenAPI document."""
        content = orjson.dumps(openapi_document(request.app))
        return Response(content, media_type="application/vnd.oai.openapi+json;version=3.1")

    return [show_openapi]


def openapi_document(app: Litestar) -> dict[str, Any]:
    """Return the document with the refusals and headers that all routes share."""
    document = app.openapi_schema.to_schema()
    schemas = cast("dict[str, Any]", document["components"].setdefault("schemas", {}))
    schemas.update(_schemas_of_models(app))
    schemas["ProblemDocument"] = _PROBLEM_SCHEMA
    document["components"]["responses"] = {
        f"problem_{status}": _response(text) for status, text in _REFUSALS.items()
    }
    open_paths, streamed_paths = _paths_with(app, OPEN), _paths_with(app, STREAMED)
    for path, operations in cast("Mapping[str, Mapping[str, Any]]", document["paths"]).items():
        for method, operation in operations.items():
            _complete(operation, method, is_open=path in open_paths)
            if method == "post" and path not in open_paths and path not in streamed_paths:
                cast("list[Any]", operation.setdefault("parameters", [])).append(_IDEMPOTENCY_KEY)
    examples: Path | None = app.state[EXAMPLES]
    if examples is not None:
        add_examples(document, load_examples(examples))
    return document


def _schemas_of_models(app: Litestar) -> dict[str, Any]:
    """The models as pydantic describes them, with all they refuse; Litestar drops `additionalProperties`.

    Both name them alike. A model that is read and answered is described as it is read.
    """
    read: dict[type[BaseModel], None] = {}
    answered: dict[type[BaseModel], None] = {}
    for handler in _handlers(app):
        if handler.resolve_include_in_schema():
            answered.update(dict.fromkeys(_models_in(handler.parsed_return_field.raw)))
            field = handler.parsed_data_field
            read.update(dict.fromkeys(_models_in(field.raw if field else None)))
    return {**_definitions(answered, "serialization"), **_definitions(read, "validation")}


def _definitions(
    models: Iterable[type[BaseModel]], mode: Literal["validation", "serialization"]
) -> dict[str, Any]:
    described = models_json_schema(
        [(model, mode) for model in models], by_alias=True, ref_template="#/components/schemas/{model}"
    )
    return described[1].get("$defs", {})


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation speaks of: `Response[Page[Note]]` of Page[Note]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _handlers(app: Litestar) -> Iterator[HTTPRouteHandler]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            yield from (handler for handler, _ in route.route_handler_map.values())


def _response(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {"description": description, "content": {PROBLEM_JSON: {"schema": schema}}}


def _complete(operation: dict[str, Any], method: str, *, is_open: bool) -> None:
    responses = cast("dict[str, Any]", operation.setdefault("responses", {}))
    for status in _REFUSALS:
        if (is_open and status not in _OPEN_REFUSALS) or (method == "get" and status in _NEED_A_BODY):
            continue
        documented = responses.get(status)
        # what the framework guesses is JSON
        content = {} if documented is None else documented.get("content", {})
        own = {media: shown for media, shown in content.items() if media != JSON}
        if documented is None or (content and not own):
            responses[status] = {"$ref": f"#/components/responses/problem_{status}"}
        elif own:
            problem = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
            documented["content"] = {PROBLEM_JSON: problem, **own}
    if is_open:
        operation["security"] = []


def _paths_with(app: Litestar, option: str) -> frozenset[str]:
    """The paths of handlers that have an option."""
    handlers: Sequence[tuple[str, Any]] = [
        (route.path_format, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
    ]
    return frozenset(path for path, handler in handlers if option in handler.opt)
