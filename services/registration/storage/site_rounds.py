"""The rows of the rounds of tests that open sites are due for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from shared.contracts import derived_id
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "site_rounds.sql")
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class SiteRound:
    """A round that fell due."""

    round_id: UUID
    site: str
    round: int
    due_at: datetime
    people: int
    environment_points: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DueRound:
    """A round that is due and has not been asked for."""

    site: str
    division: str
    opened_at: datetime
    round: int
    due_at: datetime
    people: int
    environment_points: int | None
    """None where the site names no number of its own."""

    @property
    def id(self) -> UUID:
        """Follows from the site, its opening and the round."""
        return derived_id("site-round", self.site, self.opened_at, self.round)


async def claim(connection: Connection, *, now: datetime, most: int) -> list[DueRound]:
    """Return due rounds, one of each site, and keep the sites for this transaction."""
    rows = await QUERIES.fetch(connection, "claim_rounds", now=now, most=most)
    return [
        DueRound(
            site=row["code"],
            division=row["division"],
            opened_at=row["opened_at"],
            round=row["round"],
            due_at=row["due_at"],
            people=row["people"],
            environment_points=row["environment_points"],
        )
        for row in rows
    ]


async def ask(
    connection: Connection, due: Sequence[DueRound], *, points: int, every: timedelta, now: datetime
) -> None:
    """Keep rounds as asked for and let the sites wait for the next one."""
    sites, rounds = [one.site for one in due], [one.round for one in due]
    await QUERIES.execute(
        connection,
        "insert_rounds",
        sites=sites,
        opened_ats=[one.opened_at for one in due],
        rounds=rounds,
        round_ids=[one.id for one in due],
        due_ats=[one.due_at for one in due],
        people=[one.people for one in due],
        environment_points=[one.environment_points or points for one in due],
        now=now,
    )
    next_round_ats = [one.due_at + every for one in due]
    await QUERIES.execute(
        connection, "advance_rounds", sites=sites, rounds=rounds, next_round_ats=next_round_ats
    )


async def of_site(connection: Connection, site: str, bounds: tuple[str, str]) -> list[SiteRound]:
    """Return the rounds of a site of the subtree, the newest first."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "rounds_of_site", site=site, low=low, high=high, most=MOST_SHOWN)
    return [SiteRound(**row) for row in rows]
