"""What `campaigns.yaml` says: targets for testing a whole population, units of support, and being behind."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.divisions import Level
from shared.policy.notices import Citation
from shared.policy.values import Duration, Identifier, PolicyModel, Share, Text

Clauses = Annotated[tuple[Citation, ...], Field(min_length=1)]
Positive = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]


class Resource(StrEnum):
    """What may limit a campaign, in the order in which a tube meets it."""

    HANDS = "hands"
    """Teams that sample."""
    POSTS = "posts"
    """Places at the sampling points where a team can stand."""
    TRANSPORT = "transport"
    EXTRACTION = "extraction"
    PCR = "pcr"


class Target(PolicyModel):
    """How soon everybody is to be tested, for one size of area; a campaign picks one by its id."""

    id: Identifier
    title: Text
    requirement: Identifier
    figure: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]
    """The figure of the requirement that it keeps: `town.alone`."""
    clause: Clauses
    level: Level
    """The highest level of division that a campaign with this target may pick."""
    population: Literal["all", "urban"]
    support: Literal["none", "outside", "municipal"]
    """From where support is meant to come; `none` is to be met alone."""
    aim: Duration | None = None
    """What is striven for, where the notices give two figures."""
    within: Duration
    """The limit, counted from the beginning of the campaign."""

    @model_validator(mode="after")
    def _aims_before_the_limit(self) -> "Target":
        if self.aim is not None and self.aim >= self.within:
            raise PydanticCustomError("aim_not_below", "the aim must be shorter than the limit")
        return self


class SupportUnit(PolicyModel):
    """In what unit one resource is lent, and how hard it is to come by."""

    kind: Resource
    title: Text
    amount: Positive
    """How much a unit is: one team, one vehicle, so many tubes a day."""
    weight: Positive


class Support(PolicyModel):
    """In which units a gap is closed."""

    units: Annotated[tuple[SupportUnit, ...], Field(min_length=len(Resource), max_length=len(Resource))]
    decided: Text | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> "Support":
        if {unit.kind for unit in self.units} != set(Resource):
            raise PydanticCustomError(
                "units_not_once", "each of hands, posts, transport, extraction, pcr stands once"
            )
        return self

    def unit(self, kind: Resource) -> SupportUnit:
        """Return the unit of a resource."""
        return next(unit for unit in self.units if unit.kind is kind)


class ForecastLaw(PolicyModel):
    """How the finish of a campaign is foretold, and when it counts as behind."""

    look_back: Duration
    """How many hours with sampling give the pace."""
    least: Duration
    """With less than that on record nothing is foretold."""
    band: Annotated[tuple[Share, Share], Field(description="The lower and the upper end of the band")]
    behind_at: Share
    """The share of the forecast that must lie before the limit."""
    decided: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "ForecastLaw":
        if not self.band[0] < self.band[1]:
            raise PydanticCustomError("band_not_increasing", "the band must begin below its end")
        if self.least < timedelta(hours=1):
            raise PydanticCustomError("least_too_short", "must be an hour at least")
        return self


class CampaignsFile(PolicyModel):
    """The file campaigns.yaml: targets by name, units of support, the forecast."""

    targets: Annotated[tuple[Target, ...], Field(min_length=1)]
    decided: Text | None = None
    support: Support
    forecast: ForecastLaw

    def target(self, id: str) -> Target | None:
        """Return a target; None when there is none of that name."""
        return next((one for one in self.targets if one.id == id), None)

    def names(self) -> Sequence[str]:
        """Return the ids of all targets."""
        return [target.id for target in self.targets]
