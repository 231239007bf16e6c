"""Plans: what the rules give each person, stage by stage, until the release."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event


class PlanDecided(Event):
    """A person's plan of quarantine and tests was decided or changed (town §8, city §12)."""

    TYPE: ClassVar[str] = "registration.plan-decided"
    SUBJECT: ClassVar[str] = "plan_id"

    plan_id: UUID
    person_id: UUID
    plan_version: int
    governing_rule: str


EVENTS: tuple[type[Event], ...] = (PlanDecided,)
