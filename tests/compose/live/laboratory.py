"""Somebody outside who sends positives until each is acknowledged, whatever happens inside meanwhile."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from shared.clock import Clock
from tests.builders import a_result
from tests.compose.live.installation import Installation, say
from tests.waiting import until

VILLAGES = ("500104102001", "500104102002", "500104102003", "500104102201", "500104102202")
PAUSE_SECONDS = 0.3
LONGEST_SECONDS = 300.0
SENDERS = 3

FOLLOWED = """
SELECT sample.tube_code,
    (SELECT count(*) FROM reporting.case_file WHERE sample_id = sample.sample_id),
    (SELECT count(*) FROM alerts.clock
        WHERE rule_id = 'direct-report' AND subject = sample.sample_id::text AND started_at IS NOT NULL)
FROM testing.sample_result AS sample
WHERE result = 'positive' AND tube_code LIKE 'LOAD-%'
"""
UNSENT = """
SELECT (SELECT count(*) FROM registration.outbox) + (SELECT count(*) FROM testing.outbox)
    + (SELECT count(*) FROM alerts.outbox) + (SELECT count(*) FROM reporting.outbox)
"""
UNSENT_OF = "SELECT count(*) FROM {service}.outbox"
STORED = "SELECT tube_code FROM testing.sample_result WHERE tube_code LIKE 'LOAD-%'"


@dataclass
class Laboratory:
    """Sends, and remembers what was acknowledged."""

    installation: Installation
    clock: Clock
    key: str
    acknowledged: set[str] = field(default_factory=set[str])
    answers: Counter[str] = field(default_factory=Counter[str])

    @asynccontextmanager
    async def at_work(self, *, to_the_end: bool = True) -> AsyncGenerator[None]:
        """Send while the block runs; `to_the_end`: until what is under way then is acknowledged."""
        ending = asyncio.Event()
        senders = [asyncio.create_task(self.send_until(ending)) for _ in range(SENDERS)]
        try:
            yield
            ending.set()
            if to_the_end:
                await asyncio.gather(*senders)
        finally:
            for sender in senders:
                sender.cancel()
            await asyncio.gather(*senders, return_exceptions=True)

    async def more_acknowledged(self, count: int = 10) -> None:
        """Wait until so many more positives have been acknowledged."""
        wanted = len(self.acknowledged) + count
        await until(lambda: len(self.acknowledged) >= wanted, seconds=300, what="acknowledgements")

    async def all_stored(self) -> None:
        """Look whether the database has everything that was acknowledged."""
        stored = {code for (code,) in await self.installation.query(STORED)}
        lost = self.acknowledged - stored
        assert not lost, f"acknowledged and lost: {sorted(lost)[:10]} of {len(lost)}"

    async def send(self, count: int) -> None:
        """Send so many positives one after another, each until it is acknowledged."""
        async with self.installation.client(self.key) as client:
            for _ in range(count):
                await self._send_one(client)

    async def send_until(self, ending: asyncio.Event) -> None:
        """Send until told to end; several of these run side by side."""
        async with self.installation.client(self.key) as client:
            while not ending.is_set():
                await self._send_one(client)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _send_one(self, client: httpx.AsyncClient) -> None:
        number = self.answers["sent"]
        self.answers["sent"] += 1
        code = f"LOAD-{number}"
        row = a_result(self.clock.now(), tube_code=code, division=VILLAGES[number % len(VILLAGES)])
        deadline = asyncio.get_running_loop().time() + LONGEST_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            try:
                headers = {"idempotency-key": code, "authorization": f"Bearer {self.key}"}
                answer = await client.post("/v1/results", json=row, headers=headers)
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
            else:
                self.answers[str(answer.status_code)] += 1
                if answer.is_success:
                    self.acknowledged.add(code)
                    return
                assert answer.status_code in (409, 429, 502, 503, 504), answer.text
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError(f"{code} was not acknowledged within {LONGEST_SECONDS:g} s: {self.answers}")

    async def all_followed(self, *, seconds: float = 300) -> None:
        """Wait until each acknowledged positive has one case and one clock, and nothing waits to be sent."""
        await until(self._all_followed, seconds=seconds, every_seconds=2, what="a case and a clock for each")
        say(f"{len(self.acknowledged)} acknowledged, each with one case and one clock: {dict(self.answers)}")

    async def _all_followed(self) -> bool:
        rows = {code: (cases, clocks) for code, cases, clocks in await self.installation.query(FOLLOWED)}
        lost = self.acknowledged - rows.keys()
        assert not lost, f"acknowledged and lost: {sorted(lost)[:10]} of {len(lost)}"
        doubled = {code: found for code, found in rows.items() if max(map(int, found)) > 1}
        assert not doubled, f"more than one case or clock: {doubled}"
        unsent = int((await self.installation.query(UNSENT))[0][0])
        return unsent == 0 and all(rows[code] == ("1", "1") for code in self.acknowledged)
