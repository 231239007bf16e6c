"""Follow an episode of symptoms: what was done about it, step by step, until its outcome."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.place_people import place_people
from services.registration.rules.care.symptom_episode import (
    Episode,
    EpisodeState,
    Step,
    after_step,
    step_problems,
)
from services.registration.storage import symptom_episodes
from services.registration.storage.listing import Window
from services.registration.storage.symptom_episodes import StepSaid
from shared.errors import Conflict, InvalidInput, NotFound
from shared.postgres import Database
from shared.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class FollowedEpisode:
    """What holds of an episode after a step, and whether the step was new."""

    episode: Episode
    verdict: Verdict


async def take_step(
    database: Database, step: Step, *, bounds: tuple[str, str], now: datetime
) -> FollowedEpisode:
    """Keep a step and return what holds; an outcome closes the episode for good.

    The same step again is a duplicate. Raises NotFound outside the subtree, InvalidInput for times that
    cannot be, Conflict for a step about an episode that is closed.
    """
    async with database.transaction() as connection:
        episode = await symptom_episodes.lock(connection, step.episode_id, bounds)
        if episode is None:
            raise NotFound("There is no such episode.")
        if problems := step_problems(step, episode, now):
            raise InvalidInput("The step has fields that are refused.", problems=problems)
        if not await symptom_episodes.append_step(connection, step, now):
            return FollowedEpisode(episode, Verdict.DUPLICATE)
        if episode.closed_at is not None:
            raise Conflict("This episode is closed.")
        followed = after_step(episode, step)
        await symptom_episodes.update(connection, [followed], now)
        await place_people(connection, [episode.person_id], now=now)
    return FollowedEpisode(followed, Verdict.STORED)


async def read_episode(
    database: Database, episode_id: UUID, bounds: tuple[str, str]
) -> tuple[Episode, list[StepSaid]]:
    """Return an episode of the subtree with what was done about it; raises NotFound."""
    async with database.connection() as connection:
        episode = await symptom_episodes.find(connection, episode_id, bounds)
        if episode is None:
            raise NotFound("There is no such episode.")
        return episode, await symptom_episodes.steps_of(connection, episode_id)


async def list_episodes(database: Database, window: Window, state: EpisodeState | None) -> list[Episode]:
    """Return the episodes of a window, those of one state or all, with one row to spare."""
    async with database.connection() as connection:
        return await symptom_episodes.list_page(connection, window, state)
