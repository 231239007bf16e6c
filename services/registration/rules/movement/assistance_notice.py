"""A notice from another province 外省市协查: people, vehicles and goods that are looked for in all ledgers.

The clause is 渝肺炎组发〔2021〕1号 §12; how far from a named day a journey still counts stands in the policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.day_count import begins_at, day_number
from services.registration.rules.people.identity import Identity
from services.registration.rules.telling import Telling
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.policy.key_places import AssistanceNotices


class EntryKind(StrEnum):
    """What a notice names 协查对象."""

    PERSON = "person"
    VEHICLE = "vehicle"
    GOODS = "goods"


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """One thing that a notice names; numbers as they are compared."""

    kind: EntryKind
    name: str | None = None
    identity: Identity | None = None
    telephone: str | None = None
    vehicle: str | None = None
    lot_number: str | None = None
    named_on: date | None = None
    """The day, in Asia/Shanghai, of the visit or journey that the notice names."""


@dataclass(frozen=True, slots=True)
class NoticeStatement:
    """A notice as somebody enters it; `division` is who received it."""

    division: str
    issuer: str
    number: str
    told: Telling
    entries: tuple[NamedEntry, ...]

    @property
    def id(self) -> UUID:
        """The notice's id: one number of one issuer, as one division received it."""
        return notice_id(self.division, self.issuer, self.number)


def notice_id(division: str, issuer: str, number: str) -> UUID:
    """Return the id of a notice that a division received."""
    return derived_id("assistance-notice", division, issuer, number)


def problems_of_entry(entry: NamedEntry) -> list[FieldProblem]:
    """Return what an entry lacks or has too much, by field; an empty list when it names one thing."""
    fields = {
        "identity": entry.identity,
        "telephone": entry.telephone,
        "vehicle": entry.vehicle,
        "lot": entry.lot_number,
    }
    own = {
        EntryKind.PERSON: ("identity", "telephone"),
        EntryKind.VEHICLE: ("vehicle",),
        EntryKind.GOODS: ("lot",),
    }[entry.kind]
    problems = [
        FieldProblem(name, f"does not belong to an entry of the kind {entry.kind}")
        for name, value in fields.items()
        if value is not None and name not in own
    ]
    if all(fields[name] is None for name in own):
        needed = " or ".join(own)
        problems.append(FieldProblem(own[0], f"an entry of the kind {entry.kind} needs {needed}"))
    return problems


def problems_of(statement: NoticeStatement, now: datetime) -> list[FieldProblem]:
    """Return why a notice cannot be stored, field by field; an empty list when it can."""
    told = {"received_at": statement.told.at, "recorded_at": statement.told.recorded_at}
    problems = problems_ahead(told, now)
    for position, entry in enumerate(statement.entries):
        problems += [
            FieldProblem(f"entries.{position}.{one.field}", one.reason) for one in problems_of_entry(entry)
        ]
    return problems


def moments_of(named_on: date | None, law: AssistanceNotices) -> tuple[datetime, datetime] | None:
    """Return from when to before when an arrival is the journey of a named day; None for any day.

    Days are those of Asia/Shanghai.
    """
    if named_on is None:
        return None
    first = begins_at(day_number(named_on, -law.vehicle_days_before))
    return first, begins_at(day_number(named_on, law.vehicle_days_after + 1))


def same_once(matches: Sequence["Match"]) -> list["Match"]:
    """Return each pair of entry and thing once; who was found by a document was not found by telephone."""
    best: dict[UUID, Match] = {}
    for match in sorted(matches, key=lambda one: (one.id, one.via != "identity", one.via)):
        best.setdefault(match.id, match)
    return list(best.values())


@dataclass(frozen=True, slots=True)
class Match:
    """Something that a notice names and that stands in a ledger here."""

    entry_id: UUID
    ledger: str
    subject_id: UUID
    division: str
    via: str

    @property
    def id(self) -> UUID:
        """The match's id: one entry and one thing in a ledger."""
        return derived_id("notice-match", self.entry_id, self.ledger, self.subject_id)
