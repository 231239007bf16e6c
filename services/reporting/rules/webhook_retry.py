"""When an attempt to tell a webhook is made again: at once, then ever later, for about three days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WAITS: Sequence[timedelta] = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Between one attempt and the next, as the Standard Webhooks specification recommends them."""

GONE = 410


class Outcome(StrEnum):
    """What became of an attempt."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Next:
    """What follows from an attempt: the delivery's state, and when it is tried again, if it is."""

    state: str
    at: datetime | None = None
    pauses: bool = False
    """The receiver said that it is gone for good (410)."""


def next_step(outcome: Outcome, status: int | None, attempts: int, now: datetime) -> Next:
    """Return what follows from attempt number `attempts`, counted from 1; `now` is real time.

    What nobody knows is tried again: the receiver sees the same webhook-id and can drop it.
    """
    if outcome is Outcome.ACCEPTED:
        return Next("delivered")
    pauses = status == GONE
    if attempts > len(WAITS):
        return Next("exhausted", pauses=pauses)
    return Next("pending", now + WAITS[attempts - 1], pauses)
