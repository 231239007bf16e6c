"""Webhooks on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.reporting.storage.webhooks import Delivery, Subscription
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel

Pattern = Annotated[
    str,
    StringConstraints(pattern=r"^(\*|[a-z]+\.(\*|[a-z]+(-[a-z]+)*))$", max_length=64),
    Field(examples=["reporting.case-opened", "registration.*"]),
]
DeliveryState = Literal["pending", "delivered", "exhausted"]


class WebhookOrder(WireModel):
    """Who wants to be told: an address, the events, and the subtree."""

    division: DivisionCode
    url: Annotated[
        str,
        StringConstraints(min_length=1, max_length=500),
        Field(examples=["https://district.example/hook"]),
    ]
    events: Annotated[list[Pattern], Field(min_length=1, max_length=50)]
    """Types of events, all of a service (`reporting.*`), or everything (`*`)."""


class PauseOrder(WireModel):
    """Why a webhook is paused."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class WebhookView(BaseModel):
    """A webhook; its secret is shown once, when it is made."""

    webhook_id: UUID
    division: str
    url: str
    events: list[str]
    state: Literal["active", "paused"]
    reason: str | None
    """Why it is paused."""
    created_at: WireInstant
    changed_at: WireInstant

    @classmethod
    def of(cls, found: Subscription) -> "WebhookView":
        """Return the wire's form of a webhook."""
        return cls.model_validate(_shown(found))


def _shown(found: Subscription) -> dict[str, object]:
    return {
        "webhook_id": found.id,
        "division": found.division,
        "url": found.url,
        "events": found.events,
        "state": found.state,
        "reason": found.reason,
        "created_at": found.created_at,
        "changed_at": found.changed_at,
    }


class NewWebhook(WebhookView):
    """A webhook with the secret that signs what it is told, which is shown this once."""

    secret: str | None
    """Null where the same key has ordered the same before; a new one can be asked for."""

    @classmethod
    def with_secret(cls, made: Subscription, secret: str | None) -> "NewWebhook":
        """Return the answer to the order."""
        return cls.model_validate({**_shown(made), "secret": secret})


class NewSecret(BaseModel):
    """The secret that signs from now on; for 24 hours the former one signs as well."""

    secret: str


class DeliveryView(BaseModel):
    """One event for one webhook, and how its last attempt went."""

    delivery_id: UUID
    """What the receiver sees as `webhook-id`, the same at every attempt."""
    event_type: str
    division: str
    state: DeliveryState
    attempts: int
    next_attempt_at: WireInstant | None
    """While it is pending."""
    created_at: WireInstant
    delivered_at: WireInstant | None
    status: int | None
    """What the receiver answered last."""
    reason: str | None

    @classmethod
    def of(cls, held: Delivery) -> "DeliveryView":
        """Return the wire's form of a delivery."""
        return cls(
            delivery_id=held.id,
            event_type=held.event_type,
            division=held.division,
            state=held.state,  # pyright: ignore[reportArgumentType]  # the table holds these words only
            attempts=held.attempts,
            next_attempt_at=held.next_attempt_at if held.state == "pending" else None,
            created_at=held.created_at,
            delivered_at=held.delivered_at,
            status=held.status,
            reason=held.reason,
        )
