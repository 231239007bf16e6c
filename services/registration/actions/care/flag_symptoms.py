"""Open episodes of symptoms, or add to those that are open, and tell at once: in the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.registration.rules.care.symptom_episode import Episode, Flag, grown_by, opened_by, together
from services.registration.storage import symptom_episodes
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import SymptomFlagged
from shared.errors import Unavailable
from shared.postgres import Connection

LOOKS = 4
"""An episode may be closed between two looks; not for ever."""


async def flag_symptoms(connection: Connection, flags: Iterable[Flag], *, now: datetime) -> list[Envelope]:
    """Store what was flagged and return what is to be told; a symptom that is known already is not told.

    Rows are written and locked in the order of people. Raises Unavailable when others open and close
    episodes of the same people without end.
    """
    waiting = together(flags)
    told: list[Envelope] = []
    for _ in range(LOOKS):
        if not waiting:
            return told
        new = await symptom_episodes.open_episodes(connection, [opened_by(one) for one in waiting], now)
        told += [_event(opened_by(one), one, now) for one in waiting if one.person_id in new]
        known = [one for one in waiting if one.person_id not in new]
        held = {
            one.person_id: one
            for one in await symptom_episodes.lock_open(connection, [flag.person_id for flag in known])
        }
        told += await _add(
            connection, [(held[one.person_id], one) for one in known if one.person_id in held], now
        )
        waiting = [one for one in known if one.person_id not in held]
    if waiting:
        raise Unavailable("Episodes of symptoms are opened and closed at once; nothing was stored.")
    return told


async def _add(
    connection: Connection, known: Sequence[tuple[Episode, Flag]], now: datetime
) -> list[Envelope]:
    grown = [(episode, grown_by(episode, flag), flag) for episode, flag in known]
    changed = [after for before, after, _ in grown if after != before]
    if changed:
        await symptom_episodes.update(connection, changed, now)
    return [_event(after, flag, now) for before, after, flag in grown if after.symptoms != before.symptoms]


def _event(episode: Episode, flag: Flag, now: datetime) -> Envelope:
    symptoms = sorted(episode.symptoms)
    event = SymptomFlagged(
        division=episode.division,
        occurred_at=flag.measured_at,
        recorded_at=flag.recorded_at,
        person_id=episode.person_id,
        symptoms=symptoms,
    )
    return envelop(event, id=derived_id(event.TYPE, episode.id, *symptoms))
