"""What tubes tell the others: pools that were not negative, and what became of their members."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Event
from shared.vocabulary import Method, Result


class PoolPositive(Event):
    """A pooled tube was found positive or unclear: each of its members is taken again, singly.

    The pool is no case; a member who is found positive alone is. `occurred_at` is when the result was
    obtained. Starts the retest round (city §8).
    """

    TYPE: ClassVar[str] = "testing.pool-positive"
    SUBJECT: ClassVar[str] = "pool_id"

    pool_id: UUID
    """The `sample_id` of the pool's result."""
    tube_code: str
    """As it stands on the tube; `withheld-` and part of the id where that looks like somebody's number."""
    institution: str
    method: Method
    result: Result
    """Positive, or inconclusive."""
    size: int | None = None
    """How many samples the tube takes, where anybody said so."""
    sampled_at: AwareDatetime
    revision: int = 1


class PeopleToldToStay(Event):
    """People of one division are in a pool that was not negative: they are told to stay where they are."""

    TYPE: ClassVar[str] = "testing.people-told-to-stay"
    SUBJECT: ClassVar[str] = "pool_id"

    pool_id: UUID
    person_ids: tuple[UUID, ...] = Field(min_length=1)


class PoolResolved(Event):
    """Every member of a pool that is known has been cleared or found positive alone."""

    TYPE: ClassVar[str] = "testing.pool-resolved"
    SUBJECT: ClassVar[str] = "pool_id"

    pool_id: UUID
    cleared: int = Field(ge=0)
    positive: int = Field(ge=0)


class PoolWithdrawn(Event):
    """A pool is none, or is negative after all; its members need not be taken again."""

    TYPE: ClassVar[str] = "testing.pool-withdrawn"
    SUBJECT: ClassVar[str] = "pool_id"

    pool_id: UUID
    reason_code: str


EVENTS: tuple[type[Event], ...] = (PoolPositive, PeopleToldToStay, PoolResolved, PoolWithdrawn)
