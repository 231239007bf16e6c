"""Problem documents (RFC 9457): the one shape of every error that an HTTP caller sees.

`type` is the path `/problems/<slug>`, which each service answers with an explanation: it resolves wherever
the service runs, where an absolute address would bind every installation to a domain. `title` is English and
`title_zh` stands beside it in every document, rather than one of both by Accept-Language: problem documents
end in logs and tickets, where people who read either language meet them.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypedDict, cast

import orjson
import structlog
from litestar import Request, Response, get
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.params import FromPath

from shared.errors import (
    DutyclockError,
    FieldProblem,
    Forbidden,
    InvalidInput,
    MalformedInput,
    MethodNotAllowed,
    NotFound,
    SealingKeyUnset,
    TooLarge,
    Unauthenticated,
)
from shared.parameter_reasons import parameter_reason
from shared.reasons import in_chinese
from shared.yaml_files import read_yaml

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"
CATALOGUE = Path(__file__).parent / "messages" / "problems.yaml"


class Bilingual(TypedDict):
    """A text in both languages."""

    en: str
    zh: str


class ProblemKind(TypedDict):
    """One kind of problem as the catalogue explains it."""

    title: Bilingual
    means: Bilingual


@cache
def catalogue() -> Mapping[str, ProblemKind]:
    """Return the kinds of problems by slug."""
    return cast("Mapping[str, ProblemKind]", read_yaml(CATALOGUE))


def problem_document(error: DutyclockError, request_id: str) -> dict[str, Any]:
    """Return the document that tells a caller of `error`; `instance` is the request's id."""
    kind = _kind_of(error)
    document: dict[str, Any] = {
        "type": f"/problems/{error.slug}",
        "title": kind["title"]["en"],
        "title_zh": kind["title"]["zh"],
        "status": error.status,
        "detail": error.detail,
        "instance": f"urn:request:{request_id}",
    }
    if error.problems:
        document["problems"] = [_written(one) for one in error.problems]
    if error.clause:
        document["clause"] = error.clause
    return document


def _written(problem: FieldProblem) -> dict[str, str]:
    """Reasons too stand in both languages, where the catalogue has the Chinese one."""
    written = {"field": problem.field, "reason": problem.reason}
    if chinese := in_chinese(problem):
        written["reason_zh"] = chinese
    return written


def _kind_of(error: DutyclockError) -> ProblemKind:
    """A service's own refusal that the catalogue does not name has the title of the kind it belongs to."""
    for kind in type(error).__mro__:
        entry = catalogue().get(getattr(kind, "slug", ""))
        if entry is not None:
            return entry
    return catalogue()["unexpected"]


def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer any exception with its problem document; the only exception handler of every app."""
    request_id = cast("str", request.scope.get("state", {}).get("request_id", ""))
    refused = as_refusal(error, request)
    if refused.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log_failure(refused, error)
    return Response(
        orjson.dumps(problem_document(refused, request_id)),
        status_code=refused.status,
        media_type=PROBLEM_JSON,
        headers=_headers(refused, error),
    )


def _log_failure(refused: DutyclockError, error: Exception) -> None:
    if isinstance(refused, SealingKeyUnset):
        log.error("a sealing key is not set", action="answer_problem", reason=refused.detail)
    elif refused.status == 503:
        log.warning("not available", action="answer_problem", reason=repr(error.__cause__ or error))
    else:
        log.error("unexpected failure", action="answer_problem", exc_info=error)


def _headers(refused: DutyclockError, error: Exception) -> dict[str, str]:
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if refused.retry_after_seconds is not None:
        headers["Retry-After"] = str(refused.retry_after_seconds)
    if refused.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="dutyclock"'
    return headers


_OF_STATUS: Mapping[int, type[DutyclockError]] = {401: Unauthenticated, 403: Forbidden, 413: TooLarge}


def as_refusal(error: Exception, request: Request[Any, Any, Any]) -> DutyclockError:
    """Return `error` as one of our kinds; what is none of them becomes a 500 that says nothing of itself."""
    match error:
        case DutyclockError():
            return error
        case MethodNotAllowedException():
            return MethodNotAllowed(f"This path does not answer {request.method}.")
        case NotFoundException():
            return NotFound("There is nothing at this path.")
        case HTTPException(status_code=HTTPStatus.BAD_REQUEST):
            return _refused_parameters(error, request)
        case HTTPException() if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _OF_STATUS.get(error.status_code, MalformedInput)(HTTPStatus(error.status_code).phrase)
        case _:
            return DutyclockError("The failure is logged under this request's id.")


_MISSING = re.compile(r"Missing required (\w+) parameter '([^']+)'")


def _refused_parameters(error: HTTPException, request: Request[Any, Any, Any]) -> DutyclockError:
    """Litestar's own refusals quote the address with its query, so only field and reason are taken over."""
    missing = _MISSING.match(error.detail)
    if missing:
        problem = FieldProblem(missing[2], f"is a required {missing[1]} parameter")
        return InvalidInput("A parameter is missing.", problems=[problem])
    if not isinstance(error.extra, list):
        return MalformedInput("The request cannot be read.")
    details = cast("Iterable[Mapping[str, str]]", error.extra)
    return InvalidInput(
        "The request has fields that are refused.", problems=[_problem(one, request) for one in details]
    )


def _problem(detail: Mapping[str, str], request: Request[Any, Any, Any]) -> FieldProblem:
    argument = detail.get("key", "")
    if argument == "data":
        return FieldProblem("", "a JSON body is required")
    parameter = request.route_handler.parsed_fn_signature.parameters.get(argument)
    on_the_wire = getattr(parameter.kwarg_definition, "name", None) if parameter else None
    reason = parameter_reason(detail["message"], parameter.annotation if parameter else None)
    return FieldProblem(on_the_wire or argument, reason)


@get("/problems/{slug:str}", opt={"open": True}, tags=["problems"], sync_to_thread=False)
def explain_problem(slug: FromPath[str]) -> ProblemKind:
    """Explain a kind of problem in both languages."""
    kind = catalogue().get(slug)
    if kind is None:
        raise NotFound("There is no such kind of problem.")
    return kind
