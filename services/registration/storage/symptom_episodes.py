"""The rows of episodes of symptoms, and what was done about each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.care.symptom_episode import (
    Episode,
    EpisodeState,
    FollowUp,
    Outcome,
    Step,
)
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Symptom

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "symptom_episodes.sql")


@dataclass(frozen=True, slots=True)
class StepSaid:
    """One step as it was kept."""

    step: FollowUp | Outcome
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime


def _episode(row: Record) -> Episode:
    return Episode(
        id=row["episode_id"],
        person_id=row["person_id"],
        division=row["division"],
        symptoms=frozenset(Symptom(symptom) for symptom in row["symptoms"]),
        highest_temperature_celsius=row["temperature"],
        opened_at=row["opened_at"],
        recorded_at=row["recorded_at"],
        followed_up_at=row["followed_up_at"],
        closed_at=row["closed_at"],
        outcome=row["outcome"] and Outcome(row["outcome"]),
    )


def _step(text: str) -> FollowUp | Outcome:
    return Outcome(text) if text in set(Outcome) else FollowUp(text)


async def open_episodes(
    connection: Connection, episodes: Sequence[Episode], changed_at: datetime
) -> set[UUID]:
    """Store episodes of people who have none open, and return those people."""
    rows = await QUERIES.fetch(
        connection,
        "open_episodes",
        person_ids=[one.person_id for one in episodes],
        divisions=[one.division for one in episodes],
        opened_ats=[one.opened_at for one in episodes],
        recorded_ats=[one.recorded_at for one in episodes],
        changed_at=changed_at,
        **_columns(episodes),
    )
    return {row["person_id"] for row in rows}


async def lock_open(connection: Connection, person_ids: Iterable[UUID]) -> list[Episode]:
    """Return the open episodes of people and let nobody else change them until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_open_episodes", person_ids=list(person_ids))
    return [_episode(row) for row in rows]


async def update(connection: Connection, episodes: Sequence[Episode], changed_at: datetime) -> None:
    """Write what holds now."""
    await QUERIES.execute(
        connection,
        "update_episodes",
        followed_up_ats=[one.followed_up_at for one in episodes],
        closed_ats=[one.closed_at for one in episodes],
        outcomes=[one.outcome for one in episodes],
        changed_at=changed_at,
        **_columns(episodes),
    )


def _columns(episodes: Sequence[Episode]) -> dict[str, Sequence[object]]:
    return {
        "episode_ids": [one.id for one in episodes],
        "symptoms": [" ".join(sorted(one.symptoms)) for one in episodes],
        "temperatures": [one.highest_temperature_celsius for one in episodes],
    }


async def lock(connection: Connection, episode_id: UUID, bounds: tuple[str, str]) -> Episode | None:
    """Return an episode of the subtree and let nobody else change it; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "lock_episode", episode_id=episode_id, low=low, high=high)
    return None if row is None else _episode(row)


async def find(connection: Connection, episode_id: UUID, bounds: tuple[str, str]) -> Episode | None:
    """Return an episode of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_episode", episode_id=episode_id, low=low, high=high)
    return None if row is None else _episode(row)


async def append_step(connection: Connection, step: Step, received_at: datetime) -> bool:
    """Keep a step; False when exactly this had been said before."""
    stored = await QUERIES.fetchval(
        connection,
        "append_step",
        step_id=step.id,
        episode_id=step.episode_id,
        step=step.step,
        occurred_at=step.occurred_at,
        recorded_at=step.recorded_at,
        received_at=received_at,
        received_from=step.received_from,
    )
    return stored is not None


async def steps_of(connection: Connection, episode_id: UUID) -> list[StepSaid]:
    """Return what was done about an episode, in the order in which it happened."""
    rows = await QUERIES.fetch(connection, "steps_of", episode_id=episode_id)
    return [
        StepSaid(_step(row["step"]), row["occurred_at"], row["recorded_at"], row["received_at"])
        for row in rows
    ]


async def list_page(connection: Connection, window: Window, state: EpisodeState | None) -> list[Episode]:
    """Return the episodes of a window, those of one state or all, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_episodes", of_state=state, **window.values())
    return [_episode(row) for row in rows]


async def count_open(connection: Connection) -> dict[EpisodeState, int]:
    """Return how many episodes stand open, by state."""
    row = await QUERIES.fetchrow(connection, "count_open_episodes")
    assert row is not None, "a count is one row"
    return {EpisodeState.OPEN: row["open"], EpisodeState.FOLLOWED_UP: row["followed_up"]}
