"""Plans on the wire: what holds, and why it was decided, readable in both languages."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.registration.rules.plans.facts import Ground
from services.registration.rules.plans.next_version import PlanState
from services.registration.storage.plan_views import PlanFile, PlanShown, VersionShown
from services.registration.wire.days import WireDay
from services.registration.wire.journeys import JourneyRow
from services.registration.wire.people import OccupationCode
from shared.instants import WireInstant
from shared.strict_json import WireModel


class WordsView(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class FactView(WordsView):
    """A fact that a measure rests on, read out."""

    name: str


class FittedView(BaseModel):
    """A measure that fitted, the clauses that it stands in, and the facts that it rests on."""

    rule: str
    title: WordsView
    clauses: list[WordsView]
    day_zero: date
    """The day from which its days are counted."""
    facts: list[FactView]
    decided: WordsView | None
    """What the notices leave open here and the policy decides."""


class StageDecided(BaseModel):
    """A stage, first and last day included, and the measures that ask for it."""

    kind: str
    title: WordsView
    first_day: date
    last_day: date
    rules: list[str]


class RestrictionDecided(BaseModel):
    """Something that must not be done from a day through another."""

    id: str
    title: WordsView
    first_day: date
    last_day: date
    rules: list[str]


class TestDecided(BaseModel):
    """A test due on a day, and the measures that ask for it."""

    due_on: date
    rules: list[str]


class PolicyView(BaseModel):
    """Which version of which policy decided."""

    pack: str
    version: int


class DecisionView(BaseModel):
    """What was decided and why, as it was read out then 判定依据."""

    policy: PolicyView
    governing: str
    """The measure that governs: the strictest of those that fitted."""
    fitted: list[FittedView]
    day_zero: date
    last_day: date
    stages: list[StageDecided]
    restrictions: list[RestrictionDecided]
    tests: list[TestDecided]


class ChangeView(WordsView):
    """One thing that a version changes for the person."""

    change: str


class VersionView(BaseModel):
    """A version of a plan: the decision, what it changes, and what made it necessary."""

    version: int
    decided_at: AwareDatetime
    cause: str
    decision: DecisionView
    difference: list[ChangeView] | None
    """Null for the first version."""

    @classmethod
    def of(cls, version: VersionShown) -> "VersionView":
        """Return the wire's form of a version."""
        return cls.model_validate(
            {
                "version": version.version,
                "decided_at": version.decided_at,
                "cause": version.cause,
                "decision": version.decision,
                "difference": version.difference,
            }
        )


class PlanView(BaseModel):
    """What holds of a plan 管理方案."""

    plan_id: UUID
    person_id: UUID
    return_id: UUID | None
    division: str
    version: int
    governing_rule: str
    state: PlanState
    day_zero: date
    last_day: date
    stage: int
    """Position of the present stage, from 0."""
    stage_kind: str
    stage_last_day: date
    decided_at: AwareDatetime
    released_at: AwareDatetime | None

    @classmethod
    def of(cls, plan: PlanShown) -> "PlanView":
        """Return the wire's form of a plan."""
        return cls.model_validate(_shown(plan))


def _shown(plan: PlanShown) -> dict[str, Any]:
    names = (name for name in PlanView.model_fields if name != "plan_id")
    return {"plan_id": plan.id, **{name: getattr(plan, name) for name in names}}


class StageView(BaseModel):
    """A stage of the version that holds."""

    position: int
    kind: str
    first_day: date
    last_day: date


class TestView(BaseModel):
    """A test that the version that holds asks for."""

    test_id: UUID
    due_on: date
    rules: list[str]
    state: str
    """`due` or `done`."""
    sample_id: UUID | None
    sampled_at: AwareDatetime | None
    result: str | None


class PlanHistory(PlanView):
    """A plan with its stages and tests, and all its versions, the first one first."""

    stages: list[StageView]
    tests: list[TestView]
    versions: list[VersionView]

    @classmethod
    def of_file(cls, file: PlanFile) -> "PlanHistory":
        """Return the wire's form of a plan with everything about it."""
        return cls.model_validate(
            {
                **_shown(file.plan),
                "stages": [_fields(stage) for stage in file.stages],
                "tests": [_fields(test) for test in file.tests],
                "versions": [VersionView.of(version) for version in file.versions],
            }
        )


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


class GroundRow(WireModel):
    """What beside a return brings a person under management 管理事由."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$", examples=["drugs-with-symptoms"])]
    began_on: WireDay

    @property
    def ground(self) -> Ground:
        """The ground as the rules see it."""
        return Ground(self.kind, self.began_on)


class PreviewRow(JourneyRow):
    """Facts to be judged, of nobody in particular 方案试算."""

    arrived_at: WireInstant
    occupation: OccupationCode | None = None
    grounds: Annotated[tuple[GroundRow, ...], Field(max_length=20)] = ()

    def told_at(self, now: datetime) -> Any:
        """Return the way home as the rules see it."""
        return self.journey("preview", now)
