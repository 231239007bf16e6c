"""Gatherings on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.registration.actions.places.read_gatherings import WholeGathering
from services.registration.rules.places.gathering import (
    Decision,
    DecisionKind,
    Gathering,
    GatheringFacts,
    GatheringState,
    GatheringStatement,
    advice_for,
    is_suspended,
    needs_approval,
)
from services.registration.rules.places.law import PlacesLaw
from services.registration.sealed_contact import organiser_purpose
from services.registration.storage.gatherings import GatheringSaid, StoredGathering
from services.registration.wire.places import ContactFields, ContactView, KindName
from services.registration.wire.references import Reference
from services.registration.wire.tellings import Note, TellingFields, Title
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.policy.values import Text
from shared.sealing import Sealer
from shared.strict_json import WireModel
from shared.verdicts import Verdict

People = Annotated[int, Field(ge=1, le=1_000_000)]


class GatheringFields(WireModel):
    """A gathering 聚集活动 as it is announced; a change is sent again under the same reference."""

    reference: Reference
    division: DivisionCode
    kind: KindName
    venue: Title
    place: Reference | None = None
    """The code of the key place that it is held at, where it is one."""
    people: People
    from_at: Annotated[WireInstant, Field(alias="from")]
    until_at: Annotated[WireInstant, Field(alias="until")]
    organiser: ContactFields
    plan: Reference | None = None
    """The control plan's mark 防控方案编号."""
    held_at: WireInstant | None = None
    """When it was seen going on; also what is suspended is then taken."""
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt, unless it repeats what holds."""

    def statement(self, *, now: datetime, received_from: str) -> GatheringStatement:
        """Return the announcement as the rules see it."""
        facts = GatheringFacts(
            self.kind, self.venue, self.place, self.people, self.from_at, self.until_at, self.plan
        )
        return GatheringStatement(
            reference=self.reference,
            division=self.division,
            facts=facts,
            held_at=self.held_at,
            recorded_at=self.recorded_at or now,
            received_from=received_from,
            is_dated=self.recorded_at is not None,
        )


class DecisionFields(TellingFields):
    """What the district leading group decided 审批意见, and for how many people."""

    decision: DecisionKind
    people: People
    """The head count that is decided about; it must be the present one."""
    reason: Note


class CancellationFields(TellingFields):
    """That a gathering is not held 取消活动."""

    reason: Note


class GatheringView(BaseModel):
    """A gathering, and how it stands."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    gathering_id: UUID
    reference: str
    division: str
    kind: str
    venue: str
    place: str | None
    people: int
    from_at: AwareDatetime = Field(alias="from")
    until_at: AwareDatetime = Field(alias="until")
    plan: str | None
    organiser: ContactView
    state: GatheringState
    clause: str | None
    """The clause by which it needs an approval, or by which it is suspended."""
    advice: Text | None
    held_at: AwareDatetime | None
    cancelled_at: AwareDatetime | None
    cancelled_reason: str | None
    unapproved_since: AwareDatetime | None
    """Since when it was held without the approval that it needs."""

    @classmethod
    def of(cls, stored: StoredGathering, law: PlacesLaw, sealer: Sealer) -> "GatheringView":
        """Return the wire's form of a gathering."""
        return cls.model_validate(_shown(stored, law, sealer))


def _clause_of(gathering: Gathering, law: PlacesLaw) -> str | None:
    kind = law.gatherings.kind(gathering.facts.kind)
    if kind is not None and is_suspended(kind.id, law.gatherings):
        return law.cite(kind.clause)
    if not needs_approval(gathering.facts, law.gatherings):
        return None
    return law.cite(law.gatherings.approval.clause)


def _shown(stored: StoredGathering, law: PlacesLaw, sealer: Sealer) -> dict[str, object]:
    held, facts = stored.gathering, stored.gathering.facts
    return {
        "gathering_id": held.id,
        "reference": held.reference,
        "division": held.division,
        "kind": facts.kind,
        "venue": facts.venue,
        "place": facts.place_code,
        "people": facts.people,
        "from_at": facts.from_at,
        "until_at": facts.until_at,
        "plan": facts.plan_reference,
        "organiser": ContactView.of(sealer, stored.organiser_sealed, organiser_purpose(held.id)),
        "state": stored.state,
        "clause": _clause_of(held, law),
        "advice": advice_for(law.gatherings.kind(facts.kind)),
        "held_at": held.held_at,
        "cancelled_at": held.cancelled_at,
        "cancelled_reason": held.cancelled_reason,
        "unapproved_since": stored.unapproved_since,
    }


class GatheringReceipt(GatheringView):
    """What became of a statement, and how the gathering stands."""

    verdict: Verdict

    @classmethod
    def after(
        cls, stored: StoredGathering, verdict: Verdict, law: PlacesLaw, sealer: Sealer
    ) -> "GatheringReceipt":
        """Return the answer to a statement."""
        return cls.model_validate({**_shown(stored, law, sealer), "verdict": verdict})


class DecisionView(BaseModel):
    """A decision about a gathering."""

    decision_id: UUID
    decision: DecisionKind
    people: int
    reason: str
    decided_at: AwareDatetime
    recorded_at: AwareDatetime

    @classmethod
    def of(cls, decision: Decision) -> "DecisionView":
        """Return the wire's form of a decision."""
        return cls(
            decision_id=decision.id,
            decision=decision.kind,
            people=decision.people,
            reason=decision.reason,
            decided_at=decision.told.at,
            recorded_at=decision.told.recorded_at,
        )


class GatheringStatementView(BaseModel):
    """One thing that was said of a gathering."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    kind: str
    venue: str
    people: int
    from_at: AwareDatetime = Field(alias="from")
    until_at: AwareDatetime = Field(alias="until")
    plan: str | None
    held_at: AwareDatetime | None
    recorded_at: AwareDatetime
    received_at: AwareDatetime

    @classmethod
    def of(cls, said: GatheringSaid) -> "GatheringStatementView":
        """Return the wire's form of a statement."""
        facts = {
            "kind": said.facts.kind,
            "venue": said.facts.venue,
            "people": said.facts.people,
            "from_at": said.facts.from_at,
            "until_at": said.facts.until_at,
            "plan": said.facts.plan_reference,
            "held_at": said.held_at,
            "recorded_at": said.recorded_at,
            "received_at": said.received_at,
        }
        return cls.model_validate(facts)


class GatheringHistory(GatheringView):
    """A gathering with everything that was said and decided of it."""

    statements: list[GatheringStatementView]
    decisions: list[DecisionView]

    @classmethod
    def whole(cls, whole: WholeGathering, law: PlacesLaw, sealer: Sealer) -> "GatheringHistory":
        """Return the wire's form of a gathering with its history."""
        return cls.model_validate(
            {
                **_shown(whole.stored, law, sealer),
                "statements": [GatheringStatementView.of(one) for one in whole.said],
                "decisions": [DecisionView.of(one) for one in whole.decisions],
            }
        )
