"""End the silences of sentinels that were heard or closed, within the caller's transaction, and tell it."""

from collections.abc import Sequence
from datetime import date, datetime

from services.registration.storage import sentinels
from services.registration.storage.sentinels import EndedSilence
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import SentinelSilenceEnded
from shared.postgres import Connection

REPORTED = "reported"
CLOSED = "closed"


async def end_silences(
    connection: Connection, heard: Sequence[tuple[str, str, date]], *, now: datetime
) -> None:
    """End the silences of sentinels that were heard; code, township and day of each report are given."""
    ended = await sentinels.end_silences(connection, heard, now)
    await outbox.put(connection, [_event(one, REPORTED, now) for one in ended], now=now)


async def end_silence_of_closed(connection: Connection, code: str, *, now: datetime) -> None:
    """End the silence of a sentinel that is closed: nothing is expected of it."""
    ended = await sentinels.end_silences_of_closed(connection, code, now)
    await outbox.put(connection, [_event(one, CLOSED, now) for one in ended], now=now)


def _event(one: EndedSilence, reason_code: str, now: datetime) -> Envelope:
    event = SentinelSilenceEnded(
        division=one.division,
        occurred_at=now,
        recorded_at=now,
        sentinel=one.code,
        quiet_since=one.quiet_since,
        reason_code=reason_code,
    )
    return envelop(event, id=derived_id(event.TYPE, one.code, one.quiet_since))
