"""Hand one claimed page to its channel and record what became of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.alerts.actions.claim_deliveries import ClaimedDelivery
from services.alerts.actions.record_attempt import record_attempt
from services.alerts.gateways.pager import Pager
from services.alerts.messages import Catalogue
from services.alerts.rules.charge_notice import Notice
from services.alerts.rules.delivery_retry import AttemptState, DeliveryState, Outcome, RetryWaits
from services.alerts.rules.notice_text import PageNotice, write_notice, write_short_notice
from services.alerts.rules.one_tap_link import LinkSigner
from services.alerts.rules.page_composition import lineage_of
from services.alerts.rules.page_law import PageLaw
from services.alerts.rules.page_text import PageClock, PageText, write_page, write_short_page
from services.alerts.storage import pages
from services.alerts.storage.pages import ListedItem, StoredPage
from services.alerts.storage.roster import channel_purpose
from shared.clock import Clock
from shared.divisions import DivisionRegister, UnknownDivision
from shared.errors import Unavailable
from shared.postgres import Database
from shared.sealing import Sealer, Unsealable

log = structlog.get_logger()

RECORD_TRIES = 10


@dataclass(frozen=True, slots=True)
class DeliveryTools:
    """What delivering needs besides the page: all of it made once, at the start."""

    database: Database
    clock: Clock
    register: DivisionRegister
    law: PageLaw
    sealer: Sealer
    pager: Pager
    signer: LinkSigner
    catalogue: Catalogue
    waits: RetryWaits


@dataclass(frozen=True, slots=True)
class Delivered:
    """What an attempt came to, and the state of the delivery after it (None when it was settled before)."""

    outcome: Outcome
    state: DeliveryState | None
    handover: timedelta | None = None
    """From composing the page to a channel accepting it, when one did."""


async def deliver_page(tools: DeliveryTools, claimed: ClaimedDelivery) -> Delivered:
    """Read the page, send it outside any transaction, record the outcome; raises only when cancelled.

    The text is written at this moment, so that the time left is right on a later try as well. What goes
    wrong before sending is a refusal with its reason: it concerns this recipient and nobody else.
    """
    attempt = claimed.attempt
    composed_at: datetime | None = None
    try:
        outcome, composed_at = await _send(tools, claimed)
    except (Unavailable, Unsealable, LookupError) as error:
        log.error("page not sent", action="deliver-page", page=str(attempt.page_id), reason=str(error))
        outcome = Outcome(AttemptState.REJECTED, f"not sent ({type(error).__name__})")
    except Exception as error:
        log.exception("page not sent", action="deliver-page", page=str(attempt.page_id))
        outcome = Outcome(AttemptState.REJECTED, f"not sent ({type(error).__name__})")
    handover: timedelta | None = None
    if outcome.state is AttemptState.ACCEPTED and composed_at is not None:
        handover = tools.clock.now() - composed_at
    return Delivered(outcome, await _record(tools, attempt.page_id, attempt.number, outcome), handover)


async def _send(tools: DeliveryTools, claimed: ClaimedDelivery) -> tuple[Outcome, datetime]:
    attempt = claimed.attempt
    async with tools.database.connection() as connection:
        page = await pages.find_page(connection, attempt.page_id)
        items = await pages.page_items(connection, attempt.page_id)
    if page is None:
        raise LookupError("the page is gone")
    url = tools.sealer.open(
        claimed.sealed, purpose=channel_purpose(claimed.person_id, attempt.channel_position)
    )
    text = write_text(tools, page, items, limit=claimed.text_limit)
    outcome = await tools.pager.send(url, text.title, text.body, idempotency_key=str(attempt.id))
    return outcome, page.created_at


def write_text(
    tools: DeliveryTools, page: StoredPage, items: Sequence[ListedItem], *, limit: int | None
) -> PageText:
    """Return what a page says at this moment, in short when `limit` bounds the characters."""
    if page.notice is not None:
        return _write_notice(tools, page, page.notice, limit)
    now = tools.clock.now()
    clocks = [page_clock(item, tools.register, tools.law) for item in items]
    link = tools.signer.link(page.id, now)
    if limit is None:
        return write_page(clocks, link, now, tools.catalogue)
    language = "en" if page.language == "en" else "zh"
    return write_short_page(clocks, link, now, tools.catalogue, language=language, limit=limit)


def _write_notice(tools: DeliveryTools, page: StoredPage, notice: Notice, limit: int | None) -> PageText:
    told = PageNotice(
        kind=notice.kind,
        role=tools.law.role_title(notice.role),
        subject=str(notice.subject),
        place=place_names(tools.register, page.division)[0],
    )
    if limit is None:
        return write_notice(told, tools.catalogue)
    return write_short_notice(told, tools.catalogue, "en" if page.language == "en" else "zh", limit)


def page_clock(listed: ListedItem, register: DivisionRegister, law: PageLaw) -> PageClock:
    """Return what a text needs of a clock: names for its codes, its rule's title and clauses."""
    frozen = law.frozen(listed.rule_version, listed.rule_id)
    place, township = place_names(register, listed.division)
    return PageClock(
        occasion=listed.item.occasion,
        title=frozen.rule.title,
        clauses=frozen.citations,
        subject=listed.subject,
        place=place,
        township=township,
        due_at=listed.due_at,
    )


def place_names(register: DivisionRegister, code: str) -> tuple[str, str]:
    """Return a division's full name and its township's name, or its own when it stands higher."""
    try:
        lineage = lineage_of(register, code)
    except UnknownDivision:
        return code, code
    township = next((one for one in lineage if one.level == "township"), lineage[0])
    return register.full_name(lineage[0].code), township.name


async def _record(tools: DeliveryTools, page_id: UUID, number: int, outcome: Outcome) -> DeliveryState | None:
    # The message is out: its outcome is worth some patience with a database that is away. What cannot be
    # recorded in the end becomes `unknown` when the lease is over.
    for try_number in range(RECORD_TRIES):
        try:
            return await record_attempt(
                tools.database,
                tools.law,
                page_id,
                number,
                outcome,
                now=tools.clock.now(),
                waits=tools.waits,
            )
        except Unavailable:
            await asyncio.sleep(min(2.0, 0.1 * 2**try_number))
    log.error("outcome not recorded", action="deliver-page", page=str(page_id), attempt=number)
    return None
