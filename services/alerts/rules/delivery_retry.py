"""What follows from an attempt to deliver a page: the same channel again, the next one, or nobody reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class AttemptState(StrEnum):
    """Where one attempt stands 投递状态; a time-out is `unknown`, for the message may well have arrived."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class DeliveryState(StrEnum):
    """Where the delivery of a page to its person stands."""

    PENDING = "pending"
    """An attempt is due, now or after a wait."""
    SENDING = "sending"
    """An attempt was started; its lease says until when its outcome can be expected."""
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    """Every channel was tried, none accepted, at least one may have delivered it."""
    EXHAUSTED = "exhausted"
    """Every channel refused: the person was certainly not reached."""
    CANCELLED = "cancelled"
    """Acknowledged before the delivery had come to its end."""

    @property
    def is_end(self) -> bool:
        """Whether no further attempt is made."""
        return self not in (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a channel made of a message; `reason` names no address and no secret."""

    state: AttemptState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RetryWaits:
    """How often a refusing channel is asked again and after which waits; the last wait repeats."""

    tries_per_channel: int = 3
    waits: tuple[timedelta, ...] = (timedelta(seconds=2), timedelta(seconds=8))

    def after(self, tries: int) -> timedelta:
        """Return the wait after `tries` refused attempts on one channel."""
        return self.waits[min(tries, len(self.waits)) - 1] if self.waits else timedelta(0)

    def scaled(self, rate: float) -> "RetryWaits":
        """Return the waits in world time for a clock that runs `rate` times as fast: networks do not."""
        return RetryWaits(self.tries_per_channel, tuple(wait * rate for wait in self.waits))


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One attempt on record."""

    channel_position: int
    state: AttemptState


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the delivery does now; `channel_position` and `wait` only count while it is pending."""

    state: DeliveryState
    channel_position: int
    wait: timedelta = timedelta(0)


def after_attempt(attempts: Sequence[PastAttempt], channels: int, waits: RetryWaits) -> NextStep:
    """Decide what follows from the newest of `attempts` (oldest first), given how many channels there are.

    A refusal is tried again on the same channel after a wait, up to `tries_per_channel` times, then the
    next channel is asked at once. An unknown outcome goes to the next channel instead of the same one
    again: the message may lie on the person's screen already, and a second one on the same channel
    would be a double page, while silence on all channels would be a lost one. When the channels are used up,
    the delivery is `exhausted` if all refused (nobody was reached: the climb goes on at once), or `unknown`
    if one may have delivered it (the rung's ordinary wait then decides).
    """
    newest = attempts[-1]
    if any(attempt.state is AttemptState.ACCEPTED for attempt in attempts):
        return NextStep(DeliveryState.ACCEPTED, newest.channel_position)
    here = [attempt for attempt in attempts if attempt.channel_position == newest.channel_position]
    if newest.state is AttemptState.REJECTED and len(here) < waits.tries_per_channel:
        return NextStep(DeliveryState.PENDING, newest.channel_position, waits.after(len(here)))
    if newest.channel_position + 1 < channels:
        return NextStep(DeliveryState.PENDING, newest.channel_position + 1)
    uncertain = any(attempt.state is AttemptState.UNKNOWN for attempt in attempts)
    return NextStep(DeliveryState.UNKNOWN if uncertain else DeliveryState.EXHAUSTED, newest.channel_position)
