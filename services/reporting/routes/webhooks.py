"""HTTP door of webhooks: parse, act, answer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.reporting.actions import manage_webhooks as act
from services.reporting.rules.webhook_subscription import problems_of_events, problems_of_url
from services.reporting.service import Reporting
from services.reporting.storage.webhooks import Delivery, Subscription
from services.reporting.wire.webhooks import (
    DeliveryState,
    DeliveryView,
    NewSecret,
    NewWebhook,
    PauseOrder,
    WebhookOrder,
    WebhookView,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.contracts import EVENTS
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

Service = NamedDependency[Reporting]
BEFORE_ALL = ("", UUID(int=0))
AFTER_ALL = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
InState = Annotated[
    DeliveryState | None, QueryParameter(name="state", description="Only deliveries of this state.")
]


@post(
    "/v1/webhooks",
    guards=[requires("webhooks:write", "events:read")],
    status_code=201,
    responses={200: ResponseSpec(NewWebhook, description="The same key has ordered the same before.")},
)
async def post_webhook(
    data: JSONBody[WebhookOrder], request: WireRequest, reporting: Service
) -> Response[NewWebhook]:
    """Ask to be told of events of a subtree 事件推送订阅, of all services, signed by Standard Webhooks.

    From now on; what was published before is read at `GET /v1/events`. The webhook lives as long as the key.
    """
    division = reporting.divisions.get(data.division).code
    problems = problems_of_url(data.url, allow_plain=reporting.webhook_allow_local)
    problems += problems_of_events(data.events, EVENTS)
    if problems:
        raise InvalidInput("The webhook has fields that are refused.", problems=problems)
    request.user.must_reach(division)
    made, secret = await act.make_webhook(
        reporting.database,
        reporting.sealer,
        division=division,
        url=data.url,
        events=data.events,
        created_by=request.user.id,
        now=reporting.real_clock.now(),
    )
    return Response(NewWebhook.with_secret(made, secret), status_code=200 if secret is None else 201)


@get("/v1/webhooks", guards=[requires("webhooks:read")])
async def get_webhooks(
    request: WireRequest,
    reporting: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[WebhookView]:
    """List the webhooks of a subtree 推送订阅列表."""
    bounds = request.user.bounds_in(reporting.divisions, division)
    place = place_in_list(request, cursor, limit, tuple[str, UUID])
    rows = await act.list_webhooks(reporting.database, bounds, place.after or BEFORE_ALL, place.rows_wanted)
    return page_of(request, place, rows, key=_position, show=WebhookView.of)


def _position(row: Subscription) -> Sequence[str]:
    return (row.division, str(row.id))


@get("/v1/webhooks/{webhook_id:uuid}", guards=[requires("webhooks:read")])
async def get_webhook(webhook_id: FromPath[UUID], request: WireRequest, reporting: Service) -> WebhookView:
    """Return a webhook 推送订阅."""
    return WebhookView.of(await act.read_webhook(reporting.database, webhook_id, request.user.bounds()))


@delete("/v1/webhooks/{webhook_id:uuid}", guards=[requires("webhooks:write")])
async def delete_webhook(webhook_id: FromPath[UUID], request: WireRequest, reporting: Service) -> None:
    """Remove a webhook with its ledger 取消订阅."""
    await act.delete_webhook(reporting.database, webhook_id, request.user.bounds())


@post("/v1/webhooks/{webhook_id:uuid}/pause", guards=[requires("webhooks:write")], status_code=200)
async def pause_webhook(
    webhook_id: FromPath[UUID], data: JSONBody[PauseOrder], request: WireRequest, reporting: Service
) -> WebhookView:
    """Pause a webhook 暂停推送; what was due waits, what happens meanwhile is not kept for it."""
    return WebhookView.of(
        await act.set_webhook_state(
            reporting.database,
            webhook_id,
            request.user.bounds(),
            active=False,
            reason=data.reason,
            now=reporting.real_clock.now(),
        )
    )


@post("/v1/webhooks/{webhook_id:uuid}/resume", guards=[requires("webhooks:write")], status_code=200)
async def resume_webhook(webhook_id: FromPath[UUID], request: WireRequest, reporting: Service) -> WebhookView:
    """Resume a webhook 恢复推送."""
    return WebhookView.of(
        await act.set_webhook_state(
            reporting.database,
            webhook_id,
            request.user.bounds(),
            active=True,
            reason=None,
            now=reporting.real_clock.now(),
        )
    )


@post("/v1/webhooks/{webhook_id:uuid}/secret", guards=[requires("webhooks:write")], status_code=200)
async def rotate_webhook_secret(
    webhook_id: FromPath[UUID], request: WireRequest, reporting: Service
) -> NewSecret:
    """Give a webhook a new secret 更换密钥; for 24 hours both sign."""
    secret = await act.rotate_webhook_secret(
        reporting.database,
        reporting.sealer,
        webhook_id,
        request.user.bounds(),
        now=reporting.real_clock.now(),
    )
    return NewSecret(secret=secret)


@get("/v1/webhooks/{webhook_id:uuid}/deliveries", guards=[requires("webhooks:read")])
async def get_deliveries(
    webhook_id: FromPath[UUID],
    request: WireRequest,
    reporting: Service,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[DeliveryView]:
    """List what a webhook was told or is to be told 推送记录, the newest first."""
    place = place_in_list(request, cursor, limit, tuple[datetime, UUID])
    rows = await act.list_deliveries(
        reporting.database,
        webhook_id,
        request.user.bounds(),
        state=in_state,
        before=place.after or AFTER_ALL,
        most=place.rows_wanted,
    )
    return page_of(request, place, rows, key=_newest, show=DeliveryView.of)


def _newest(row: Delivery) -> Sequence[str]:
    return (row.created_at.isoformat(), str(row.id))


@post(
    "/v1/webhooks/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/retry",
    guards=[requires("webhooks:write")],
    status_code=202,
)
async def retry_delivery(
    webhook_id: FromPath[UUID], delivery_id: FromPath[UUID], request: WireRequest, reporting: Service
) -> None:
    """Tell a webhook something again 重新推送, whatever became of it before."""
    await act.retry_delivery(
        reporting.database,
        webhook_id,
        delivery_id,
        request.user.bounds(),
        now=reporting.real_clock.now(),
    )


ROUTES = [
    post_webhook,
    get_webhooks,
    get_webhook,
    delete_webhook,
    pause_webhook,
    resume_webhook,
    rotate_webhook_secret,
    get_deliveries,
    retry_delivery,
]
