"""Alerts of the platform itself: which notification begins an episode, which ends it, which only repeats.

Alertmanager repeats what it has said, several of them say the same, and what they say may arrive late and in
any order. An episode is one span in which an alert fires; however often it is told, it pages once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class AlertVerdict(StrEnum):
    """What became of one alert of a notification."""

    RAISED = "raised"
    """It began an episode: the IT duty is paged."""
    CLEARED = "cleared"
    """It ended one; an end of which the beginning was never told ends it at birth and pages nobody."""
    REPEATED = "repeated"
    """It says what is on record already."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AlertReport:
    """One alert of a notification, in world time; `cleared_at` is None while it fires."""

    alert: str
    fingerprint: str
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class Episode:
    """A span in which an alert fires, as it stands on record; the clock of the same id stands for it."""

    id: str
    clock_id: UUID
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What a report means: its verdict, and the episode that it begins or ends."""

    verdict: AlertVerdict
    episode_id: str | None = None
    is_new: bool = False
    """Whether the episode is not on record yet."""


def episode_id_of(report: AlertReport, division: str) -> str:
    """Return the name of the episode that a report would begin; every process finds the same."""
    return f"{report.fingerprint}-{division}-{report.raised_at:%Y%m%dT%H%M%S%f}"


def settle(report: AlertReport, known: Sequence[Episode], division: str) -> Settled:
    """Return what a report means beside the episodes of the same alert that are on record.

    Two Alertmanagers may put the beginning of one episode at different moments, so a firing alert belongs to
    the episode that is open, whatever its beginning; one that began before a known end is a late repetition.
    """
    open_one = next((episode for episode in known if episode.cleared_at is None), None)
    if report.cleared_at is None:
        if open_one is not None or _is_over(report, known):
            return Settled(AlertVerdict.REPEATED)
        return Settled(AlertVerdict.RAISED, episode_id_of(report, division), is_new=True)
    if open_one is not None and open_one.raised_at <= report.cleared_at:
        return Settled(AlertVerdict.CLEARED, open_one.id)
    if open_one is not None or _is_over(report, known):
        return Settled(AlertVerdict.REPEATED)
    return Settled(AlertVerdict.CLEARED, episode_id_of(report, division), is_new=True)


def _is_over(report: AlertReport, known: Sequence[Episode]) -> bool:
    return any(one.cleared_at is not None and report.raised_at <= one.cleared_at for one in known)
