"""What a measure asks of a person, made into functions that say which facts it rests on, or that it fits not.

A condition answers with the facts it used, so that what decided can be read out; None means that the measure
does not fit. The words of the policy are a closed list: what is not among them cannot be asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from services.registration.rules.day_count import day_of, is_fresh, is_within_days, reaches_into
from services.registration.rules.plans.facts import Entry, Ground, PersonFacts, Proof, ProofKind, Stay
from shared.policy.measures import EntryCondition, ProofCondition, RouteCondition, When
from shared.vocabulary import Result


class FactName(StrEnum):
    """What kind of fact a measure rests on; the catalogue words each."""

    ENTRY = "entry"
    ROUTE = "route"
    RETURNING_WORKER = "returning-worker"
    OCCUPATION = "occupation"
    GROUND = "ground"
    TEST_SHOWN = "test-shown"
    TEST_LACKING = "test-lacking"
    CERTIFICATE_SHOWN = "certificate-shown"
    CERTIFICATE_LACKING = "certificate-lacking"
    NOTHING_ELSE = "nothing-else"


@dataclass(frozen=True, slots=True)
class FactUsed:
    """A fact that a measure rests on."""

    name: FactName
    about: Entry | Stay | Ground | Proof | str | None = None
    """The fact itself, where it has particulars: for a test that is lacking the best one that was shown."""
    limit: timedelta | None = None
    """The age that a proof may have, where one is asked."""


Used: TypeAlias = tuple[FactUsed, ...]
Condition: TypeAlias = Callable[[PersonFacts], Used | None]

_WORKER: Used = (FactUsed(FactName.RETURNING_WORKER),)
NOTHING_ELSE: Used = (FactUsed(FactName.NOTHING_ELSE),)
"""What the measure of whoever nothing else fits rests on."""
_NO_CERTIFICATE = FactUsed(FactName.CERTIFICATE_LACKING)


def compile_conditions(when: When, occupations: Sequence[str]) -> list[Condition]:
    """Return the conditions of a measure, all of which must hold; the cheapest and rarest come first.

    `occupations` are the members of the list that it names. The ground is not among them: it fits once for
    each ground, see `grounds_of`.
    """
    conditions: list[Condition] = []
    if when.entry is not None:
        conditions.append(_entry(when.entry))
    if when.returning_worker:
        conditions.append(_returning_worker)
    if when.occupation is not None:
        conditions.append(_occupation(occupations))
    if when.route is not None:
        conditions.append(_route(when.route))
    if when.proof is not None:
        conditions.append(_proof(when.proof))
    return conditions


def grounds_of(facts: PersonFacts, kind: str) -> list[Ground]:
    """Return the person's grounds of a kind."""
    return [ground for ground in facts.grounds if ground.kind == kind]


def _returning_worker(facts: PersonFacts) -> Used | None:
    return _WORKER if facts.returning_worker else None


def _entry(asked: EntryCondition) -> Condition:
    here, days = asked.at == "here", asked.less_than_days_ago

    def holds(facts: PersonFacts) -> Used | None:
        entry = facts.entry
        if entry is None or entry.here is not here:
            return None
        if days is not None and not is_within_days(entry.entered_on, facts.day_zero, days):
            return None
        return (FactUsed(FactName.ENTRY, entry),)

    return holds


def _occupation(members: Sequence[str]) -> Condition:
    by_occupation = {member: (FactUsed(FactName.OCCUPATION, member),) for member in members}

    def holds(facts: PersonFacts) -> Used | None:
        occupation = facts.occupation
        return None if occupation is None else by_occupation.get(occupation)

    return holds


def _route(asked: RouteCondition) -> Condition:
    levels, days = frozenset(asked.levels), asked.days

    def holds(facts: PersonFacts) -> Used | None:
        touched = [
            stay
            for stay in facts.route
            if stay.level in levels and reaches_into(stay.left_on, facts.day_zero, days)
        ]
        return tuple(FactUsed(FactName.ROUTE, stay) for stay in touched) if touched else None

    return holds


def _proof(asked: ProofCondition) -> Condition:
    """Return the condition that everything asked is shown, or that any of it is lacking."""
    parts: list[Callable[[PersonFacts], tuple[bool, FactUsed]]] = []
    if asked.negative_test is not None:
        test = asked.negative_test
        parts.append(_negative_test(test.not_older_than, since_entry=test.since_entry))
    if asked.release_certificate:
        parts.append(_certificate)

    def shown(facts: PersonFacts) -> Used | None:
        found = [part(facts) for part in parts]
        return tuple(used for _, used in found) if all(is_there for is_there, _ in found) else None

    def lacking(facts: PersonFacts) -> Used | None:
        found = [part(facts) for part in parts]
        return tuple(used for is_there, used in found if not is_there) or None

    return shown if asked.shown else lacking


def _negative_test(
    limit: timedelta | None, *, since_entry: bool
) -> Callable[[PersonFacts], tuple[bool, FactUsed]]:
    lacking = FactUsed(FactName.TEST_LACKING, None, limit)

    def look(facts: PersonFacts) -> tuple[bool, FactUsed]:
        if not facts.proofs:
            return False, lacking
        best = newest_negative(facts)
        if best is None or best.sampled_at is None or facts.arrived_at is None:
            return False, lacking
        good = limit is None or is_fresh(best.sampled_at, facts.arrived_at, limit)
        if good and since_entry:
            good = facts.entry is not None and day_of(best.sampled_at) >= facts.entry.entered_on
        return good, FactUsed(FactName.TEST_SHOWN if good else FactName.TEST_LACKING, best, limit)

    return look


def _certificate(facts: PersonFacts) -> tuple[bool, FactUsed]:
    for proof in facts.proofs:
        if proof.kind is ProofKind.RELEASE_CERTIFICATE:
            return True, FactUsed(FactName.CERTIFICATE_SHOWN, proof)
    return False, _NO_CERTIFICATE


def newest_negative(facts: PersonFacts) -> Proof | None:
    """Return the test before the arrival that was sampled last, where it is negative; None otherwise.

    A later positive takes an earlier negative's worth away. What was sampled after the arrival, or nobody
    knows when, is no proof of it.
    """
    newest: Proof | None = None
    arrived_at = facts.arrived_at
    for proof in facts.proofs:
        sampled_at = proof.sampled_at
        if proof.kind is not ProofKind.NEGATIVE_TEST or sampled_at is None or arrived_at is None:
            continue
        if proof.result is not Result.POSITIVE and proof.result is not Result.NEGATIVE:
            continue
        if sampled_at > arrived_at:
            continue
        if newest is None or newest.sampled_at is None or _follows(proof, newest):
            newest = proof
    return newest if newest is not None and newest.result is Result.NEGATIVE else None


def _follows(one: Proof, other: Proof) -> bool:
    """Tell whether a test counts after another; of two of one instant the positive does."""
    assert one.sampled_at is not None
    assert other.sampled_at is not None
    if one.sampled_at == other.sampled_at:
        return one.result is Result.POSITIVE
    return one.sampled_at > other.sampled_at
