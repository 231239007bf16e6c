"""Notices from other provinces, and what of them was found in the ledgers."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event


class NoticeReceived(Event):
    """Another province asked to look for people, vehicles or goods (city §12); `occurred_at` is when."""

    TYPE: ClassVar[str] = "registration.notice-received"
    SUBJECT: ClassVar[str] = "notice_id"

    notice_id: UUID
    entries: int
    """How many people, vehicles and lots it names."""


class NoticeMatched(Event):
    """What a notice names stands in a ledger of this division, which follows it to its end (city §12)."""

    TYPE: ClassVar[str] = "registration.notice-matched"
    SUBJECT: ClassVar[str] = "match_id"

    match_id: UUID
    notice_id: UUID
    ledger: str
    """people, returns, transfers or cold-chain-lots."""
    matched_id: UUID
    """Id of the person, return, transfer or lot."""


EVENTS: tuple[type[Event], ...] = (
    NoticeReceived,
    NoticeMatched,
)
