"""What the rules of the plans are told of a person: facts on record, none of them personal data."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared.vocabulary import Result, RiskLevel


class ProofKind(StrEnum):
    """What a returning person shows 证明类别."""

    NEGATIVE_TEST = "negative-test"
    """A nucleic-acid report 核酸检测报告; what it says is its `result`."""
    RELEASE_CERTIFICATE = "release-certificate"
    """The certificate of release from central quarantine 解除隔离证明."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Where somebody was before the return, first and last day included 途经地."""

    area: str
    """Code of the area, six digits, or a country's two letters."""
    entered_on: date
    left_on: date
    level: RiskLevel | None
    """The highest level that the area had on any of those days; None where none is on record."""
    possible: bool = False
    """Whether only a part of the area had that level, so that the person may have been there."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper that was shown and checked."""

    kind: ProofKind
    sampled_at: datetime | None
    """When the sample was taken; a test whose sampling is unknown has no age and proves nothing."""
    issued_on: date | None
    result: Result | None
    institution: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry into the country 入境."""

    entered_on: date
    here: bool
    """Whether Chongqing was the first place of entry."""
    central_completed_on: date | None
    """The last day of central quarantine done elsewhere, where that is stated."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What beside a return brings a person under management 管理事由."""

    kind: str
    """A ground that the policy names."""
    began_on: date
    """The day from which its days are counted: of the purchase, of the last contact."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """All that decides which measures fit a person."""

    day_zero: date
    """The calendar day in Asia/Shanghai of the arrival; without a return, the first day of a ground."""
    arrived_at: datetime | None
    """The instant of the arrival, at which the ages of proofs are counted; None without a return."""
    occupation: str | None = None
    """A category of the policy."""
    route: tuple[Stay, ...] = ()
    """Every stay before the return, the place of departure included."""
    proofs: tuple[Proof, ...] = ()
    entry: Entry | None = None
    returning_worker: bool = False
    """Whether a migrant worker returns to a village 返乡农民工."""
    grounds: tuple[Ground, ...] = ()
    """The grounds that have not ended."""
