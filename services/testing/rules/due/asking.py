"""What asks for tests 应检来源, turned into due tests: plans, departures, sentinels, cases, rounds."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.testing.rules.due.law import DueLaw
from shared.contracts import derived_id
from shared.contracts.registration import (
    DepartureTestDue,
    SiteRoundDue,
    SymptomFlagged,
    SymptomSeen,
    TestDue,
)
from shared.contracts.reporting import CaseOpened
from shared.day_count import day_number, day_of
from shared.errors import FieldProblem
from shared.vocabulary import SubjectKind


class Source(StrEnum):
    """What asks for a test."""

    PLAN = "plan"
    DEPARTURE = "departure"
    SENTINEL = "sentinel"
    SYMPTOM = "symptom"
    CASE = "case"
    SITE_ROUND = "site-round"
    CATEGORY = "category"
    ORDERED = "ordered"
    LOT = "lot"


BY_NAME = (Source.CASE, Source.ORDERED)
"""What may be ordered of anybody: each division's order is a test of its own, and none tells of another's.

One sample settles all of them.
"""

IN_ROUNDS = (Source.CATEGORY, Source.SITE_ROUND)
"""Their tests share the clock of the unit's round."""

LONGEST_AHEAD = 60
"""How many days ahead a test is ordered at most."""


def settled_within(source: Source, series: UUID, due_id: UUID) -> UUID:
    """Return the series in which each test needs a day of its own; tests near a case need none.

    Several divisions may ask for the same person near one case: that person is sampled once.
    """
    return due_id if source is Source.CASE else series


@dataclass(frozen=True, slots=True)
class Ask:
    """A test that is asked for, or a line of so many."""

    due_id: UUID
    source: Source
    series: UUID
    division: str
    category: str
    subject_kind: SubjectKind
    from_on: date
    due_on: date
    told_at: datetime
    until_on: date | None = None
    kind: str | None = None
    subject_id: UUID | None = None
    place: str | None = None
    reference: str | None = None
    wanted: int = 1
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """A test that is not asked for any more; it may be told before the test is."""

    due_id: UUID
    source: Source
    division: str
    dropped_at: datetime


def ask_of_plan(event: TestDue, law: DueLaw) -> Ask:
    """Return the due test of a plan's test; late samples count as long as the law of releases lets them."""
    window = law.plan_window
    return Ask(
        due_id=event.test_id,
        source=Source.PLAN,
        series=event.plan_id,
        division=event.division,
        category=law.category_of_plan_test(event.reasons),
        subject_kind=SubjectKind.PERSON,
        subject_id=event.person_id,
        from_on=day_number(event.due_on, -window.days_before),
        due_on=event.due_on,
        until_on=None if window.days_after is None else day_number(event.due_on, window.days_after),
        told_at=event.occurred_at,
    )


def ask_of_departure(event: DepartureTestDue, law: DueLaw) -> Ask:
    """Return the due test before a departure (town §15): after its last day the person is gone."""
    return Ask(
        due_id=event.test_id,
        source=Source.DEPARTURE,
        series=event.departure_id,
        division=event.division,
        category=law.sources.departures.category,
        subject_kind=SubjectKind.PERSON,
        subject_id=event.person_id,
        from_on=event.from_on,
        due_on=event.due_on,
        until_on=event.due_on,
        told_at=event.occurred_at,
    )


def ask_of_sentinel(event: SymptomSeen, law: DueLaw) -> Ask:
    """Return the due test of a sentinel's patient, at once (city §8).

    The event does not say who it is: the sampler marks the sample with this due test's id.
    """
    rule, day = law.sources.sentinels, day_of(event.occurred_at)
    return Ask(
        due_id=derived_id("sentinel-test", event.report_id),
        source=Source.SENTINEL,
        series=event.report_id,
        division=event.division,
        category=rule.category,
        subject_kind=SubjectKind.PERSON,
        place=event.sentinel,
        reference=str(event.report_id),
        from_on=day,
        due_on=day_number(day, rule.days),
        told_at=event.occurred_at,
        at_once=True,
    )


def ask_of_symptoms(event: SymptomFlagged, law: DueLaw) -> Ask:
    """Return the due test of somebody under management who has symptoms, at once (town §17, city §8).

    Symptoms that grow on the same day are the same test; on a later day `doubles` tells whether it is one.
    """
    rule, day = law.sources.symptoms, day_of(event.occurred_at)
    due_id = derived_id("symptom-test", event.person_id, day)
    return Ask(
        due_id=due_id,
        source=Source.SYMPTOM,
        series=due_id,
        division=event.division,
        category=rule.category,
        subject_kind=SubjectKind.PERSON,
        subject_id=event.person_id,
        from_on=day,
        due_on=day_number(day, rule.days),
        told_at=event.occurred_at,
        at_once=True,
    )


@dataclass(frozen=True, slots=True)
class Concerned:
    """Somebody near a case, and where they are to be tested."""

    person_id: UUID
    division: str


def asks_of_case(event: CaseOpened, people: Sequence[Concerned], law: DueLaw) -> list[Ask]:
    """Return the due tests of the people near a case, at once (town §17)."""
    rule, day = law.sources.cases, day_of(event.occurred_at)
    return [
        Ask(
            due_id=derived_id("case-test", event.case_id, one.person_id, one.division),
            source=Source.CASE,
            series=event.case_id,
            division=one.division,
            category=rule.category,
            subject_kind=SubjectKind.PERSON,
            subject_id=one.person_id,
            reference=str(event.case_id),
            from_on=day,
            due_on=day_number(day, rule.days),
            told_at=event.occurred_at,
            at_once=True,
        )
        for one in people
    ]


def asks_of_site_round(event: SiteRoundDue, law: DueLaw) -> list[Ask]:
    """Return the lines of a quarantine site's round: its people, and its environment's points (town §11)."""
    rule, day = law.sources.site_rounds, day_of(event.due_at)
    last = day_number(day, rule.days)
    lines = (
        (rule.people, SubjectKind.PERSON, event.people),
        (rule.environment, SubjectKind.ENVIRONMENT, event.environment_points),
    )
    return [
        Ask(
            due_id=derived_id("site-round-test", event.round_id, category),
            source=Source.SITE_ROUND,
            series=site_round_id(event.round_id, category),
            division=event.division,
            category=category,
            kind=category,
            subject_kind=subject_kind,
            place=event.site,
            reference=str(event.round),
            wanted=wanted,
            from_on=day,
            due_on=last,
            until_on=last,
            told_at=event.occurred_at,
        )
        for category, subject_kind, wanted in lines
        if wanted > 0
    ]


def site_round_id(round_id: UUID, category: str) -> UUID:
    """Return the id of what a site owes in a category of one round."""
    return derived_id("site-round", round_id, category)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A test that somebody orders by name."""

    person_id: UUID
    division: str
    case_id: UUID | None
    category: str | None
    due_on: date | None


def problems_of_order(
    order: Ordered, law: DueLaw, divisions: Container[str], today: date
) -> list[FieldProblem]:
    """Return why a test cannot be ordered, field by field."""
    problems: list[FieldProblem] = []
    if order.division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {order.division!r}"))
    category = law.categories.get(order.category) if order.category else None
    if order.category is not None and category is None:
        problems.append(FieldProblem("category", f"unknown category {order.category!r}"))
    if order.due_on is not None and not today <= order.due_on <= day_number(today, LONGEST_AHEAD):
        reason = f"must be today or one of the next {LONGEST_AHEAD} days"
        problems.append(FieldProblem("due_on", reason))
    if order.case_id is not None and order.due_on is not None:
        problems.append(FieldProblem("due_on", "has no place beside case_id: near a case it is due at once"))
    return problems


def ask_of_order(order: Ordered, law: DueLaw, now: datetime) -> Ask:
    """Return the due test of an order: near a case at once, otherwise on its day and whenever it is late."""
    rule, today = law.sources.cases, day_of(now)
    category = order.category or rule.category
    if order.case_id is not None:
        return Ask(
            due_id=derived_id("case-test", order.case_id, order.person_id, order.division),
            source=Source.CASE,
            series=order.case_id,
            division=order.division,
            category=category,
            subject_kind=SubjectKind.PERSON,
            subject_id=order.person_id,
            reference=str(order.case_id),
            from_on=today,
            due_on=day_number(today, rule.days),
            told_at=now,
            at_once=True,
        )
    due_on = order.due_on or today
    due_id = derived_id("ordered-test", order.person_id, category, due_on, order.division)
    return Ask(
        due_id=due_id,
        source=Source.ORDERED,
        series=due_id,
        division=order.division,
        category=category,
        subject_kind=SubjectKind.PERSON,
        subject_id=order.person_id,
        from_on=due_on,
        due_on=due_on,
        told_at=now,
    )
