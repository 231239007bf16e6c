"""A sentinel 哨点: a clinic or pharmacy that looks for listed symptoms and reports them.

A report names its sentinel by a code. Codes of the register are unique; senders' codes may not be, so a
report is held to be a sentinel's own only when it comes from the township that the sentinel stands in.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.divisions import DivisionRegister
from shared.errors import FieldProblem

TOWNSHIP_DIGITS = 9


class SentinelKind(StrEnum):
    """What kind of sentinel it is 哨点类别 (town §17, city, sentinel sentence)."""

    VILLAGE_CLINIC = "village-clinic"
    PRIVATE_CLINIC = "private-clinic"
    PHARMACY = "pharmacy"


class SentinelState(StrEnum):
    """Whether it is open 哨点状态."""

    OPEN = "open"
    CLOSED = "closed"


class Standing(StrEnum):
    """How a report's sentinel stands in the register 哨点登记情况; whatever it is, the report is kept."""

    REGISTERED = "registered"
    CLOSED = "closed"
    """It was closed before the patient was seen."""
    OF_ANOTHER_TOWNSHIP = "of-another-township"
    """A slip, or a clinic across the border: it counts against nobody."""
    UNREGISTERED = "unregistered"


@dataclass(frozen=True, slots=True)
class Sentinel:
    """A sentinel as it stands in the register; who is in charge of it is kept apart, sealed."""

    code: str
    division: str
    kind: SentinelKind
    name: str
    usual_days_per_week: int | None
    """On how many days a week it usually reports, as it said itself."""
    open_since: datetime
    closed_at: datetime | None = None

    @property
    def township(self) -> str:
        """The township that it stands in."""
        return township_of(self.division)

    @property
    def state(self) -> SentinelState:
        """Whether it is open."""
        return SentinelState.OPEN if self.closed_at is None else SentinelState.CLOSED


def township_of(division: str) -> str:
    """Return the township of a village or township; what stands higher has none and is returned as it is."""
    return division[:TOWNSHIP_DIGITS]


def standing_of(sentinel: Sentinel | None, division: str, seen_at: datetime) -> Standing:
    """Return how the sentinel stands that a report from `division` names."""
    if sentinel is None:
        return Standing.UNREGISTERED
    if township_of(division) != sentinel.township:
        return Standing.OF_ANOTHER_TOWNSHIP
    if sentinel.closed_at is not None and seen_at > sentinel.closed_at:
        return Standing.CLOSED
    return Standing.REGISTERED


def problems_of(division: str, divisions: DivisionRegister) -> list[FieldProblem]:
    """Return why a sentinel cannot stand in a division; an empty list when it can."""
    if division not in divisions:
        return [FieldProblem("division", f"unknown division {division!r}")]
    if divisions.get(division).level not in ("township", "village"):
        return [FieldProblem("division", "a sentinel stands in a township or a village")]
    return []
