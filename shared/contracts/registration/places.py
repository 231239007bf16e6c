"""Places, goods and gatherings."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event


class PlaceEvent(Event):
    """What all events about a key place say."""

    SUBJECT: ClassVar[str] = "place_id"

    place_id: UUID
    code: str
    kind: str


class PlaceClosed(PlaceEvent):
    """A place is under closed management; `occurred_at` is since when (town §18, city §17)."""

    TYPE: ClassVar[str] = "registration.place-closed"


class PlaceReopened(PlaceEvent):
    """Closed management of a place ended; `occurred_at` is when (town §18, city §17)."""

    TYPE: ClassVar[str] = "registration.place-reopened"


class PlaceAbnormal(PlaceEvent):
    """A place reported something abnormal, which goes out at once (town §12, §13)."""

    TYPE: ClassVar[str] = "registration.place-abnormal"

    abnormality_id: UUID
    abnormality: str
    """What it was, by the policy's name."""


class LotBlocked(Event):
    """A cold-chain lot may not be sold: it lacks some of the four proofs (town §10).

    Told to the division where it first came and to each where some of it is.
    """

    TYPE: ClassVar[str] = "registration.lot-blocked"
    SUBJECT: ClassVar[str] = "lot_id"

    lot_id: UUID
    lacks: list[str]
    """The kinds of proofs, by the policy's names."""


class LotCleared(Event):
    """A cold-chain lot has all four proofs and may be sold (town §10)."""

    TYPE: ClassVar[str] = "registration.lot-cleared"
    SUBJECT: ClassVar[str] = "lot_id"

    lot_id: UUID


class GatheringEvent(Event):
    """What all events about a gathering say."""

    SUBJECT: ClassVar[str] = "gathering_id"

    gathering_id: UUID
    kind: str
    people: int


class GatheringAwaitsDecision(GatheringEvent):
    """A gathering with a control plan awaits the district's decision (town §14)."""

    TYPE: ClassVar[str] = "registration.gathering-awaits-decision"


class GatheringDecided(GatheringEvent):
    """The district leading group decided about a gathering; `people` is for how many (town §14)."""

    TYPE: ClassVar[str] = "registration.gathering-decided"

    decision_id: UUID
    decision: str
    """`approved` or `refused`."""


class GatheringUnapproved(GatheringEvent):
    """A gathering is held without the approval that it needs; `occurred_at` is since when (town §14, §18)."""

    TYPE: ClassVar[str] = "registration.gathering-unapproved"


EVENTS: tuple[type[Event], ...] = (
    PlaceClosed,
    PlaceReopened,
    PlaceAbnormal,
    LotBlocked,
    LotCleared,
    GatheringAwaitsDecision,
    GatheringDecided,
    GatheringUnapproved,
)
