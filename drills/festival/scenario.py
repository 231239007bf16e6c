"""What a festival's file says: places, risk areas, who comes home, how it is told, what must follow."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from drills.happenings import DrillModel
from shared.areas import AreaCode
from shared.divisions import DivisionCode
from shared.policy.values import Duration, Identifier, Text

Share = Annotated[float, Field(ge=0, le=1)]


class Phase(DrillModel):
    """One part of the drill: the villages of a division, and how many of its people take part."""

    id: Identifier
    division: DivisionCode
    returning_per_village: Annotated[float, Field(gt=0, le=10_000)]
    rate: Annotated[float, Field(ge=1, le=10_000)]
    """How many times faster than life the world's time runs."""
    source: Text
    """Where the number of people comes from."""


class RiskArea(DrillModel):
    """An area on the risk register from the beginning."""

    area: AreaCode
    name: str
    level: Literal["low", "medium", "high", "closed-off"]
    since_days_before: Annotated[int, Field(ge=0, le=60)]


class ExpectedStage(DrillModel):
    """A stage with its first and last day, counted from the day of the arrival."""

    kind: Identifier
    first: int
    last: int


class Expected(DrillModel):
    """What the notices demand for a profile."""

    governing: Identifier
    stages: tuple[ExpectedStage, ...]
    tests: tuple[int, ...] = ()
    """Days, counted from the day of the arrival."""
    transfer: bool = False
    """Whether the person is to be moved to a central site."""


class Profile(DrillModel):
    """People who come home in the same way."""

    id: Identifier
    share: Share
    origin: AreaCode
    passed: tuple[AreaCode, ...] = ()
    returning_worker: bool = False
    occupation: Identifier | None = None
    negative_test_hours_before: Annotated[int, Field(ge=1, le=720)] | None = None
    entry: Mapping[str, Any] | None = None
    """`days_before`, `place`, `central_completed_days_before`, `certificate`."""
    expects: Expected


class Telling(DrillModel):
    """How a return becomes known and is registered."""

    preregistered: Share
    known_by_list: Share
    """Told by a railway's list as well, under a reference of its own, with an arrival a little earlier."""
    registered_late: Share
    never_registered: Share
    told_twice: Share

    @model_validator(mode="after")
    def _fits(self) -> "Telling":
        if self.registered_late + self.never_registered > 1:
            raise PydanticCustomError("shares", "late and never registered are more than everybody")
        return self


class Festival(DrillModel):
    """A whole drill."""

    id: Identifier
    title: Text
    policy: Identifier
    starts_at: AwareDatetime
    lasts: Duration
    seed: int
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    risk_areas: tuple[RiskArea, ...]
    telling: Telling
    village_without_doctor_every: Annotated[int, Field(ge=2)]
    """So many villages have one among them without a village doctor: a gap that must be visible."""
    profiles: Annotated[tuple[Profile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _everybody_has_a_profile(self) -> "Festival":
        total = sum(profile.share for profile in self.profiles)
        if abs(total - 1) > 1e-6:
            raise PydanticCustomError("shares", "the profiles' shares add up to {total}", {"total": total})
        return self

    def phase(self, id_: str) -> Phase:
        """Return a phase; raises KeyError."""
        for phase in self.phases:
            if phase.id == id_:
                return phase
        raise KeyError(id_)

    @property
    def days(self) -> int:
        """How many days people come home."""
        return self.lasts // timedelta(days=1)
