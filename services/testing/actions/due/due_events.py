"""What due tests tell the others: opened, settled and dropped, each by itself; rounds of units together."""

from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.testing.storage.due_tests import Dropped, OpenedTest
from services.testing.storage.rounds import DoneRound, OpenRound
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.testing import (
    DueDropped,
    DueOpened,
    DueSettled,
    RoundDone,
    RoundOpened,
    SamplingDemanded,
    SamplingDone,
    SamplingDropped,
)
from shared.day_count import begins_at


class AskedAtOnce(Protocol):
    """What is told of somebody who must be sampled at once."""

    @property
    def due_id(self) -> UUID: ...
    @property
    def division(self) -> str: ...
    @property
    def told_at(self) -> datetime: ...
    @property
    def source(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def reference(self) -> str | None: ...


def demanded(ask: AskedAtOnce, now: datetime) -> Envelope:
    """Return what tells that somebody must be sampled at once."""
    event = SamplingDemanded(
        division=ask.division,
        occurred_at=ask.told_at,
        recorded_at=now,
        due_id=ask.due_id,
        source=ask.source,
        category=ask.category,
        reference=ask.reference,
    )
    return envelop(event, id=derived_id(event.TYPE, ask.due_id, ask.told_at))


def opened(test: OpenedTest, today: date, now: datetime) -> Envelope:
    """Return what tells that a test's last day has begun."""
    event = DueOpened(
        division=test.division,
        occurred_at=begins_at(test.due_on),
        recorded_at=now,
        due_id=test.due_id,
        source=test.source,
        category=test.category,
        subject_kind=test.subject_kind,
        due_on=test.due_on,
        opened_late=test.due_on < today,
    )
    return envelop(event, id=derived_id(event.TYPE, test.due_id, test.due_on))


def settled(
    due_id: UUID, division: str, sampled_at: datetime, sample_id: UUID, *, at_once: bool, now: datetime
) -> Envelope:
    """Return what tells that a test was done for which a clock was started."""
    kind = SamplingDone if at_once else DueSettled
    event = kind(
        division=division, occurred_at=sampled_at, recorded_at=now, due_id=due_id, sample_id=sample_id
    )
    return envelop(event, id=derived_id(event.TYPE, due_id, sample_id))


def dropped(test: Dropped, now: datetime) -> Envelope:
    """Return what tells that a test for which a clock was started is not asked for any more."""
    kind = SamplingDropped if test.at_once else DueDropped
    event = kind(division=test.division, occurred_at=test.dropped_at, recorded_at=now, due_id=test.due_id)
    return envelop(event, id=derived_id(event.TYPE, test.due_id, test.dropped_at))


def round_opened(one: OpenRound, today: date, now: datetime) -> Envelope:
    """Return what tells that a round's last day has begun and tests are lacking."""
    event = RoundOpened(
        division=one.division,
        occurred_at=begins_at(one.due_on),
        recorded_at=now,
        round_id=one.round_id,
        category=one.category,
        due_on=one.due_on,
        due=one.due,
        done=one.done,
        place=one.place,
        opened_late=one.due_on < today,
    )
    return envelop(event, id=derived_id(event.TYPE, one.round_id))


def round_done(one: DoneRound, now: datetime) -> Envelope:
    """Return what tells that a round is complete for which a clock was started."""
    event = RoundDone(
        division=one.division,
        occurred_at=one.last_sampled_at,
        recorded_at=now,
        round_id=one.round_id,
        category=one.category,
        due_on=one.due_on,
        due=one.due,
    )
    return envelop(event, id=derived_id(event.TYPE, one.round_id))
