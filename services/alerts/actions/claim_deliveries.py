"""Claim pages that are to be handed to a channel, and write each attempt down before it is made."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from services.alerts.actions.record_attempt import give_up_delivery
from services.alerts.rules.page_law import PageLaw
from services.alerts.storage import deliveries
from services.alerts.storage.deliveries import DueDelivery, NewAttempt
from shared.contracts import derived_id
from shared.postgres import Database

Key = TypeVar("Key", UUID, bytes)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """An attempt that is on record as started and has to be made now."""

    attempt: NewAttempt
    person_id: UUID
    gateway: bytes
    text_limit: int | None
    sealed: bytes


@dataclass(frozen=True, slots=True)
class ClaimedBatch:
    """What was claimed, and when the next delivery is due (in the past, where a bound holds it back)."""

    claimed: list[ClaimedDelivery]
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many attempts may be under way at once, in all, for one gateway and for one person."""

    in_all: int = 64
    for_gateway: int = 16
    for_person: int = 2


@dataclass(slots=True)
class UnderWay:
    """How many attempts this process is making at this moment."""

    in_all: int = 0
    for_gateway: Counter[bytes] = field(default_factory=Counter[bytes])
    for_person: Counter[UUID] = field(default_factory=Counter[UUID])

    def add(self, person_id: UUID, gateway: bytes, change: int) -> None:
        """Count an attempt in (1) or out (-1)."""
        self.in_all += change
        _count(self.for_gateway, gateway, change)
        _count(self.for_person, person_id, change)


def _count(counter: Counter[Key], key: Key, change: int) -> None:
    counter[key] += change
    if counter[key] <= 0:
        del counter[key]


async def claim_deliveries(
    database: Database,
    law: PageLaw,
    *,
    now: datetime,
    lease_until: datetime,
    under_way: UnderWay,
    bounds: Bounds,
) -> ClaimedBatch:
    """Claim what is due within the bounds; each attempt is committed as started before anybody sends it.

    So a crash while sending leaves a started attempt behind, which becomes `unknown` when its lease is
    over: it is never taken for unsent and sent twice. Gateways and people at their bound are passed over
    and delay nobody else. Counts what it returns into `under_way`.
    """
    if under_way.in_all >= bounds.in_all:
        return ClaimedBatch([], None)
    async with database.transaction() as connection:
        due = await deliveries.due_deliveries(
            connection,
            now=now,
            busy_people=_at_bound(under_way.for_person, bounds.for_person),
            busy_gateways=_at_bound(under_way.for_gateway, bounds.for_gateway),
        )
        chosen = _within_bounds(due, under_way, bounds)
        await deliveries.start_attempts(
            connection, [one.attempt for one in chosen], now=now, lease_until=lease_until
        )
        next_at = await deliveries.next_delivery_at(connection)
    for one in due:
        if one.sealed is None:  # the channel was taken off the roster since the page was composed
            await give_up_delivery(database, law, one.page_id, now=now)
    for one in chosen:
        under_way.add(one.person_id, one.gateway, 1)
    return ClaimedBatch(chosen, next_at)


def _at_bound(counter: Mapping[Key, int], bound: int) -> list[Key]:
    return [key for key, count in counter.items() if count >= bound]


def _within_bounds(due: list[DueDelivery], under_way: UnderWay, bounds: Bounds) -> list[ClaimedDelivery]:
    gateways, people = Counter(under_way.for_gateway), Counter(under_way.for_person)
    chosen: list[ClaimedDelivery] = []
    room = bounds.in_all - under_way.in_all
    for one in due:
        if len(chosen) >= room:
            break
        if one.sealed is None or one.gateway is None or one.kind is None:
            continue
        if gateways[one.gateway] >= bounds.for_gateway or people[one.person_id] >= bounds.for_person:
            continue
        gateways[one.gateway] += 1
        people[one.person_id] += 1
        number = one.attempts + 1
        attempt = NewAttempt(
            id=derived_id("delivery-attempt", one.page_id, number),
            page_id=one.page_id,
            number=number,
            channel_position=one.channel_position,
            channel_kind=one.kind,
        )
        chosen.append(ClaimedDelivery(attempt, one.person_id, one.gateway, one.text_limit, one.sealed))
    return chosen
