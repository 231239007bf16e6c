"""The rows of campaigns and of their plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from services.testing.rules.campaigns.campaign import Campaign, CampaignState, CampaignStated
from services.testing.rules.campaigns.campaign_facts import Plan, PlanningLaw, Point, Work
from services.testing.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "campaigns.sql")
DEAD_AFTER = timedelta(minutes=15)
"""A plan that a process has computed for longer is taken over: the process is gone."""

_STATED = TypeAdapter(CampaignStated)
_PLAN = TypeAdapter(Plan)


@dataclass(frozen=True, slots=True)
class Question:
    """What the planner is asked, whole."""

    work: Work
    law: PlanningLaw


_QUESTION = TypeAdapter(Question)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A plan that this process computes."""

    campaign_id: UUID
    number: int
    question: Question


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as it is on record; `plan` is None until it is ready."""

    number: int
    state: str
    plan: Plan | None
    reason: str | None
    seconds: float | None
    ordered_at: datetime
    computed_at: datetime | None


def _campaign(row: Record) -> Campaign:
    return Campaign(
        stated=_STATED.validate_python(row["stated"]),
        state=CampaignState(row["state"]),
        due_at=row["due_at"],
        aim_at=row["aim_at"],
        people=row["people"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        ended_because=row["ended_because"],
        crossings=row["crossings"],
        is_behind=row["is_behind"],
    )


async def lock(connection: Connection, code: str) -> None:
    """Let orders about one campaign follow one another until the transaction ends."""
    await QUERIES.execute(connection, "lock_campaign", code=code)


async def find(connection: Connection, code: str) -> Campaign | None:
    """Return a campaign; None when there is none of that code."""
    row = await QUERIES.fetchrow(connection, "find_campaign", code=code)
    return None if row is None else _campaign(row)


async def list_page(
    connection: Connection, window: Window, state: CampaignState | None = None
) -> list[Campaign]:
    """Return the campaigns of a window, in the order of division and id."""
    rows = await QUERIES.fetch(connection, "list_campaigns", **window.values(), state=state)
    return [_campaign(row) for row in rows]


async def keep(
    connection: Connection,
    stated: CampaignStated,
    *,
    due_at: datetime,
    aim_at: datetime | None,
    recorded_at: datetime,
    received_from: str,
    now: datetime,
) -> None:
    """Write a planned campaign whole."""
    await QUERIES.execute(
        connection,
        "keep_campaign",
        campaign_id=stated.id,
        code=stated.code,
        division=stated.division,
        target=stated.target,
        starts_at=stated.starts_at,
        due_at=due_at,
        aim_at=aim_at,
        stated=_STATED.dump_python(stated, mode="json"),
        recorded_at=recorded_at,
        received_from=received_from,
        now=now,
    )


async def start(
    connection: Connection,
    campaign_id: UUID,
    *,
    started_at: datetime,
    due_at: datetime,
    aim_at: datetime | None,
    people: int,
    now: datetime,
) -> None:
    """Write that a campaign has begun, and how many are to be tested."""
    await QUERIES.execute(
        connection,
        "start_campaign",
        campaign_id=campaign_id,
        started_at=started_at,
        due_at=due_at,
        aim_at=aim_at,
        people=people,
        now=now,
    )


async def end(
    connection: Connection, campaign_id: UUID, *, ended_at: datetime, reason: str, now: datetime
) -> None:
    """Write that a campaign is over."""
    await QUERIES.execute(
        connection, "end_campaign", campaign_id=campaign_id, ended_at=ended_at, reason=reason, now=now
    )


async def running(connection: Connection) -> list[Campaign]:
    """Return the campaigns that run."""
    return [_campaign(row) for row in await QUERIES.fetch(connection, "running_campaigns")]


async def cross_limit(
    connection: Connection, campaign_id: UUID, *, is_behind: bool, crossings: int, now: datetime
) -> None:
    """Write on which side of its limit the forecast of a campaign lies."""
    await QUERIES.execute(
        connection,
        "cross_limit",
        campaign_id=campaign_id,
        is_behind=is_behind,
        crossings=crossings,
        now=now,
    )


async def order_plan(
    connection: Connection, campaign_id: UUID, question: Question, *, ordered_by: str, now: datetime
) -> int:
    """Keep what the planner is asked and return the plan's number."""
    return await QUERIES.fetchval(
        connection,
        "order_plan",
        campaign_id=campaign_id,
        inputs=_QUESTION.dump_python(question, mode="json"),
        ordered_by=ordered_by,
        now=now,
    )


async def claim_plan(connection: Connection, now: datetime) -> Claimed | None:
    """Take the oldest plan that nobody computes; None when there is none."""
    row = await QUERIES.fetchrow(connection, "claim_plan", now=now, dead_before=now - DEAD_AFTER)
    if row is None:
        return None
    return Claimed(row["campaign_id"], row["number"], _QUESTION.validate_python(row["inputs"]))


async def finish_plan(
    connection: Connection,
    claimed: Claimed,
    found: Plan | str,
    *,
    seconds: float,
    now: datetime,
) -> None:
    """Write what the planner found, or why it found nothing."""
    failed = isinstance(found, str)
    await QUERIES.execute(
        connection,
        "finish_plan",
        campaign_id=claimed.campaign_id,
        number=claimed.number,
        state="failed" if failed else "ready",
        findings=None if isinstance(found, str) else _PLAN.dump_python(found, mode="json"),
        reason=found if isinstance(found, str) else None,
        seconds=seconds,
        now=now,
    )


async def plans(
    connection: Connection, campaign_id: UUID, *, number: int | None = None, most: int = 100
) -> list[KeptPlan]:
    """Return the plans of a campaign, or one of them, the last first."""
    rows = await QUERIES.fetch(connection, "plans_of", campaign_id=campaign_id, number=number, most=most)
    return [_plan(row) for row in rows]


def _plan(row: Record) -> KeptPlan:
    findings: Any = row["findings"]
    return KeptPlan(
        number=row["number"],
        state=row["state"],
        plan=None if findings is None else _PLAN.validate_python(findings),
        reason=row["reason"],
        seconds=row["seconds"],
        ordered_at=row["ordered_at"],
        computed_at=row["computed_at"],
    )


async def register_points(
    connection: Connection, bounds: tuple[str, str], people_per_hour: float
) -> Sequence[Point]:
    """Return the open sampling points of the register in a subtree, each sampler a post.

    Of several openings the first one counts.
    """
    low, high = bounds
    rows = await QUERIES.fetch(connection, "register_points", low=low, high=high)
    return [
        Point(
            code=row["code"],
            division=row["division"],
            serves=tuple(row["serves"]),
            posts=row["hands"],
            people_per_hour=people_per_hour,
            opens=time.fromisoformat(row["document"]["hours"][0]["opens"]),
            closes=time.fromisoformat(row["document"]["hours"][0]["closes"]),
        )
        for row in rows
    ]
