"""Hand-overs from a site to home on the wire."""

from datetime import date, datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.registration.rules.plans.handover import Handover, HandoverState
from services.registration.rules.telling import Telling
from shared.instants import WireInstant
from shared.strict_json import WireModel


class HandoverTold(WireModel):
    """When a step of a hand-over happened 交接时间."""

    occurred_at: WireInstant
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    def telling(self, *, now: datetime, received_from: str) -> Telling:
        """Return the body as the rules see it."""
        return Telling(self.occurred_at, self.recorded_at or now, received_from)


class HandoverView(BaseModel):
    """How a hand-over stands."""

    handover_id: UUID
    plan_id: UUID
    person_id: UUID
    division: str
    """The receiving village or community: where the person lives."""
    state: HandoverState
    change_on: date
    """The first day at home, in Asia/Shanghai; its first moment is the latest for the confirmation."""
    requested_at: AwareDatetime
    taken_over_at: AwareDatetime | None
    confirmed_at: AwareDatetime | None
    missed_at: AwareDatetime | None
    """When it was noticed that the change had come without a confirmation."""
    leaves_early: bool
    """Whether new facts ended the stay at the site 提前解除, and not its last day."""

    @classmethod
    def of(cls, held: Handover) -> "HandoverView":
        """Return the wire's form of a hand-over."""
        return cls(
            handover_id=held.id,
            plan_id=held.plan_id,
            person_id=held.person_id,
            division=held.division,
            state=held.state,
            change_on=held.change_on,
            requested_at=held.requested_at,
            taken_over_at=held.taken_over and held.taken_over.at,
            confirmed_at=held.confirmed and held.confirmed.at,
            missed_at=held.missed_at,
            leaves_early=held.leaves_early,
        )
