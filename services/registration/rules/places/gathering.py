"""A gathering 聚集活动: from a number of people on it needs a control plan and the district's approval.

The number, who decides and the kinds that are suspended stand in the policy (渡建胜肺炎组发〔2021〕2号 §14,
§18; 渝肺炎组发〔2021〕1号 §17). What is announced may change; the statement that was entered last holds.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.telling import Telling
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.policy.key_places import GatheringKind, Gatherings
from shared.policy.values import Text


class GatheringState(StrEnum):
    """How a gathering stands 活动状态."""

    FREE = "no-approval-needed"
    PLAN_MISSING = "plan-missing"
    AWAITING = "awaiting-decision"
    APPROVED = "approved"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    """Of a kind that is not held at all; on record only because it was seen going on."""
    CANCELLED = "cancelled"


class DecisionKind(StrEnum):
    """What the leading group decided 审批结论."""

    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class GatheringFacts:
    """What is announced; times aware, in UTC."""

    kind: str
    venue: str
    place_code: str | None
    people: int
    from_at: datetime
    until_at: datetime
    plan_reference: str | None

    @property
    def key(self) -> UUID:
        """Follows from everything but the head count: another place, time, kind or plan is another matter."""
        return derived_id(
            "gathering-facts",
            self.kind,
            self.venue,
            self.place_code,
            self.from_at,
            self.until_at,
            self.plan_reference,
        )


@dataclass(frozen=True, slots=True)
class GatheringStatement:
    """What one sender says of a gathering; `held_at` when it was seen going on."""

    reference: str
    division: str
    facts: GatheringFacts
    held_at: datetime | None
    recorded_at: datetime
    received_from: str
    is_dated: bool = True
    """Whether the sender says when it was entered; otherwise `recorded_at` is its receipt."""

    @property
    def id(self) -> UUID:
        """The gathering's id: one reference of one division is one gathering."""
        return derived_id("gathering", self.division, self.reference)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said and when it was entered.

        So a head count that goes back to an earlier one is something new, and its repetition is not.
        """
        return derived_id(
            "gathering-statement", self.id, self.facts.key, self.facts.people, self.held_at, self.recorded_at
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, for how many people and about which facts."""

    gathering_id: UUID
    kind: DecisionKind
    people: int
    facts_key: UUID
    reason: str
    told: Telling

    @property
    def id(self) -> UUID:
        """Follows from what was decided and when, so that saying it again is known as a repetition."""
        return derived_id(
            "gathering-decision", self.gathering_id, self.kind, self.people, self.facts_key, self.told.at
        )


@dataclass(frozen=True, slots=True)
class Gathering:
    """What holds of a gathering after all that was said."""

    reference: str
    division: str
    facts: GatheringFacts
    statement_id: UUID
    recorded_at: datetime
    held_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_reason: str | None = None

    @property
    def id(self) -> UUID:
        """The gathering's id."""
        return derived_id("gathering", self.division, self.reference)

    @property
    def begins_at(self) -> datetime:
        """When it begins, or was first seen going on."""
        return self.facts.from_at if self.held_at is None else min(self.held_at, self.facts.from_at)


def begin(statement: GatheringStatement) -> Gathering:
    """Return what holds when nothing else was ever said."""
    return Gathering(
        statement.reference,
        statement.division,
        statement.facts,
        statement.statement_id,
        statement.recorded_at,
        statement.held_at,
    )


def repeats(held: Gathering, statement: GatheringStatement) -> bool:
    """Tell whether an undated statement says nothing but what holds: sent twice, it is said once.

    One that bears the moment of its entry is known again by that, also when something else holds by now.
    """
    if statement.is_dated or statement.facts != held.facts:
        return False
    return statement.held_at in (None, held.held_at)


def merge(one: Gathering, other: Gathering) -> Gathering:
    """Return what holds of both: the facts entered last, of equals those of more people.

    The order, repetition and delay of statements make no difference.
    """
    last = max(one, other, key=lambda held: (held.recorded_at, held.facts.people, held.statement_id))
    seen = [held.held_at for held in (one, other) if held.held_at]
    ends = [(held.cancelled_at, held.cancelled_reason) for held in (one, other) if held.cancelled_at]
    cancelled_at, reason = min(ends, default=(None, None))
    return Gathering(
        one.reference,
        one.division,
        last.facts,
        last.statement_id,
        last.recorded_at,
        min(seen, default=None),
        cancelled_at,
        reason,
    )


def problems_of(
    statement: GatheringStatement, law: Gatherings, now: datetime, divisions: Container[str]
) -> list[FieldProblem]:
    """Return why a statement cannot be stored, field by field; an empty list when it can."""
    facts = statement.facts
    stated = {"recorded_at": statement.recorded_at, "held_at": statement.held_at or now}
    problems = problems_ahead(stated, now)
    if statement.division not in divisions:
        problems.insert(0, FieldProblem("division", f"unknown division {statement.division!r}"))
    if facts.until_at <= facts.from_at:
        problems.append(FieldProblem("until", "does not lie after from"))
    if law.kind(facts.kind) is None:
        known = ", ".join(kind.id for kind in law.kinds)
        problems.append(FieldProblem("kind", f"is none of {known}"))
    return problems


def needs_approval(facts: GatheringFacts, law: Gatherings) -> bool:
    """Tell whether so many people need an approval; exactly the number of the law do."""
    kind = law.kind(facts.kind)
    least = (kind and kind.approval_from_people) or law.approval.people_from
    return facts.people >= least


def covers(decision: Decision, facts: GatheringFacts) -> bool:
    """Tell whether a decision is about these facts: an approval for as many and fewer, a refusal for more."""
    if decision.facts_key != facts.key:
        return False
    if decision.kind is DecisionKind.APPROVED:
        return facts.people <= decision.people
    return facts.people >= decision.people


def last_decision(decisions: Iterable[Decision], by: datetime | None = None) -> Decision | None:
    """Return the last decision, or the last one by a moment; of one instant a refusal is the stricter."""
    made = [one for one in decisions if by is None or one.told.at <= by]
    return max(made, key=lambda one: (one.told.at, one.kind is DecisionKind.REFUSED, one.id), default=None)


def state_of(gathering: Gathering, decisions: Sequence[Decision], law: Gatherings) -> GatheringState:
    """Return how a gathering stands."""
    facts = gathering.facts
    if gathering.cancelled_at is not None:
        return GatheringState.CANCELLED
    if is_suspended(facts.kind, law):
        return GatheringState.SUSPENDED
    if not needs_approval(facts, law):
        return GatheringState.FREE
    last = last_decision(decisions)
    if last is not None and covers(last, facts):
        approved = last.kind is DecisionKind.APPROVED
        return GatheringState.APPROVED if approved else GatheringState.REFUSED
    return GatheringState.PLAN_MISSING if facts.plan_reference is None else GatheringState.AWAITING


def is_suspended(kind: str, law: Gatherings) -> bool:
    """Tell whether gatherings of a kind are not held at all."""
    known = law.kind(kind)
    return known is not None and known.treatment == "suspended"


def lacks_approval(gathering: Gathering, decisions: Sequence[Decision], law: Gatherings) -> bool:
    """Tell whether it would be held without approval if it began as things stand.

    What is approved only after it has begun was held without. A cancelled one is not held, unless somebody
    saw it going on.
    """
    if gathering.cancelled_at is not None and gathering.held_at is None:
        return False
    if is_suspended(gathering.facts.kind, law):
        return True
    if not needs_approval(gathering.facts, law):
        return False
    last = last_decision(decisions, by=gathering.begins_at)
    return last is None or last.kind is DecisionKind.REFUSED or not covers(last, gathering.facts)


def unapproved_since(
    gathering: Gathering, decisions: Sequence[Decision], law: Gatherings, now: datetime
) -> datetime | None:
    """Return since when a gathering is or was held without an approval that it needs; None if it is not."""
    begins_at = gathering.begins_at
    return begins_at if begins_at <= now and lacks_approval(gathering, decisions, law) else None


def advice_for(kind: GatheringKind | None) -> Text | None:
    """Return what organisers of a kind are told."""
    return None if kind is None else kind.advice
