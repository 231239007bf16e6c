"""A sample whose person is known, as it is told: by the laboratory's side, or by a proof shown here."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.vocabulary import Result


class SampleSource(StrEnum):
    """Who told of a sample 检测信息来源."""

    LABORATORY = "laboratory"
    PROOF = "proof"
    """A test that was done elsewhere, by the paper that was shown."""


@dataclass(frozen=True, slots=True)
class SampleTold:
    """One telling of a sample; times aware, in UTC."""

    sample_id: UUID
    person_id: UUID
    division: str
    sampled_at: datetime
    result: Result
    revision: int
    resulted_at: datetime
    recorded_at: datetime
    source: SampleSource
    institution: str


def proof_id(person_id: UUID, institution: str, reference: str) -> UUID:
    """Return the id of a sample of another place: one report of one institution about one person."""
    return derived_id("proof-sample", person_id, institution, reference)


def problems_of(told: SampleTold, now: datetime) -> list[FieldProblem]:
    """Return why a proof cannot be stored, field by field; an empty list when it can."""
    problems = problems_ahead(
        {"sampled_at": told.sampled_at, "resulted_at": told.resulted_at, "recorded_at": told.recorded_at}, now
    )
    if told.resulted_at < told.sampled_at:
        problems.append(FieldProblem("resulted_at", "lies before sampled_at"))
    return problems


def withdrawn(held: SampleTold) -> SampleTold:
    """Return a sample whose result was withdrawn: it says nothing any more, whatever is told of it again."""
    return replace(held, result=Result.INCONCLUSIVE, revision=held.revision + 1)


def latest(tellings: Iterable[SampleTold]) -> dict[UUID, SampleTold]:
    """Return what holds of each sample: its highest revision, whatever the order of the tellings."""
    held: dict[UUID, SampleTold] = {}
    for told in tellings:
        known = held.get(told.sample_id)
        if known is None or told.revision > known.revision:
            held[told.sample_id] = told
    return held


def known_people(tellings: Iterable[SampleTold], people: Container[UUID]) -> list[SampleTold]:
    """Return the tellings about people on record; a laboratory may have been given an id that is none."""
    return [told for told in tellings if told.person_id in people]
