"""What campaigns that test a whole population tell the others (town §6, city §5)."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Event


class CampaignStarted(Event):
    """A campaign has begun; `occurred_at` is its beginning, from which its limit runs."""

    TYPE: ClassVar[str] = "testing.campaign-started"
    SUBJECT: ClassVar[str] = "campaign_id"

    campaign_id: UUID
    target: str
    people: int = Field(ge=1)
    due_at: AwareDatetime


class CampaignEnded(Event):
    """A campaign is over, with the reason that was given for its end."""

    TYPE: ClassVar[str] = "testing.campaign-ended"
    SUBJECT: ClassVar[str] = "campaign_id"

    campaign_id: UUID
    reason: str


class CampaignBehind(Event):
    """The foretold finish of a campaign has crossed its limit; told once each time that it does."""

    TYPE: ClassVar[str] = "testing.campaign-behind"
    SUBJECT: ClassVar[str] = "campaign_id"

    campaign_id: UUID
    crossing: int = Field(ge=1)
    """Which time it is, from 1."""
    due_at: AwareDatetime
    finish_at: AwareDatetime | None
    """When everybody is expected to have a result; null when that is not in sight."""
    people: int
    sampled: int
    resulted: int


class CampaignOnTrack(Event):
    """A campaign that was behind is so no more: its foretold finish lies within the limit, or it is over."""

    TYPE: ClassVar[str] = "testing.campaign-on-track"
    SUBJECT: ClassVar[str] = "campaign_id"

    campaign_id: UUID
    crossing: int = Field(ge=1)
    because: Literal["forecast", "done", "ended"]


EVENTS: tuple[type[Event], ...] = (CampaignStarted, CampaignEnded, CampaignBehind, CampaignOnTrack)
