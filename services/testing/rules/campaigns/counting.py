"""What a tube adds to its campaign's figures: what it counts for now, less what it counted for before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.vocabulary import Result

NO_POINT = ""
"""Of tubes whose sampler named no point."""
NO_LABORATORY = ""
"""Sampling is of no laboratory."""


@dataclass(frozen=True, slots=True)
class TubeFigures:
    """What of a tube the figures of a campaign are made of."""

    campaign_id: UUID | None
    division: str
    """Where it was sampled."""
    point: str | None
    opened_at: datetime
    members: int
    arrived_at: datetime | None = None
    laboratory: str | None = None
    resulted_at: datetime | None = None
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class CountKey:
    """Where something is counted: campaign, place, laboratory and hour."""

    campaign_id: UUID
    division: str
    point: str
    laboratory: str
    hour: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tubes, and the people in them, have come how far."""

    sampled_tubes: int = 0
    sampled_people: int = 0
    arrived_tubes: int = 0
    arrived_people: int = 0
    resulted_tubes: int = 0
    resulted_people: int = 0
    positive_tubes: int = 0
    unclear_tubes: int = 0

    def values(self) -> tuple[int, ...]:
        """Return the numbers in the order of the fields."""
        return (
            self.sampled_tubes,
            self.sampled_people,
            self.arrived_tubes,
            self.arrived_people,
            self.resulted_tubes,
            self.resulted_people,
            self.positive_tubes,
            self.unclear_tubes,
        )

    def plus(self, other: "Counts", sign: int = 1) -> "Counts":
        """Return the sum, or with -1 the difference."""
        return Counts(*(one + sign * two for one, two in zip(self.values(), other.values(), strict=True)))


NOTHING = Counts()


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour; those of Shanghai and of UTC are the same."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def contributions(tube: TubeFigures | None) -> Iterable[tuple[CountKey, Counts]]:
    """Yield what a tube as it stands counts for; nothing for one of no campaign."""
    if tube is None or tube.campaign_id is None:
        return
    point = tube.point or NO_POINT
    laboratory = tube.laboratory or NO_LABORATORY
    people = tube.members
    key = CountKey(tube.campaign_id, tube.division, point, NO_LABORATORY, hour_of(tube.opened_at))
    yield key, Counts(sampled_tubes=1, sampled_people=people)
    if tube.arrived_at is not None:
        key = CountKey(tube.campaign_id, tube.division, point, laboratory, hour_of(tube.arrived_at))
        yield key, Counts(arrived_tubes=1, arrived_people=people)
    if tube.resulted_at is not None:
        key = CountKey(tube.campaign_id, tube.division, point, laboratory, hour_of(tube.resulted_at))
        positive = tube.result is Result.POSITIVE
        unclear = tube.result is Result.INCONCLUSIVE
        yield (
            key,
            Counts(
                resulted_tubes=1,
                resulted_people=people,
                positive_tubes=int(positive),
                unclear_tubes=int(unclear),
            ),
        )


def differences(changes: Sequence[tuple[TubeFigures | None, TubeFigures]]) -> Mapping[CountKey, Counts]:
    """Return what tubes add to the figures by becoming what they are from what they were, zeros left out."""
    found: dict[CountKey, Counts] = {}
    for before, after in changes:
        if before == after:
            continue
        for key, counts in contributions(after):
            found[key] = found.get(key, NOTHING).plus(counts)
        for key, counts in contributions(before):
            found[key] = found.get(key, NOTHING).plus(counts, -1)
    return {key: counts for key, counts in found.items() if counts != NOTHING}
