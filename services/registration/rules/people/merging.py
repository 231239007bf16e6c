"""Merging 合并: two records of one person become one, and may be parted again.

A merge is an edge from the record that ends to the one that survives, so a person's records form a tree and
undoing a merge cuts one edge, whatever was merged before or after it. Nothing else of a record changes:
what was stored with it keeps its id and is reached through the surviving one.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.people.person import PersonStated, with_gaps_filled


class SuspectState(StrEnum):
    """What was decided of two people who may be one 疑似重复."""

    OPEN = "open"
    MERGED = "merged"
    DISTINCT = "distinct"


class DecisionKind(StrEnum):
    """What somebody decided of two records 处理结论."""

    MERGED = "merged"
    DISTINCT = "distinct"
    UNDONE = "undone"


class DecisionReason(StrEnum):
    """Why they decided so 处理理由."""

    DOCUMENT_SEEN = "document-seen"
    """核对证件"""
    ASKED_IN_PERSON = "asked-in-person"
    """当面或电话核实"""
    KNOWN_TO_VILLAGE = "known-to-village"
    """村社区知情"""
    SHARED_TELEPHONE = "shared-telephone"
    """家人或同事共用电话"""
    ENTRY_ERROR = "entry-error"
    """录入错误"""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a person."""

    id: UUID
    person: PersonStated
    first_received_at: datetime


@dataclass(frozen=True, slots=True)
class WholePerson:
    """A person as the surviving record shows them, with what only the merged ones knew."""

    id: UUID
    person: PersonStated
    first_received_at: datetime
    merged: tuple[UUID, ...] = ()
    """The records that were merged into this one, directly or through others."""

    @property
    def division(self) -> str:
        """Where the person lives or stays."""
        return self.person.division

    @property
    def ids(self) -> tuple[UUID, ...]:
        """All ids under which something of the person may be stored."""
        return (self.id, *self.merged)


def whole(records: Sequence[Record]) -> WholePerson:
    """Return the person of records that are one, the surviving one first."""
    survivor, *merged = records
    person = survivor.person
    for record in merged:
        person = with_gaps_filled(person, record.person)
        if person.identity is None:
            person = dataclasses.replace(person, identity=record.person.identity)
    return WholePerson(survivor.id, person, survivor.first_received_at, tuple(one.id for one in merged))


@dataclass(frozen=True, slots=True)
class Edge:
    """A merge: `other` ends in `kept`."""

    kept: UUID
    other: UUID


def edge_between(one: Record, other: Record, keep: UUID | None = None) -> Edge | None:
    """Return which of two surviving records ends in which; None when they are one already.

    A merge between records that are one already would go round in a circle. Without a wish, the record with
    an identity document survives, then the older one.
    """
    if one.id == other.id:
        return None
    if keep is None:
        keep = min((one, other), key=_seniority).id
    return Edge(keep, other.id if keep == one.id else one.id)


def _seniority(record: Record) -> tuple[bool, datetime, UUID]:
    return record.person.identity is None, record.first_received_at, record.id
