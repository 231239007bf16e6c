"""The rows of gatherings: what was announced and decided, and how each stands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.places.gathering import (
    Decision,
    DecisionKind,
    Gathering,
    GatheringFacts,
    GatheringState,
    GatheringStatement,
)
from services.registration.rules.telling import Telling
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "gatherings.sql")


@dataclass(frozen=True, slots=True)
class StoredGathering:
    """A gathering as it stood when it was judged last, with its organiser, sealed."""

    gathering: Gathering
    organiser_sealed: bytes
    state: GatheringState
    unapproved_since: datetime | None = None
    next_look_at: datetime | None = None

    @property
    def id(self) -> UUID:
        """The gathering's id."""
        return self.gathering.id

    @property
    def division(self) -> str:
        """The gathering's division."""
        return self.gathering.division


@dataclass(frozen=True, slots=True)
class GatheringSaid:
    """One statement about a gathering as it was kept."""

    facts: GatheringFacts
    held_at: datetime | None
    recorded_at: datetime
    received_at: datetime


def _facts(row: Record) -> GatheringFacts:
    return GatheringFacts(
        row["kind"],
        row["venue"],
        row["place_code"],
        row["people"],
        row["from_at"],
        row["until_at"],
        row["plan_reference"],
    )


def _stored(row: Record) -> StoredGathering:
    held = Gathering(
        row["reference"],
        row["division"],
        _facts(row),
        row["statement_id"],
        row["recorded_at"],
        row["held_at"],
        row["cancelled_at"],
        row["cancelled_reason"],
    )
    state = GatheringState(row["state"])
    return StoredGathering(held, row["organiser_sealed"], state, row["unapproved_since"])


async def insert(connection: Connection, stored: StoredGathering, received_at: datetime) -> bool:
    """Store a gathering and tell whether it is new."""
    held = stored.gathering
    row = await QUERIES.fetchrow(
        connection,
        "insert_gathering",
        id=held.id,
        division=held.division,
        reference=held.reference,
        organiser_sealed=stored.organiser_sealed,
        statement_id=held.statement_id,
        recorded_at=held.recorded_at,
        held_at=held.held_at,
        state=stored.state,
        received_at=received_at,
        **_columns(held.facts),
    )
    return row is not None


def _columns(facts: GatheringFacts) -> dict[str, object]:
    return {
        "kind": facts.kind,
        "venue": facts.venue,
        "place_code": facts.place_code,
        "people": facts.people,
        "from_at": facts.from_at,
        "until_at": facts.until_at,
        "plan_reference": facts.plan_reference,
    }


async def lock(connection: Connection, gathering_id: UUID) -> StoredGathering | None:
    """Return what is known and let nobody else change it until the transaction ends."""
    row = await QUERIES.fetchrow(connection, "lock_gathering", id=gathering_id)
    return None if row is None else _stored(row)


async def lock_due(connection: Connection, *, now: datetime, most: int) -> list[StoredGathering]:
    """Return gatherings that have begun since they were judged, locked, those of others left out."""
    return [_stored(row) for row in await QUERIES.fetch(connection, "due_gatherings", now=now, most=most)]


async def update(connection: Connection, stored: Sequence[StoredGathering], changed_at: datetime) -> None:
    """Write what holds now."""
    held = [one.gathering for one in stored]
    await QUERIES.execute(
        connection,
        "update_gatherings",
        ids=[one.id for one in held],
        kinds=[one.facts.kind for one in held],
        venues=[one.facts.venue for one in held],
        place_codes=[one.facts.place_code for one in held],
        people=[one.facts.people for one in held],
        from_ats=[one.facts.from_at for one in held],
        until_ats=[one.facts.until_at for one in held],
        plan_references=[one.facts.plan_reference for one in held],
        organisers_sealed=[one.organiser_sealed for one in stored],
        statement_ids=[one.statement_id for one in held],
        recorded_ats=[one.recorded_at for one in held],
        held_ats=[one.held_at for one in held],
        cancelled_ats=[one.cancelled_at for one in held],
        cancelled_reasons=[one.cancelled_reason for one in held],
        states=[one.state for one in stored],
        unapproved_sinces=[one.unapproved_since for one in stored],
        next_looks=[one.next_look_at for one in stored],
        changed_at=changed_at,
    )


async def append(connection: Connection, said: GatheringStatement, received_at: datetime) -> bool:
    """Keep a statement and tell whether it had not been made before."""
    row = await QUERIES.fetchrow(
        connection,
        "append_gathering_statement",
        id=said.id,
        statement_id=said.statement_id,
        held_at=said.held_at,
        recorded_at=said.recorded_at,
        received_at=received_at,
        received_from=said.received_from,
        **_columns(said.facts),
    )
    return row is not None


async def append_decision(connection: Connection, decision: Decision, received_at: datetime) -> bool:
    """Keep a decision and tell whether it had not been told before."""
    row = await QUERIES.fetchrow(
        connection,
        "append_decision",
        decision_id=decision.id,
        id=decision.gathering_id,
        decision=decision.kind,
        people=decision.people,
        facts_key=decision.facts_key,
        reason=decision.reason,
        decided_at=decision.told.at,
        recorded_at=decision.told.recorded_at,
        received_at=received_at,
        received_from=decision.told.source,
    )
    return row is not None


async def decisions_of(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, list[Decision]]:
    """Return every decision about each gathering, by time."""
    decisions: dict[UUID, list[Decision]] = defaultdict(list)
    for row in await QUERIES.fetch(connection, "decisions_of", ids=list(ids)):
        told = Telling(row["decided_at"], row["recorded_at"], row["received_from"])
        decisions[row["gathering_id"]].append(
            Decision(
                row["gathering_id"],
                DecisionKind(row["decision"]),
                row["people"],
                row["facts_key"],
                row["reason"],
                told,
            )
        )
    return decisions


async def statements_of(connection: Connection, gathering_id: UUID) -> list[GatheringSaid]:
    """Return everything that was said of a gathering, in the order in which it was entered."""
    rows = await QUERIES.fetch(connection, "gathering_statements", id=gathering_id)
    return [
        GatheringSaid(_facts(row), row["held_at"], row["recorded_at"], row["received_at"]) for row in rows
    ]


async def find(connection: Connection, gathering_id: UUID, bounds: tuple[str, str]) -> StoredGathering | None:
    """Return a gathering of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_gathering", id=gathering_id, low=low, high=high)
    return None if row is None else _stored(row)


async def list_page(
    connection: Connection, window: Window, *, state: GatheringState | None, unapproved: bool | None
) -> list[StoredGathering]:
    """Return the gatherings of a window, in the order of division and id, with one row to spare."""
    rows = await QUERIES.fetch(
        connection, "list_gatherings", state=state, unapproved=unapproved, **window.values()
    )
    return [_stored(row) for row in rows]
