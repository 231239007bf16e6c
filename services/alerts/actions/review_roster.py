"""Look at the roster as a whole: who is on duty, where nobody will be, and which gaps are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.rules.page_law import PageLaw
from services.alerts.rules.roster import (
    Gap,
    OnDuty,
    Roster,
    coverage_gaps,
    covered_share,
    find_on_duty,
    roster_at,
)
from services.alerts.storage import pages, roster
from services.alerts.storage.pages import OpenGap
from shared.divisions import Division, DivisionRegister
from shared.postgres import Database

AHEAD = timedelta(days=7)
"""How far coverage is looked at."""

GAP_FORGOTTEN_AFTER = timedelta(days=1)
"""A gap into which no page has run for so long is closed, although its post may stand empty."""


@dataclass(frozen=True, slots=True)
class PostNow:
    """A post as seen from a division: who holds it now, where they were found, and when nobody will."""

    post: str
    found: OnDuty | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which share of the days ahead a post is held in a district, or above it."""

    post: str
    division: str
    share: float
    held: bool
    """Whether somebody can be paged on it now."""


async def read_duty_now(
    database: Database, register: DivisionRegister, law: PageLaw, division: str, *, now: datetime
) -> list[PostNow]:
    """Return every post of the policy as a clock of `division` would find it at `now`, and seven days on."""
    lineage = register.lineage(division)
    async with database.connection() as connection:
        shifts = await roster.shifts_between(connection, [one.code for one in lineage], now, now + AHEAD)
    on_duty = roster_at(shifts, now)
    return [
        PostNow(
            post=post,
            found=find_on_duty(on_duty, post, lineage),
            gaps=coverage_gaps(shifts, post, lineage, now, now + AHEAD),
        )
        for post in law.posts
    ]


async def close_filled_gaps(database: Database, register: DivisionRegister, *, now: datetime) -> int:
    """Close the gaps whose post is held again in their district or above it; return how many."""
    async with database.transaction() as connection:
        gaps = await pages.list_open_gaps(connection, ("", "~"))
        places = {one.gap.division for one in gaps if one.gap.division in register}
        divisions = {above.code for place in places for above in register.lineage(place)}
        on_duty = roster_at(await roster.shifts_at(connection, divisions, now), now)
        over = [one.gap.id for one in gaps if _is_over(one, on_duty, register, now)]
        await pages.close_gaps(connection, over, now=now)
    return len(over)


def _is_over(open_gap: OpenGap, on_duty: Roster, register: DivisionRegister, now: datetime) -> bool:
    gap = open_gap.gap
    if now - open_gap.last_seen_at >= GAP_FORGOTTEN_AFTER or gap.division not in register:
        return True
    return find_on_duty(on_duty, gap.post, register.lineage(gap.division)) is not None


async def read_coverage(
    database: Database, register: DivisionRegister, law: PageLaw, *, now: datetime
) -> Sequence[Coverage]:
    """Return the coverage of the next seven days for every post, in the municipality and each district."""
    top: list[Division] = [one for one in register.units() if one.level in ("municipality", "district")]
    async with database.connection() as connection:
        shifts = await roster.shifts_between(connection, [one.code for one in top], now, now + AHEAD)
    until, on_duty = now + AHEAD, roster_at(shifts, now)
    return [
        Coverage(
            post,
            one.code,
            covered_share(coverage_gaps(shifts, post, register.lineage(one.code), now, until), now, until),
            find_on_duty(on_duty, post, register.lineage(one.code)) is not None,
        )
        for one in top
        for post in law.posts
    ]
