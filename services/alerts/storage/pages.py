"""The rows of paging: requests, climbs, pages and their clocks, gaps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from services.alerts.rules.charge_notice import Notice, NoticeKind
from services.alerts.rules.climb import Climb, Request
from services.alerts.rules.delivery_retry import DeliveryState
from services.alerts.rules.page_composition import GapFound, NewPage, PageItem, WaitingRequest
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Occasion

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "pages.sql")

Via = Literal["link", "key", "token"]


@dataclass(frozen=True, slots=True)
class ListedItem:
    """One clock of a page with what is shown of the clock."""

    item: PageItem
    rule_id: str
    rule_version: int
    subject: str
    division: str
    due_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it is on record."""

    id: UUID
    person_id: UUID
    person_key: str
    person_name: str
    language: str
    division: str
    occasion: Occasion
    items: int
    created_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_via: Via | None
    delivery: DeliveryState | None
    notice: Notice | None = None
    """What it tells without a clock; None where it lists clocks."""


@dataclass(frozen=True, slots=True)
class PageFilter:
    """Which pages a list shows."""

    bounds: tuple[str, str]
    person: str | None = None
    acknowledged: bool | None = None
    occasion: Occasion | None = None
    delivery: DeliveryState | None = None
    since: datetime | None = None
    clock_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OpenGap:
    """A gap as it stands open."""

    gap: GapFound
    opened_at: datetime
    last_seen_at: datetime


# ---------------------------------------------------------------- composing


async def lock_composing(connection: Connection) -> None:
    """Wait until no other transaction composes, and keep others waiting until this one ends."""
    await QUERIES.execute(connection, "lock_composing")


async def waiting_requests(
    connection: Connection, *, now: datetime, waited_since: datetime
) -> list[WaitingRequest]:
    """Return the requests made until `now` whose moment is complete, and those made until `waited_since`.

    50,000 at most, which is every unit of the municipality four times over.
    """
    rows = await QUERIES.fetch(connection, "waiting_requests", now=now, waited_since=waited_since)
    return [
        WaitingRequest(
            id=row["id"],
            clock_id=row["clock_id"],
            request=Request(Occasion(row["occasion"]), row["step_due_at"], row["rung"]),
            division=row["division"],
            rule_id=row["rule_id"],
            rule_version=row["rule_version"],
            is_open=row["is_open"],
        )
        for row in rows
    ]


async def oldest_waiting_request(connection: Connection) -> datetime | None:
    """Return when the oldest request was made that no composition has taken yet."""
    return await QUERIES.fetchval(connection, "oldest_waiting_request")


async def close_requests(connection: Connection, ids: Iterable[int], *, now: datetime) -> None:
    """Mark requests as composed."""
    await QUERIES.execute(connection, "close_requests", ids=list(ids), now=now)


async def lock_climbs(connection: Connection, clock_ids: Iterable[UUID]) -> dict[UUID, Climb]:
    """Return how far each of the clocks has climbed, locked until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_climbs", clock_ids=list(clock_ids))
    return {
        row["clock_id"]: Climb(
            occasion=Occasion(row["occasion"]),
            step_due_at=row["step_due_at"],
            rung=row["rung"],
            next_rung=row["next_rung"],
            next_at=row["next_at"],
            held_until=row["held_until"],
        )
        for row in rows
    }


async def save_climbs(connection: Connection, climbs: Mapping[UUID, Climb]) -> None:
    """Insert or replace climbs, in the order of their clocks' ids."""
    if not climbs:
        return
    ordered = [(clock_id, climbs[clock_id]) for clock_id in sorted(climbs)]
    await QUERIES.execute(
        connection,
        "save_climbs",
        clock_ids=[clock_id for clock_id, _ in ordered],
        occasions=[climb.occasion for _, climb in ordered],
        step_due_ats=[climb.step_due_at for _, climb in ordered],
        rungs=[climb.rung for _, climb in ordered],
        next_rungs=[climb.next_rung for _, climb in ordered],
        next_ats=[climb.next_at for _, climb in ordered],
        held_untils=[climb.held_until for _, climb in ordered],
    )


async def insert_pages(connection: Connection, pages: Sequence[NewPage], *, now: datetime) -> None:
    """Store pages with their clocks, each with a delivery that is due at once."""
    if not pages:
        return
    ids, people = [page.id for page in pages], [page.person_id for page in pages]
    await QUERIES.execute(
        connection,
        "insert_pages",
        ids=ids,
        person_ids=people,
        divisions=[page.division for page in pages],
        occasions=[page.occasion for page in pages],
        items=[len(page.items) for page in pages],
        now=now,
    )
    items = [(page.id, item) for page in pages for item in page.items]
    await QUERIES.execute(
        connection,
        "insert_items",
        page_ids=[page_id for page_id, _ in items],
        clock_ids=[item.clock_id for _, item in items],
        occasions=[item.occasion for _, item in items],
        step_due_ats=[item.step_due_at for _, item in items],
        rungs=[item.rung for _, item in items],
        found_ins=[item.found_in for _, item in items],
    )
    await QUERIES.execute(connection, "insert_deliveries", page_ids=ids, person_ids=people, now=now)


# ---------------------------------------------------------------- climbing


CLIMBS_TOGETHER = 5000
"""How many climbs are taken at once."""


async def climb_due(connection: Connection, *, now: datetime, nobody_found: bool) -> tuple[int, int]:
    """Ask for the next rung of up to `CLIMBS_TOGETHER` due climbs; return how many were due, how many asked.

    Either those that have paged somebody or those that `nobody_found` was said of.
    """
    row = await QUERIES.fetchrow(connection, "climb_due", now=now, nobody_found=nobody_found)
    assert row is not None, "a count always has a row"
    return row["due"], row["asked"]


async def next_climb_at(connection: Connection, *, nobody_found: bool) -> datetime | None:
    """Return when the next climb of this kind is due."""
    return await QUERIES.fetchval(connection, "next_climb_at", nobody_found=nobody_found)


# ---------------------------------------------------------------- gaps


async def open_gaps(connection: Connection, gaps: Sequence[GapFound], *, now: datetime) -> set[UUID]:
    """Open gaps, or count into those that are open; return the ids of the new ones."""
    if not gaps:
        return set()
    rows = await QUERIES.fetch(
        connection,
        "open_gaps",
        ids=[gap.id for gap in gaps],
        posts=[gap.post for gap in gaps],
        divisions=[gap.division for gap in gaps],
        search_froms=[gap.search_from for gap in gaps],
        rungs=[gap.rung for gap in gaps],
        clocks=[gap.clocks for gap in gaps],
        now=now,
    )
    return {row["id"] for row in rows} & {gap.id for gap in gaps}


async def list_open_gaps(connection: Connection, bounds: tuple[str, str]) -> list[OpenGap]:
    """Return the open gaps of a subtree, newest first, at most 1,000."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "list_open_gaps", low=low, high=high)
    return [
        OpenGap(
            GapFound(row["id"], row["post"], row["division"], row["search_from"], row["rung"], row["clocks"]),
            row["opened_at"],
            row["last_seen_at"],
        )
        for row in rows
    ]


async def close_gaps(connection: Connection, ids: Iterable[UUID], *, now: datetime) -> None:
    """Close gaps."""
    await QUERIES.execute(connection, "close_gaps", ids=list(ids), now=now)


# ---------------------------------------------------------------- pages


def _page(row: Record) -> StoredPage:
    state = row.get("delivery_state")
    return StoredPage(
        id=row["id"],
        person_id=row["person_id"],
        person_key=row["person_key"],
        person_name=row["person_name"],
        language=row["language"],
        division=row["division"],
        occasion=Occasion(row["occasion"]),
        items=row["items"],
        created_at=row["created_at"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        acknowledged_via=row["acknowledged_via"],
        delivery=None if state is None else DeliveryState(state),
        notice=_notice(row),
    )


def _notice(row: Record) -> Notice | None:
    kind = row.get("notice_kind")
    return None if kind is None else Notice(NoticeKind(kind), row["notice_role"], row["notice_subject"])


async def lock_page(connection: Connection, page_id: UUID) -> StoredPage | None:
    """Return a page, locked until the transaction ends; None when there is none."""
    row = await QUERIES.fetchrow(connection, "lock_page", page_id=page_id)
    return None if row is None else _page(row)


async def find_page(connection: Connection, page_id: UUID) -> StoredPage | None:
    """Return a page, or None."""
    row = await QUERIES.fetchrow(connection, "find_page", page_id=page_id)
    return None if row is None else _page(row)


async def list_pages(
    connection: Connection, which: PageFilter, *, after: tuple[datetime, UUID] | None, most: int
) -> list[StoredPage]:
    """Return pages, newest first, those behind `after`."""
    low, high = which.bounds
    after_at, after_id = after or (None, None)
    rows = await QUERIES.fetch(
        connection,
        "list_pages",
        low=low,
        high=high,
        person=which.person,
        acknowledged=which.acknowledged,
        occasion=which.occasion,
        delivery=which.delivery,
        since=which.since,
        clock_id=which.clock_id,
        after_at=after_at,
        after_id=after_id,
        most=most,
    )
    return [_page(row) for row in rows]


async def page_items(connection: Connection, page_id: UUID) -> list[ListedItem]:
    """Return the clocks of a page, the earliest due first."""
    rows = await QUERIES.fetch(connection, "page_items", page_id=page_id)
    return [
        ListedItem(
            PageItem(
                row["clock_id"], Occasion(row["occasion"]), row["step_due_at"], row["rung"], row["found_in"]
            ),
            rule_id=row["rule_id"],
            rule_version=row["rule_version"],
            subject=row["subject"],
            division=row["division"],
            due_at=row["due_at"],
            is_open=row["is_open"],
        )
        for row in rows
    ]


async def mark_acknowledged(
    connection: Connection, page_id: UUID, *, by: str, via: Via, now: datetime
) -> None:
    """Write down who acknowledged a page; the first one stays."""
    await QUERIES.execute(connection, "mark_acknowledged", page_id=page_id, by=by, via=via, now=now)


# ---------------------------------------------------------------- figures


async def oldest_unacknowledged(connection: Connection) -> datetime | None:
    """Return when the oldest page was made that nobody has answered while one of its clocks is still open."""
    return await QUERIES.fetchval(connection, "oldest_unacknowledged")


async def count_open_gaps(connection: Connection) -> int:
    """Return how many gaps stand open."""
    return await QUERIES.fetchval(connection, "count_open_gaps")
