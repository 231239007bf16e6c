"""Every example of a request body in the OpenAPI documents is sent to the real service and taken."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import httpx
import pytest

from shared.jetstream import SERVICES
from shared.strict_json import JSON, NDJSON
from shared.workbooks import XLSX
from tests.system.doors import DOORS, NEEDED, Attacked
from tests.system.standing import Standing

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("standing")]

WITHOUT_A_BODY = {
    "POST /v1/campaigns/{code}/plans": "the campaign and the registers say all of it",
    "POST /v1/departures/{departure_id}/withdraw": "the path says all of it",
    "POST /v1/plans/{plan_id}/release": "the path says all of it; answers 409 with what is missing",
    "POST /v1/sites/{code}/rooms/{room}/ready": "the path says all of it",
    "POST /v1/cases/{case_id}/{step}": "answers for every step that has no door of its own: 404 or 405",
    "POST /v1/inbound-messages/{message_id}/replay": "the path says all of it",
    "POST /v1/webhooks/{webhook_id}/resume": "the path says all of it",
    "POST /v1/webhooks/{webhook_id}/secret": "the path says all of it",
    "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/retry": "the path says all of it",
}
"""Operations that take no body, and why."""
OTHER_PATHS = {
    "/v1/assistance-notices/{notice_id}/entries/batch": "/v1/assistance-notices/{notice}/entries/batch",
    "/v1/places/{code}/people/batch": "/v1/places/{place}/people/batch",
    "/v1/sites/{code}": "/v1/sites/rural-site-1",
    "/v1/webhooks/{webhook_id}/pause": "/v1/webhooks/{webhook}/pause",
}
"""Where doors of the other tests do not say what stands in the path."""
STANDS_FOR = {"44444444-4444-4444-8444-444444444444": "sequenced"}
"""Ids in bodies that a service makes itself, and what the seeds call them."""
LAST = (
    "/v1/plans/{plan_id}/test-results/{sample_id}/withdrawal",
    "/v1/returns/{return_id}/proofs/{proof_id}/withdrawal",
    "/v1/returns/{return_id}/withdrawal",
    "/v1/campaigns/{code}/end",
    "/v1/sites/{code}/close",
    "/v1/sentinels/{code}/close",
    "/v1/places/{code}/closed-management",
    "/v1/rooms/leaves",
    "/v1/sites/{code}/positives",
)
"""What ends something that other examples need."""


class Example(NamedTuple):
    """An example as the document shows it; None for an operation that should have one and has none."""

    method: str
    path: str
    media: str
    body: Any

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path}"


def examples_in(document: Mapping[str, Any]) -> Iterator[Example]:
    """The examples of a document."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method not in ("post", "put", "patch") or f"{method.upper()} {path}" in WITHOUT_A_BODY:
                continue
            content = operation.get("requestBody", {}).get("content", {})
            media = next(iter(content), JSON)
            yield Example(method.upper(), path, media, content.get(media, {}).get("example"))


async def documents(attacked: Attacked, service: str) -> dict[str, Any]:
    return (await attacked.platform.clients[service].get("/openapi.json")).json()


def in_order(examples: list[Example]) -> list[Example]:
    return sorted(examples, key=lambda one: one.path in LAST)


def address_of(service: str, example: Example, ids: Mapping[str, str]) -> str:
    """The example's path with what was put there by the seeds of the other tests."""
    if "{" not in example.path:
        return example.path
    pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(example.path)))
    paths = [OTHER_PATHS[example.path]] if example.path in OTHER_PATHS else []
    paths += [
        door.path
        for door in DOORS
        if door.service == service and door.method == example.method and pattern.fullmatch(door.path)
    ]
    assert paths, f"{example.operation}: no door in tests/system/*_doors.py says what its path may name"
    return paths[0].format(**ids)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_example_is_taken(standing: Standing, service: str) -> None:
    attacked, _ = await standing.attacked(*NEEDED[service], rate=1.0, kept_for="examples")
    try:
        client = attacked.platform.clients[service]
        await seed_more(attacked, service)
        examples = list(examples_in(await documents(attacked, service)))
        assert examples
        refused = [
            trouble
            for example in in_order(examples)
            if (trouble := await _send(client, service, example, attacked.ids)) is not None
        ]
        assert refused == [], "\n".join(refused)
    finally:
        await attacked.platform.close()


async def seed_more(attacked: Attacked, service: str) -> None:
    """What only examples ask for."""
    if service == "registration":
        notices = (await attacked.platform.get(service, "/v1/assistance-notices"))["items"]
        attacked.ids["notice"] = notices[0]["notice_id"]
    if service == "reporting":
        webhook = {"division": "500104102001", "url": "https://town.example/hook", "events": ["reporting.*"]}
        stored = await attacked.platform.post(service, "/v1/webhooks", webhook)
        attacked.ids["webhook"] = stored["webhook_id"]


async def _send(
    client: httpx.AsyncClient, service: str, example: Example, ids: Mapping[str, str]
) -> str | None:
    """Return what is wrong with an example, or with its absence."""
    if example.path.endswith(
        "/workbook"
    ):  # bytes have no example: the template that its own door gives is one
        book = (await client.get(example.path)).content
        answer = await client.post(example.path, content=book, headers={"content-type": XLSX})
    elif example.body is None:
        return f"{example.operation}: add an example to services/{service}/examples.yaml"
    else:
        content = example.body if isinstance(example.body, str) else json.dumps(example.body)
        for id_, seed in STANDS_FOR.items():
            content = content.replace(id_, ids.get(seed, id_))
        address, headers = address_of(service, example, ids), {"content-type": example.media}
        answer = await client.request(
            example.method, address, content=content.encode(), headers=headers, timeout=30
        )
    if not answer.is_success:
        return f"{example.operation}: {answer.status_code} {answer.text[:600]}"
    if example.media.startswith("application/hl7") and "MSA|AA" not in answer.text:
        return f"{example.operation}: {answer.text}"
    refused = [row for row in _rows(answer) if row.get("verdict") == "refused"]
    return f"{example.operation}: {refused}" if refused else None


def _rows(answer: httpx.Response) -> list[dict[str, Any]]:
    """The verdicts of a batch, or the lines of a stream."""
    media = answer.headers.get("content-type", "")
    if media.startswith(NDJSON):
        return [json.loads(line) for line in answer.text.splitlines()]
    document = answer.json() if media.endswith("json") else {}
    return document.get("rows", []) if isinstance(document, dict) else []
