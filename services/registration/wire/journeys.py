"""The way home on the wire: origin, places passed, transport, papers shown, entry."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.registration.rules.plans.facts import Entry, Proof, ProofKind
from services.registration.rules.returns.journey import (
    Journey,
    Passed,
    Transport,
    TransportKind,
    paper_id,
)
from services.registration.wire.days import WireDay
from shared.areas import AreaCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.vocabulary import Result

MOST_STAYS = 60
MOST_PROOFS = 20

Number = Annotated[str, StringConstraints(min_length=1, max_length=30, strip_whitespace=True)]
Named = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class StayRow(WireModel):
    """A stay before the return 途经地; first and last day included."""

    area: AreaCode
    entered_on: WireDay
    left_on: WireDay

    @property
    def passed(self) -> Passed:
        """The stay as the rules see it."""
        return Passed(self.area, self.entered_on, self.left_on)


class TransportRow(WireModel):
    """What somebody came with 交通方式."""

    kind: TransportKind
    number: Annotated[Number | None, Field(description="车次、航班号或车牌号", examples=["G1709"])] = None
    seat: Annotated[Number | None, Field(description="座位号", examples=["05车12F"])] = None

    @property
    def transport(self) -> Transport:
        """The transport as the rules see it."""
        return Transport(self.kind, self.number, self.seat)


class ProofRow(WireModel):
    """A paper that was shown 证明: a test with sampling and result, or a release certificate with its day."""

    kind: ProofKind
    sampled_at: WireInstant | None = None
    """When the sample was taken 采样时间; asked of a test."""
    result: Result | None = None
    issued_on: WireDay | None = None
    """Asked of a release certificate 解除隔离证明."""
    institution: Named | None = None
    """Which laboratory or which site it is from 出具机构."""

    @property
    def proof(self) -> Proof:
        """The paper as the rules see it."""
        return Proof(self.kind, self.sampled_at, self.issued_on, self.result, self.institution)


class EntryRow(WireModel):
    """An entry into the country 入境."""

    entered_on: WireDay
    place: Literal["here", "elsewhere"]
    """Whether Chongqing was the first place of entry 第一入境地."""
    central_completed_on: WireDay | None = None
    """The last day of central quarantine done elsewhere 集中隔离期满日."""

    @property
    def entry(self) -> Entry:
        """The entry as the rules see it."""
        return Entry(self.entered_on, self.place == "here", self.central_completed_on)


class JourneyRow(WireModel):
    """What may be told of the way home; a railway's list knows little of it, and nothing is required."""

    origin: AreaCode | None = None
    """The place of departure 出发地; without a stay there, it counts for all the days that matter."""
    route: Annotated[list[StayRow] | None, Field(max_length=MOST_STAYS)] = None
    """Where the person was before 途经地; a source that says it anew replaces what it said."""
    transport: TransportRow | None = None
    proofs: Annotated[tuple[ProofRow, ...], Field(max_length=MOST_PROOFS)] = ()
    entry: EntryRow | None = None
    returning_worker: bool | None = None
    """Whether a migrant worker returns 返乡农民工."""

    def journey(self, source: str, recorded_at: datetime) -> Journey:
        """Return what a source tells of the way home."""
        return Journey.of(
            source,
            recorded_at,
            origin=self.origin,
            route=None if self.route is None else tuple(stay.passed for stay in self.route),
            transport=self.transport and self.transport.transport,
            entry=self.entry and self.entry.entry,
            returning_worker=self.returning_worker,
            proofs=self.papers(),
        )

    def papers(self) -> tuple[Proof, ...]:
        """Return the proofs in the order in which they were sent."""
        return tuple(proof.proof for proof in self.proofs)


class StayView(BaseModel):
    """A stay before the return, first and last day included."""

    area: str
    entered_on: date
    left_on: date


class TransportView(BaseModel):
    """What somebody came with."""

    kind: TransportKind
    number: str | None
    seat: str | None


class ProofView(BaseModel):
    """A paper that was shown."""

    proof_id: UUID
    kind: ProofKind
    sampled_at: AwareDatetime | None
    result: Result | None
    issued_on: date | None
    institution: str | None
    withdrawn_reason: str | None
    """Why it holds no more; null: it holds."""


class EntryView(BaseModel):
    """An entry into the country."""

    entered_on: date
    place: Literal["here", "elsewhere"]
    central_completed_on: date | None


class JourneyView(BaseModel):
    """What holds of the way home after all that was told."""

    origin: str | None
    route: list[StayView]
    transport: TransportView | None
    proofs: list[ProofView]
    entry: EntryView | None
    returning_worker: bool

    @classmethod
    def of(cls, journey: Journey) -> Self:
        """Return the wire's form of a way home."""
        transport, entry = journey.transport, journey.entry
        return cls(
            origin=journey.origin,
            route=[
                StayView(area=one.area, entered_on=one.entered_on, left_on=one.left_on)
                for one in journey.route
            ],
            transport=transport
            and TransportView(kind=transport.kind, number=transport.number, seat=transport.seat),
            proofs=[_proof(one, journey) for one in sorted(journey.proofs, key=repr)],
            entry=entry
            and EntryView(
                entered_on=entry.entered_on,
                place="here" if entry.here else "elsewhere",
                central_completed_on=entry.central_completed_on,
            ),
            returning_worker=journey.returning_worker,
        )


def _proof(proof: Proof, journey: Journey) -> ProofView:
    id_ = paper_id(proof)
    word = journey.words.get(id_)
    return ProofView(
        proof_id=id_,
        withdrawn_reason=word.reason if word is not None and word.withdrawn else None,
        kind=proof.kind,
        sampled_at=proof.sampled_at,
        result=proof.result,
        issued_on=proof.issued_on,
        institution=proof.institution,
    )
