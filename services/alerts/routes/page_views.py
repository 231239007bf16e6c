"""What travels over the pages' HTTP door."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from services.alerts.actions.read_pages import WholePage
from services.alerts.rules.charge_notice import NoticeKind
from services.alerts.rules.delivery_retry import AttemptState, DeliveryState
from services.alerts.storage.deliveries import Attempt
from services.alerts.storage.pages import ListedItem, StoredPage
from shared.strict_json import WireModel
from shared.vocabulary import Occasion


class AcknowledgementOrder(WireModel):
    """Who answers a page; nothing is needed, the key's name stands where nobody is named."""

    by: Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)] | None = None


class AcknowledgementView(BaseModel):
    """A page's acknowledgement as it stands on record; `first` says whether this call made it."""

    page_id: UUID
    acknowledged_at: datetime
    acknowledged_by: str
    first: bool


class PageView(BaseModel):
    """A page as a list shows it."""

    id: UUID
    person: str
    division: str
    occasion: Occasion
    clocks: int
    notice: NoticeKind | None
    """What it tells without a clock; null where it lists clocks."""
    created_at: datetime
    delivery: DeliveryState | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_via: str | None

    @classmethod
    def of(cls, page: StoredPage) -> "PageView":
        """Return the wire's form of a page."""
        return cls(
            id=page.id,
            person=page.person_key,
            division=page.division,
            occasion=page.occasion,
            clocks=page.items,
            notice=page.notice and page.notice.kind,
            created_at=page.created_at,
            delivery=page.delivery,
            acknowledged_at=page.acknowledged_at,
            acknowledged_by=page.acknowledged_by,
            acknowledged_via=page.acknowledged_via,
        )


class ItemView(BaseModel):
    """One clock on a page."""

    clock_id: UUID
    rule: str
    subject: str
    division: str
    occasion: Occasion
    rung: int
    found_in: str
    due_at: datetime
    open: bool

    @classmethod
    def of(cls, listed: ListedItem) -> "ItemView":
        """Return the wire's form of a listed clock."""
        return cls(
            clock_id=listed.item.clock_id,
            rule=listed.rule_id,
            subject=listed.subject,
            division=listed.division,
            occasion=listed.item.occasion,
            rung=listed.item.rung,
            found_in=listed.item.found_in,
            due_at=listed.due_at,
            open=listed.is_open,
        )


class AttemptView(BaseModel):
    """One attempt to hand the page to a channel."""

    number: int
    channel: str
    state: AttemptState
    reason: str | None
    started_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptView":
        """Return the wire's form of an attempt; of the channel its kind alone."""
        return cls(
            number=attempt.number,
            channel=attempt.channel_kind,
            state=attempt.state,
            reason=attempt.reason,
            started_at=attempt.started_at,
            finished_at=attempt.finished_at,
        )


class WholePageView(BaseModel):
    """A page with every clock on it and every attempt to deliver it."""

    page: PageView
    items: list[ItemView]
    attempts: list[AttemptView]

    @classmethod
    def of(cls, whole: WholePage) -> "WholePageView":
        """Return the wire's form of a whole page."""
        return cls(
            page=PageView.of(whole.page),
            items=[ItemView.of(item) for item in whole.items],
            attempts=[AttemptView.of(attempt) for attempt in whole.attempts],
        )
