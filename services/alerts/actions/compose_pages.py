"""Compose the pages that are asked for: one for each person on duty, with deliveries and events."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.alerts.rules.page_composition import (
    Composition,
    GapFound,
    NewPage,
    WaitingRequest,
    compose,
    lineage_of,
)
from services.alerts.rules.page_law import PageLaw
from services.alerts.rules.roster import Roster, roster_at
from services.alerts.storage import pages, roster
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.alerts import DutyGap, PageSent
from shared.divisions import DivisionRegister, UnknownDivision
from shared.postgres import Connection, Database
from shared.vocabulary import Occasion

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Composed:
    """What one composition did."""

    requests: int
    pages: Mapping[Occasion, int]
    """How many pages, by their gravest occasion."""
    clocks: int
    new_gaps: int
    failures: int
    oldest_left: datetime | None
    """When the oldest request was made that is still waiting, for its moment to be complete, say."""


async def compose_pages(
    database: Database, register: DivisionRegister, law: PageLaw, *, now: datetime, patience: timedelta
) -> Composed:
    """Turn every request whose moment is complete into pages, in one transaction; nothing waiting is no work.

    A moment is complete when no clock has an unfired step of the very same instant: then the thousands of
    clocks that fall due together (17:00, town §3) are all there and travel as one page for each person.
    Waiting for earlier instants too would let a steady stream of late results hold back everybody's pages;
    `patience`, in world time, is the longest that a request waits for its moment. Two processes compose one
    after the other, never at once. Aborted anywhere, nobody was paged and the same requests come again.
    """
    async with database.transaction() as connection:
        await pages.lock_composing(connection)
        waiting = await pages.waiting_requests(connection, now=now, waited_since=now - patience)
        if not waiting:
            return Composed(0, {}, 0, 0, 0, await pages.oldest_waiting_request(connection))
        climbs = await pages.lock_climbs(connection, sorted({one.clock_id for one in waiting}))
        on_duty = await _on_duty(connection, waiting, register, now)
        composition = compose(waiting, climbs, on_duty, register, law, now)
        new_gaps = await _store(connection, composition, now)
        oldest_left = await pages.oldest_waiting_request(connection)
    for failure in composition.failures:
        log.error(
            "request not composed",
            action="compose-pages",
            request=failure.request_id,
            reason=f"{type(failure.error).__name__}: {failure.error}",
        )
    return Composed(
        requests=len(waiting),
        pages=Counter(page.occasion for page in composition.pages),
        clocks=sum(len(page.items) for page in composition.pages),
        new_gaps=new_gaps,
        failures=len(composition.failures),
        oldest_left=oldest_left,
    )


async def _on_duty(
    connection: Connection, waiting: list[WaitingRequest], register: DivisionRegister, now: datetime
) -> Roster:
    divisions: set[str] = set()
    for code in {one.division for one in waiting}:
        try:
            divisions.update(division.code for division in lineage_of(register, code))
        except UnknownDivision:
            continue  # composing names the request that it belongs to
    return roster_at(await roster.shifts_at(connection, divisions, now), now)


async def _store(connection: Connection, composition: Composition, now: datetime) -> int:
    await pages.insert_pages(connection, composition.pages, now=now)
    await pages.save_climbs(connection, composition.climbs)
    opened = await pages.open_gaps(connection, composition.gaps, now=now)
    await pages.close_requests(connection, composition.settled, now=now)
    sent = [page_sent(page, now) for page in composition.pages]
    alarms = [duty_gap(gap, now) for gap in composition.gaps if gap.id in opened]
    await outbox.put(connection, [*alarms, *sent], now=now)
    return len(opened)


def page_sent(page: NewPage, now: datetime) -> Envelope:
    """Return the event of a page, with its person's id and nothing else about them."""
    event = PageSent(
        division=page.division,
        occurred_at=now,
        recorded_at=now,
        page_id=page.id,
        person_id=page.person_id,
        occasion=page.occasion,
        clock_ids=[item.clock_id for item in page.items],
    )
    return envelop(event, id=derived_id(event.TYPE, page.id))


def duty_gap(gap: GapFound, now: datetime) -> Envelope:
    """Return the alarm that nobody was on duty on a post."""
    event = DutyGap(
        division=gap.division, occurred_at=now, recorded_at=now, gap_id=gap.id, post=gap.post, rung=gap.rung
    )
    return envelop(event, id=derived_id(event.TYPE, gap.id))
