"""Acknowledge a page: everything on it at once, and the climbing of its clocks is held for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.alerts.rules.climb import acknowledged, holds
from services.alerts.rules.page_law import PageLaw
from services.alerts.storage import deliveries, pages
from services.alerts.storage.pages import ListedItem, StoredPage, Via
from shared import outbox
from shared.access import Principal
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.alerts import PageAcknowledged
from shared.errors import NotFound
from shared.postgres import Connection, Database


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A page's acknowledgement as it stands on record; `first` says whether this call made it."""

    page_id: UUID
    acknowledged_at: datetime
    acknowledged_by: str
    first: bool
    after: timedelta
    """How long the answer took."""


async def acknowledge_page(
    database: Database,
    law: PageLaw,
    page_id: UUID,
    *,
    now: datetime,
    principal: Principal | None,
    by: str | None = None,
) -> Acknowledgement:
    """Write down that a page was answered and hold the climbs that it answers for, in one transaction.

    An acknowledgement is not the deed: the statutory clocks run on, and page again at their later shares
    and at breach. Repeated, or after its clocks are closed, it is harmless: the first one stays. Without a
    principal it came through the page's own link, and stands for the person who was paged. Raises NotFound
    for a page that does not exist or lies outside the principal's subtree.
    """
    async with database.transaction() as connection:
        page = await pages.lock_page(connection, page_id)
        if page is None:
            raise NotFound("This page does not exist.")
        if principal is not None:
            principal.must_find(page.division, "This page")
        if page.acknowledged_at is not None:
            known = page.acknowledged_at
            name = page.acknowledged_by or ""
            return Acknowledgement(page_id, known, name, first=False, after=known - page.created_at)
        via: Via = "link" if principal is None else principal.kind
        name = by or (page.person_key if principal is None else principal.name)
        await pages.mark_acknowledged(connection, page_id, by=name, via=via, now=now)
        await deliveries.cancel_delivery(connection, page_id, now=now)
        items = await pages.page_items(connection, page_id)
        await _hold(connection, items, law, now)
        await outbox.put(connection, [_event(page, items, via, now)], now=now)
    return Acknowledgement(page_id, now, name, first=True, after=now - page.created_at)


async def _hold(connection: Connection, items: list[ListedItem], law: PageLaw, now: datetime) -> None:
    climbs = await pages.lock_climbs(connection, sorted(one.item.clock_id for one in items))
    held = {
        one.item.clock_id: acknowledged(
            climbs[one.item.clock_id], law.frozen(one.rule_version, one.rule_id).ladder, now
        )
        for one in items
        if one.is_open
        and one.item.clock_id in climbs
        and holds(climbs[one.item.clock_id], one.item.step_due_at)
    }
    await pages.save_climbs(connection, held)


def _event(page: StoredPage, items: list[ListedItem], via: Via, now: datetime) -> Envelope:
    event = PageAcknowledged(
        division=page.division,
        occurred_at=now,
        recorded_at=now,
        page_id=page.id,
        person_id=page.person_id if via == "link" else None,
        clock_ids=[one.item.clock_id for one in items],
    )
    return envelop(event, id=derived_id(event.TYPE, page.id))
