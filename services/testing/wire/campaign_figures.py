"""What a campaign has done, on the wire: figures, forecast, queues, and who has not come."""

from collections.abc import Iterable
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.testing.actions.campaigns.read_campaigns import Figures
from services.testing.rules.campaigns.campaign import CampaignState
from services.testing.rules.campaigns.counting import Counts
from services.testing.rules.campaigns.forecast import Band, Forecast, Standing
from services.testing.storage.campaign_counts import PlaceCounts, PointCounts, Queue
from services.testing.storage.residents import Building, Entry
from services.testing.wire.campaigns import CampaignCode, Few
from services.testing.wire.results import Code
from shared.contracts import derived_id
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt
from shared.vocabulary import SubjectKind


class CountsView(BaseModel):
    """How many tubes, and the people in them, have come how far 采样、送达、出结果."""

    sampled_tubes: int
    sampled_people: int
    arrived_tubes: int
    arrived_people: int
    resulted_tubes: int
    resulted_people: int
    positive_tubes: int
    """Positive pools, and single tubes found positive."""
    unclear_tubes: int

    @classmethod
    def of(cls, counts: Counts) -> "CountsView":
        """Return the wire's form of counts."""
        return cls.model_validate({name: getattr(counts, name) for name in cls.model_fields})


class LaboratoryCounts(BaseModel):
    """What has arrived at a laboratory, and what came of it."""

    laboratory: str
    counts: CountsView


class HourView(BaseModel):
    """What was done in an hour."""

    hour: AwareDatetime
    counts: CountsView


class BandView(BaseModel):
    """A foretold instant: earliest, middle and latest; null is not in sight."""

    low: AwareDatetime | None
    middle: AwareDatetime | None
    high: AwareDatetime | None

    @classmethod
    def of(cls, band: Band | None) -> "BandView | None":
        """Return the wire's form of a band."""
        return None if band is None else cls(low=band.low, middle=band.middle, high=band.high)


class ForecastView(BaseModel):
    """When a campaign will be done 完成时间预测."""

    standing: Standing
    sampled: BandView | None
    resulted: BandView | None
    sampled_per_hour: float | None
    resulted_per_hour: float | None

    @classmethod
    def of(cls, forecast: Forecast | None) -> "ForecastView | None":
        """Return the wire's form of a forecast."""
        if forecast is None:
            return None
        return cls(
            standing=forecast.standing,
            sampled=BandView.of(forecast.sampled),
            resulted=BandView.of(forecast.resulted),
            sampled_per_hour=forecast.sampled_per_hour,
            resulted_per_hour=forecast.resulted_per_hour,
        )


class FiguresView(BaseModel):
    """What a campaign has done by now, and when it will be done."""

    code: str
    state: CampaignState
    people: int | None
    due_at: AwareDatetime
    total: CountsView
    laboratories: list[LaboratoryCounts]
    hours: list[HourView]
    forecast: ForecastView | None
    is_behind: bool
    crossings: int

    @classmethod
    def of(cls, figures: Figures) -> "FiguresView":
        """Return the wire's form of a campaign's figures."""
        campaign = figures.campaign
        return cls(
            code=campaign.stated.code,
            state=campaign.state,
            people=campaign.people,
            due_at=campaign.due_at,
            total=CountsView.of(figures.total),
            laboratories=[
                LaboratoryCounts(laboratory=code, counts=CountsView.of(counts))
                for code, counts in sorted(figures.by_laboratory.items())
            ],
            hours=[
                HourView(hour=hour, counts=CountsView.of(done))
                for hour, done in sorted(figures.hours.items())
            ],
            forecast=ForecastView.of(figures.forecast),
            is_behind=campaign.is_behind,
            crossings=campaign.crossings,
        )


class PlaceView(BaseModel):
    """What was done in a division."""

    division: str
    counts: CountsView


class PlaceList(BaseModel):
    """What was done, by division; divisions in which nothing was done are absent."""

    items: list[PlaceView]

    @classmethod
    def of(cls, places: Iterable[PlaceCounts]) -> "PlaceList":
        """Return the wire's form of figures by division."""
        items = [PlaceView(division=one.division, counts=CountsView.of(one.counts)) for one in places]
        return cls(items=items)


class PointCountsView(BaseModel):
    """What was done at a point, and how many stand in line there by its last report."""

    division: str
    point: str
    counts: CountsView
    waiting: int | None
    queue_at: AwareDatetime | None

    @classmethod
    def of(cls, point: PointCounts) -> "PointCountsView":
        """Return the wire's form of a point's figures."""
        return cls(
            division=point.division,
            point=point.point,
            counts=CountsView.of(point.counts),
            waiting=point.waiting,
            queue_at=point.queue_at,
        )


class QueueRow(WireModel):
    """How many people stand in line at a point 排队人数."""

    campaign: CampaignCode
    division: DivisionCode
    """Where the point stands."""
    point: Code
    at: WireInstant
    waiting: Few

    def queue(self, received_from: str) -> Queue:
        """Return the report as it is stored."""
        campaign_id = derived_id("campaign", self.campaign)
        return Queue(campaign_id, self.division, self.point, self.at, self.waiting, received_from)


class QueueReceipt(RowReceipt):
    """What became of one report."""

    point: str | None = None


class MissingView(BaseModel):
    """Somebody of the register who has not come 未采样; by the village's own mark, never by name."""

    resident_id: UUID
    division: str
    building: str
    household: str | None
    reference: str
    subject_kind: SubjectKind
    people: int

    @classmethod
    def of(cls, entry: Entry) -> "MissingView":
        """Return the wire's form of an entry."""
        return cls.model_validate({name: getattr(entry, name) for name in cls.model_fields})


class BuildingView(BaseModel):
    """How many of a building have not come."""

    division: str
    building: str
    people: int
    missing: int

    @classmethod
    def of(cls, building: Building) -> "BuildingView":
        """Return the wire's form of a building."""
        return cls.model_validate({name: getattr(building, name) for name in cls.model_fields})
