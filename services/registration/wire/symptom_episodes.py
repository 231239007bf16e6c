"""Episodes of symptoms on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.registration.actions.care.follow_episode import FollowedEpisode
from services.registration.rules.care.symptom_episode import (
    Episode,
    EpisodeState,
    FollowUp,
    Outcome,
    Step,
)
from services.registration.storage.symptom_episodes import StepSaid
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import Verdict
from shared.vocabulary import Symptom


class FollowUpRow(WireModel):
    """What was done about symptoms 跟进措施."""

    step: FollowUp
    occurred_at: WireInstant
    recorded_at: WireInstant | None = None

    def taken(self, episode_id: UUID, *, now: datetime, received_from: str) -> Step:
        """Return the row as the rules see it."""
        return Step(episode_id, self.step, self.occurred_at, self.recorded_at or now, received_from)


class OutcomeRow(WireModel):
    """How an episode ended 跟进结果; it closes it."""

    outcome: Outcome
    occurred_at: WireInstant
    recorded_at: WireInstant | None = None

    def taken(self, episode_id: UUID, *, now: datetime, received_from: str) -> Step:
        """Return the row as the rules see it."""
        return Step(episode_id, self.outcome, self.occurred_at, self.recorded_at or now, received_from)


class EpisodeView(BaseModel):
    """What holds of an episode."""

    episode_id: UUID
    person_id: UUID
    division: str
    state: EpisodeState
    symptoms: list[Symptom]
    highest_temperature_celsius: float
    opened_at: AwareDatetime
    followed_up_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    outcome: Outcome | None

    @classmethod
    def of(cls, episode: Episode) -> "EpisodeView":
        """Return the wire's form of an episode."""
        return cls.model_validate(_shown(episode))


def _shown(episode: Episode) -> dict[str, object]:
    return {
        "episode_id": episode.id,
        "person_id": episode.person_id,
        "division": episode.division,
        "state": episode.state,
        "symptoms": sorted(episode.symptoms),
        "highest_temperature_celsius": episode.highest_temperature_celsius,
        "opened_at": episode.opened_at,
        "followed_up_at": episode.followed_up_at,
        "closed_at": episode.closed_at,
        "outcome": episode.outcome,
    }


class EpisodeReceipt(EpisodeView):
    """What became of a step, and what holds now."""

    verdict: Verdict

    @classmethod
    def after(cls, followed: FollowedEpisode) -> "EpisodeReceipt":
        """Return the answer to a step."""
        return cls.model_validate({**_shown(followed.episode), "verdict": followed.verdict})


class StepView(BaseModel):
    """One thing that was done about an episode, or its outcome."""

    step: str
    """One of the measures, or the outcome that closed it."""
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class EpisodeHistory(EpisodeView):
    """An episode and everything that was done about it."""

    steps: list[StepView]

    @classmethod
    def with_steps(cls, episode: Episode, said: list[StepSaid]) -> "EpisodeHistory":
        """Return the wire's form of an episode with its history."""
        steps = [
            StepView(
                step=one.step,
                occurred_at=one.occurred_at,
                recorded_at=one.recorded_at,
                received_at=one.received_at,
            )
            for one in said
        ]
        return cls.model_validate({**_shown(episode), "steps": steps})
