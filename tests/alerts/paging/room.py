"""A duty room for tests: the alerts schema, real divisions and law, a clock moved by hand, and people."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry

from services.alerts.actions.acknowledge_page import Acknowledgement
from services.alerts.actions.climb_ladders import climb_ladders
from services.alerts.actions.compose_pages import Composed, compose_pages
from services.alerts.actions.deliver_page import DeliveryTools
from services.alerts.actions.fill_roster import JudgedEntry, fill_roster
from services.alerts.actions.read_pages import WholePage, read_page, read_pages
from services.alerts.gateways.pager import Pager
from services.alerts.paging import Paging, build_paging
from services.alerts.rules.clock_terms import Law
from services.alerts.rules.delivery_retry import RetryWaits
from services.alerts.rules.roster_document import PersonEntry, ReadEntry, ShiftEntry
from services.alerts.storage.pages import PageFilter, StoredPage
from shared.access import Principal, Scope
from shared.divisions import DivisionRegister
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import Settings
from tests.clocks import MovableClock
from tests.servers import TEST_SECRETS

PROJECT = Path(__file__).resolve().parents[3]
REGISTER = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")
LAW = Law([load_pack(PROJECT / "policies" / "chongqing-2021-winter")])
EVERYTHING = ("50", "50~")
PATIENCE = timedelta(seconds=2)
QUICK = RetryWaits(3, (timedelta(seconds=2), timedelta(seconds=8)))

MUNICIPALITY = "500000"
DISTRICT = "500104"
TOWNSHIP = "500104102"
VILLAGE = "500104102001"
OTHER_VILLAGE = "500104102002"

OPERATOR = Principal("operator", "operator", MUNICIPALITY, frozenset({Scope.ADMIN}), "key")

INSERT_CLOCK = """
INSERT INTO clock (
    id, started_at, due_at, rule_version, rule_id, subject, pack_id, division, owner,
    step_instants, step_kinds, step_rungs
)
SELECT id, $2, $3, 1, $4, subject, 'chongqing-2021-winter', division, 'duty-officer', '{}', '{}', '{}'
FROM unnest($1::uuid[], $5::text[], $6::text[]) AS row (id, subject, division)
"""
INSERT_REQUEST = """
INSERT INTO page_request (clock_id, occasion, rung, step_due_at, division, created_at)
SELECT id, $2, $3, $4, clock.division, $5 FROM clock WHERE id = ANY($1::uuid[])
"""


class Room:
    """Acts through the same actions as the doors, and asks the tables what came of it."""

    def __init__(self, database: Database, clock: MovableClock, *, pager: Pager | None = None) -> None:
        self.database = database
        self.clock = clock
        self.lines: list[dict[str, str]] = []
        self.pager = pager or Pager(
            timeout_seconds=1.0, log_line=lambda fields: self.lines.append(dict(fields))
        )
        settings = Settings.model_validate(
            {
                "database_url": "",
                "nats_url": "",
                "secret_key": TEST_SECRETS["DUTYCLOCK_SECRET_KEY"],
                "sealing_keys": TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"],
                "public_url": "https://duty.example",
            }
        )
        self.paging: Paging = build_paging(
            settings,
            database=database,
            clock=clock,
            register=REGISTER,
            law=LAW,
            registry=CollectorRegistry(),
            wake_relay=lambda: None,
            pager=self.pager,
            waits=QUICK,
        )
        self.law = self.paging.law

    @property
    def tools(self) -> DeliveryTools:
        return self.paging.tools

    @property
    def now(self) -> datetime:
        return self.clock.now()

    # ------------------------------------------------------------ roster

    async def person(
        self, key: str, *channels: str, division: str = DISTRICT, working: bool = True, language: str = "zh"
    ) -> JudgedEntry:
        """Put a person on the roster, reachable by the log unless channels are named."""
        entry = PersonEntry.model_validate(
            {
                "id": key,
                "name": "王某",
                "division": division,
                "channels": channels or ("log:",),
                "working": working,
                "language": language,
            }
        )
        return await self.fill(entry)

    async def shift(
        self, key: str, post: str, division: str, *, begin: datetime | None = None, hours: float = 24
    ) -> JudgedEntry:
        """Put a person on duty, from an hour ago unless said otherwise."""
        start = begin or self.now - timedelta(hours=1)
        entry = ShiftEntry.model_validate(
            {
                "post": post,
                "division": division,
                "person": key,
                "from": start,
                "until": start + timedelta(hours=hours),
            }
        )
        return await self.fill(entry)

    async def on_duty(self, key: str, post: str, division: str, *channels: str) -> None:
        """A person of that division who is on duty there."""
        await self.person(key, *channels, division=division)
        await self.shift(key, post, division)

    async def fill(self, entry: PersonEntry | ShiftEntry) -> JudgedEntry:
        judged = await fill_roster(
            self.paging.roster_tools, [ReadEntry("", entry)], principal=OPERATOR, now=self.now
        )
        return judged[0]

    # ------------------------------------------------------------ clocks

    async def clocks(
        self, divisions: Sequence[str], *, rule: str = "direct-report", due_in: timedelta = timedelta(hours=2)
    ) -> list[UUID]:
        """Clocks that run, one for each division."""
        ids = [uuid4() for _ in divisions]
        subjects = [f"S-{id_.hex[:8]}" for id_ in ids]
        async with self.database.connection() as connection:
            await connection.execute(
                INSERT_CLOCK, ids, self.now, self.now + due_in, rule, subjects, list(divisions)
            )
        return ids

    async def clock_at(self, division: str = VILLAGE, *, rule: str = "direct-report") -> UUID:
        return (await self.clocks([division], rule=rule))[0]

    async def request(
        self, *clock_ids: UUID, occasion: str = "inform", rung: int = 1, step_due_at: datetime | None = None
    ) -> None:
        """What the firing of a step asks for."""
        async with self.database.connection() as connection:
            await connection.execute(
                INSERT_REQUEST, list(clock_ids), occasion, rung, step_due_at or self.now, self.now
            )

    async def close_clock(self, clock_id: UUID) -> None:
        async with self.database.connection() as connection:
            await connection.execute("UPDATE clock SET stopped_at = $2 WHERE id = $1", clock_id, self.now)

    # ------------------------------------------------------------ paging

    async def compose(self) -> Composed:
        return await compose_pages(self.database, REGISTER, self.law, now=self.now, patience=PATIENCE)

    async def climb(self) -> Composed:
        """What the climbing duty and then the composing duty do at this moment."""
        await climb_ladders(self.database, now=self.now)
        await climb_ladders(self.database, now=self.now, nobody_found=True)
        return await self.compose()

    async def page(self, *clock_ids: UUID, **request: Any) -> list[StoredPage]:
        """Ask for a page and compose it; what is new comes back."""
        before = {page.id for page in await self.pages()}
        await self.request(*clock_ids, **request)
        await self.compose()
        return [page for page in await self.pages() if page.id not in before]

    async def deliver(self) -> None:
        """Make every attempt that is due at this moment, one after the other has been recorded."""
        duties = self.paging.duties
        while True:
            await duties.deliver_once()
            if not duties.sending:
                return
            await duties.finish_sending()

    async def acknowledge(self, page: StoredPage) -> Acknowledgement:
        return await self.paging.acknowledge(page.id, principal=None)

    async def pages(self) -> list[StoredPage]:
        """All pages, oldest first."""
        found = await read_pages(self.database, PageFilter(EVERYTHING), after=None, most=1000)
        return list(reversed(found))

    async def paged(self) -> list[str]:
        """Who was paged, in order."""
        return [page.person_key for page in await self.pages()]

    async def whole(self, page: StoredPage) -> WholePage:
        return await read_page(self.database, page.id, principal=None)

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        async with self.database.connection() as connection:
            return [dict(row) for row in await connection.fetch(sql, *values)]

    async def events(self, type_: str) -> list[dict[str, Any]]:
        """Events of a type that wait in the outbox."""
        return await self.rows(
            "SELECT event_id, headers, convert_from(body, 'UTF8') AS body FROM outbox "
            "WHERE starts_with(subject, $1 || '.') ORDER BY id",
            type_,
        )
