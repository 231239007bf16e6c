"""Who becomes a contact when somebody inside a site is found positive 场所内接触者 (town §11, city §14).

Which kinds of nearness count, how far along a corridor and how long back, is for the policy to say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.policy.quarantine import Nearness, Neighbours


@dataclass(frozen=True, slots=True)
class StayInSite:
    """Somebody's stay in a room of a site, over or not."""

    stay_id: UUID
    person_id: UUID
    party_id: UUID
    room: str
    corridor: str
    position: int
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who was near, and how."""

    person_id: UUID
    nearness: Nearness


def contacts_of(
    positive: StayInSite, stays: Iterable[StayInSite], *, found_at: datetime, law: Neighbours
) -> list[Contact]:
    """Return the contacts of somebody found positive, in the order of their ids, each with what comes first.

    A stay counts when it touched the span that the policy gives before the finding, as far as the positive
    person was there already. What comes first is the order of the policy's list.
    """
    since = max(found_at - law.within, positive.began_at)
    nearest: dict[UUID, int] = {}
    for stay in stays:
        if stay.person_id == positive.person_id or not _touches(stay, since, found_at):
            continue
        for rank, nearness in enumerate(law.who):
            if _is_near(nearness, positive, stay, law.positions):
                nearest[stay.person_id] = min(rank, nearest.get(stay.person_id, rank))
                break
    return [Contact(person_id, law.who[nearest[person_id]]) for person_id in sorted(nearest)]


def _touches(stay: StayInSite, since: datetime, until: datetime) -> bool:
    return stay.began_at <= until and (stay.ended_at is None or stay.ended_at >= since)


def _is_near(nearness: Nearness, positive: StayInSite, stay: StayInSite, positions: int) -> bool:
    if nearness == "same-room":
        return stay.room == positive.room
    if nearness == "same-family":
        return stay.party_id == positive.party_id
    if stay.corridor != positive.corridor:
        return False
    return nearness == "same-corridor" or abs(stay.position - positive.position) <= positions
