"""The rows of stages that change, and of the hand-overs that go with it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.registration.rules.plans.handover import Handover, HandoverState
from services.registration.rules.plans.stage_change import Stage
from services.registration.rules.telling import Telling
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "stages.sql")


@dataclass(frozen=True, slots=True)
class ChangingPlan:
    """A plan whose present stage is over, locked."""

    plan_id: UUID
    person_id: UUID
    division: str
    stage: int
    home: str
    """Where the person lives."""


@dataclass(frozen=True, slots=True)
class NewStage:
    """The stage that a plan now stands at; `division` None leaves where it is spent as it was."""

    plan_id: UUID
    stage: Stage
    division: str | None


async def claim_changes(connection: Connection, today: date, most: int) -> list[ChangingPlan]:
    """Return plans that have to go on, locked and in the order of their ids; others' are skipped."""
    rows = await QUERIES.fetch(connection, "claim_stage_changes", today=today, most=most)
    return [ChangingPlan(**row) for row in rows]


async def stages_of(connection: Connection, plan_ids: Sequence[UUID]) -> Mapping[UUID, list[Stage]]:
    """Return the stages of plans, in their order."""
    stages: defaultdict[UUID, list[Stage]] = defaultdict(list)
    for row in await QUERIES.fetch(connection, "stages_of_plans", plan_ids=list(plan_ids)):
        stage = Stage(row["position"], row["kind"], row["first_day"], row["last_day"])
        stages[row["plan_id"]].append(stage)
    return stages


async def change(connection: Connection, changes: Sequence[NewStage], changed_at: datetime) -> None:
    """Write at which stage plans now stand."""
    await QUERIES.execute(
        connection,
        "change_stages",
        plan_ids=[new.plan_id for new in changes],
        stages=[new.stage.position for new in changes],
        kinds=[new.stage.kind for new in changes],
        last_days=[new.stage.last_day for new in changes],
        divisions=[new.division for new in changes],
        changed_at=changed_at,
    )


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person who leaves a site on a day."""

    plan_id: UUID
    person_id: UUID
    division: str
    """Where the person lives: who receives them."""
    change_on: date


async def claim_requests(
    connection: Connection, until: date, kinds: Sequence[str], most: int
) -> list[Leaving]:
    """Return who leaves a site after a last day up to `until` and has no hand-over; the plans are locked."""
    rows = await QUERIES.fetch(
        connection, "claim_handovers_to_request", until=until, kinds=list(kinds), most=most
    )
    return [Leaving(**row) for row in rows]


async def insert_handovers(
    connection: Connection, asked: Sequence[tuple[UUID, Leaving]], requested_at: datetime, *, early: bool
) -> set[UUID]:
    """Store hand-overs and return the ids of those that are new.

    One that was asked for in good time stays when its person leaves earlier on the same day.
    """
    rows = await QUERIES.fetch(
        connection,
        "insert_handovers",
        handover_ids=[id_ for id_, _ in asked],
        plan_ids=[leaving.plan_id for _, leaving in asked],
        person_ids=[leaving.person_id for _, leaving in asked],
        divisions=[leaving.division for _, leaving in asked],
        change_ons=[leaving.change_on for _, leaving in asked],
        requested_at=requested_at,
        early=early,
    )
    return {row["handover_id"] for row in rows}


async def never_picked_up(
    connection: Connection, own: Sequence[tuple[UUID, UUID]], *, parted: bool
) -> set[UUID]:
    """Return whom nobody has brought to a site, of people with all ids that stand for them.

    Of whoever has no transfer on record nothing is known, unless they were `parted` from somebody just now:
    then it was the other one's. A room that they have says that they are there.
    """
    rows = await QUERIES.fetch(
        connection,
        "never_picked_up",
        owner_ids=[owner for owner, _ in own],
        person_ids=[id_ for _, id_ in own],
        parted=parted,
    )
    return {row["owner"] for row in rows}


async def withdraw(
    connection: Connection, kinds: Sequence[str], most: int, withdrawn_at: datetime
) -> list[tuple[UUID, Leaving]]:
    """Withdraw hand-overs of changes that will not be, and return them."""
    rows = await QUERIES.fetch(
        connection, "withdraw_handovers", kinds=list(kinds), most=most, withdrawn_at=withdrawn_at
    )
    return [_leaving(row) for row in rows]


async def miss(
    connection: Connection, today: date, most: int, missed_at: datetime
) -> list[tuple[UUID, Leaving]]:
    """Note which open hand-overs were missed by their change, and return those noted now."""
    rows = await QUERIES.fetch(connection, "miss_handovers", today=today, most=most, missed_at=missed_at)
    return [_leaving(row) for row in rows]


def _leaving(row: Record) -> tuple[UUID, Leaving]:
    return row["handover_id"], Leaving(row["plan_id"], row["person_id"], row["division"], row["change_on"])


async def lock_handover(
    connection: Connection, handover_id: UUID, bounds: tuple[str, str]
) -> Handover | None:
    """Return a hand-over of the subtree, locked; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "lock_handover", handover_id=handover_id, low=low, high=high)
    return None if row is None else _held(row)


async def update_handover(connection: Connection, handover: Handover) -> None:
    """Write what was told of a hand-over."""
    taken_over, confirmed = handover.taken_over, handover.confirmed
    await QUERIES.execute(
        connection,
        "update_handover",
        handover_id=handover.id,
        state=handover.state,
        taken_over_at=taken_over and taken_over.at,
        take_over_recorded_at=taken_over and taken_over.recorded_at,
        taken_over_from=taken_over and taken_over.source,
        confirmed_at=confirmed and confirmed.at,
        confirmation_recorded_at=confirmed and confirmed.recorded_at,
        confirmed_from=confirmed and confirmed.source,
    )


async def list_handovers(
    connection: Connection, window: Window, state: HandoverState | None, *, missed: bool
) -> list[Handover]:
    """Return the hand-overs of a window, in the order of division and id, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_handovers", state=state, missed=missed, **window.values())
    return [_held(row) for row in rows]


async def count_missed(connection: Connection, today: date) -> int:
    """Return how many open hand-overs were to be confirmed by now."""
    return await QUERIES.fetchval(connection, "count_missed_handovers", today=today)


def _held(row: Record) -> Handover:
    return Handover(
        id=row["handover_id"],
        plan_id=row["plan_id"],
        person_id=row["person_id"],
        division=row["division"],
        change_on=row["change_on"],
        requested_at=row["requested_at"],
        taken_over=_telling(row["taken_over_at"], row["take_over_recorded_at"], row["taken_over_from"]),
        confirmed=_telling(row["confirmed_at"], row["confirmation_recorded_at"], row["confirmed_from"]),
        leaves_early=row["leaves_early"],
        missed_at=row["missed_at"],
        withdrawn_at=row["withdrawn_at"],
    )


def _telling(at: datetime | None, recorded_at: Any, source: Any) -> Telling | None:
    return None if at is None else Telling(at, recorded_at, source)
