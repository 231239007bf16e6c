"""Whom a new responsible person for somebody is told to: the former and the new one (town §5).

The responsibility grid and the duty roster are kept by different offices. Somebody who carries the same mark
in both is the same person, when their entry on the roster is kept in the township, below it, or above it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.contracts import derived_id
from shared.contracts.registration import ChargeEnded
from shared.contracts.registration.care import responsible_id_of

REASSIGNED = "reassigned"


class NoticeKind(StrEnum):
    """What a notice tells 告知事项."""

    CHARGE_BEGUN = "charge-begun"
    CHARGE_ENDED = "charge-ended"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a page tells that lists no clock: in which role, and the id of whom it is about."""

    kind: NoticeKind
    role: str
    subject: UUID


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice that is to be stored as a page; the same event again is the same page."""

    page_id: UUID
    person_id: UUID
    division: str
    notice: Notice


def notices_of(event: ChargeEnded, roster: Mapping[str, UUID]) -> list[NewNotice]:
    """Return the notices that an official's reassignment leads to; none for what ends otherwise.

    `roster` is who can be told, by mark. Whoever is on the grid and not on the roster is told nothing.
    """
    if event.reason_code != REASSIGNED or event.successor_id is None:
        return []
    known = _by_responsible(roster.items())
    told = ((event.responsible_id, NoticeKind.CHARGE_ENDED), (event.successor_id, NoticeKind.CHARGE_BEGUN))
    return [
        NewNotice(
            page_id=derived_id("charge-notice", event.charge_id, kind),
            person_id=known[responsible],
            division=event.division,
            notice=Notice(kind, event.role, event.person_id),
        )
        for responsible, kind in told
        if responsible in known
    ]


def _by_responsible(people: Iterable[tuple[str, UUID]]) -> dict[UUID, UUID]:
    return {responsible_id_of(mark): person_id for mark, person_id in people}
