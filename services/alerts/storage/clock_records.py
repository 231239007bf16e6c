"""Reading clocks: lists of a subtree, one with its whole history, and the figures over all of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_state import Clock, State
from services.alerts.storage.clocks import OCCASIONS, QUERIES, clock_of, list_facts
from shared.postgres import Connection
from shared.vocabulary import Occasion


@dataclass(frozen=True, slots=True)
class ClockFilter:
    """Which clocks a list shows; None filters nothing."""

    bounds: tuple[str, str]
    """The lowest division code and the one beyond the last, as `Principal.bounds` gives them."""
    rule_id: str | None = None
    subject: str | None = None
    owner: str | None = None
    state: State | None = None
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step that has fired, as it stands on record."""

    index: int
    kind: Occasion
    due_at: datetime
    fired_at: datetime
    late_seconds: float


@dataclass(frozen=True, slots=True)
class ClockHistory:
    """A clock with every fact that made it and every step that fired."""

    clock: Clock
    facts: tuple[Fact, ...]
    steps: tuple[RecordedStep, ...]
    fault: str | None
    """Why the last attempt to fire its next step failed."""


LEFT_SECONDS = (0, 1800, 7200, 43_200)
"""Where the figures part running clocks by the time left: up to half an hour, 2 h, 12 h, and more."""
WORST_UNITS = 20
"""For how many townships the figures name the clocks that are overdue."""


@dataclass(frozen=True, slots=True)
class OpenClocks:
    """Open clocks of one rule in one district that have about as much time left."""

    rule_id: str
    district: str
    place: int
    """0 when they are overdue; else which of LEFT_SECONDS they have left at least, counted from 1."""
    clocks: int
    oldest_due_at: datetime

    @property
    def state(self) -> State:
        """Whether they still run."""
        return State.RUNNING if self.place else State.BREACHED


@dataclass(frozen=True, slots=True)
class Figures:
    """What the gauges show: open clocks by rule, district and time left, and where most are overdue."""

    open: tuple[OpenClocks, ...]
    overdue_by_unit: dict[str, int]
    oldest_step_at: datetime | None
    faulty: int


async def list_clocks(
    connection: Connection,
    wanted: ClockFilter,
    *,
    after: tuple[datetime, UUID] | None,
    most: int,
    now: datetime,
) -> list[Clock]:
    """Return clocks that have started, soonest due first, behind `after`; needs a transaction.

    The plan is made for the values at hand: the one for any values reads a province's index for a village.
    """
    await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    lowest, beyond = wanted.bounds
    after_due_at, after_id = after or (None, None)
    rows = await QUERIES.fetch(
        connection,
        "list_clocks",
        lowest=lowest,
        beyond=beyond,
        rule_id=wanted.rule_id,
        subject=wanted.subject,
        owner=wanted.owner,
        state=wanted.state,
        due_before=wanted.due_before,
        after_due_at=after_due_at,
        after_id=after_id,
        now=now,
        most=most,
    )
    return [clock_of(row, row["next_step"]) for row in rows]


async def find_history(connection: Connection, id: UUID, bounds: tuple[str, str]) -> ClockHistory | None:
    """Return a clock of the subtree with its whole history; None when there is none."""
    lowest, beyond = bounds
    row = await QUERIES.fetchrow(connection, "find_clock", id=id, lowest=lowest, beyond=beyond)
    if row is None:
        return None
    facts = await list_facts(connection, [id])
    steps = await QUERIES.fetch(connection, "list_fired_steps", clock_id=id)
    return ClockHistory(
        clock=clock_of(row, row["next_step"]),
        facts=tuple(facts),
        steps=tuple(
            RecordedStep(
                step["step_index"],
                OCCASIONS[step["kind"]],
                step["due_at"],
                step["fired_at"],
                step["late_seconds"],
            )
            for step in steps
        ),
        fault=row["fault"],
    )


async def take_figures(connection: Connection, now: datetime) -> Figures:
    """Return the figures as of `now`; counts the open clocks along an index."""
    counts = await QUERIES.fetch(connection, "count_open_clocks", now=now, left_seconds=LEFT_SECONDS)
    units = await QUERIES.fetch(connection, "count_overdue_by_township", now=now, most=WORST_UNITS)
    oldest: Any = await QUERIES.fetchrow(connection, "find_oldest")
    return Figures(
        open=tuple(OpenClocks(**row) for row in counts),
        overdue_by_unit={row["unit"]: row["clocks"] for row in units},
        oldest_step_at=oldest["next_step_at"],
        faulty=oldest["faulty"],
    )
