"""Tells a plan to the platform at the pace of the world's clock, each call until it is accepted.

Nothing counts as accepted but what an answer says is stored or known. A call that is not answered, or
answered that it cannot be taken just now, is made again under the same Idempotency-Key, in the same words.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx

from drills.doors import Doors
from drills.load.bodies import Door, body_of, door_of, path_of
from drills.load.plan import Call, Fact, Plan
from drills.load.told import Log, Telling
from drills.play import wait_until
from shared.clock import Clock
from shared.contracts import derived_id

AT_ONCE = 48
"""Calls that wait for an answer at the same time."""
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
TIMEOUT_SECONDS = 20.0
NOT_YET = frozenset({404, 409})
"""What a follow-up is answered while its cause is on its way between the services."""
NOT_NOW = frozenset({408, 425, 429})
AHEAD = "ahead of this server's time"
"""Part of the reason for which instants of a fast clock are refused; they are told again until it fits."""


class Sender:
    """Sends the calls of a plan; `log` holds what was sent and what was answered."""

    def __init__(self, plan: Plan, doors: Doors, clock: Clock, log: Log) -> None:
        self._plan = plan
        self._doors = doors
        self._clock = clock
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        self._kept: dict[str, asyncio.Event] = {}
        self.log = log

    async def send(self) -> None:
        """Send every call at its time; returns when the last has begun, `finish` waits for their answers."""
        for call in self._plan.calls:
            await wait_until(self._due(call), self._clock)
            task = asyncio.create_task(self._tell(call))
            self._under_way.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self.log.problem(problem)

    async def finish(self, seconds: float) -> int:
        """Wait so long, at most, for what is not accepted yet; return how many calls never were."""
        deadline = time.monotonic() + seconds
        while self._under_way and time.monotonic() < deadline:
            await asyncio.wait(self._under_way, timeout=1.0, return_when=asyncio.ALL_COMPLETED)
        left = list(self._under_way)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    async def _tell(self, call: Call) -> None:
        for fact in call.facts:
            if fact.after is not None and fact.after not in self.log.accepted:
                await self._kept.setdefault(fact.after, asyncio.Event()).wait()
        if self._is_in_vain(call):
            return
        door, facts, pause = door_of(call), call.facts, FIRST_PAUSE_SECONDS
        key = str(derived_id("drill-call", self._plan.scenario.id, self._plan.seed, call.key))
        first: datetime | None = None
        while facts:
            async with self._gate:
                telling = Telling(facts, sent_at=self._clock.now())
                self.log.sending(telling, again=first is not None)
                if first is None:
                    first = telling.sent_at
                    self.log.behind(self._clock.real_seconds(first - self._due(call)))
                answer = await self._call(door, call, facts, key)
            facts = self._take(door, telling, first, answer)
            if facts and len(facts) < len(call.facts):
                key = str(derived_id(key, facts[0].id, len(facts)))  # other words need another key
            if facts:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _due(self, call: Call) -> datetime:
        return self._plan.scenario.world(call.at)

    def _is_in_vain(self, call: Call) -> bool:
        """What was refused has no follow-up."""
        return any(fact.after in self.log.refused for fact in call.facts if fact.after is not None)

    async def _call(
        self, door: Door, call: Call, facts: Sequence[Fact], key: str
    ) -> httpx.Response | httpx.HTTPError:
        part = Call(call.at, call.key, tuple(facts), call.together)
        path = path_of(door, facts[0], self.log.ids)
        began = time.perf_counter()
        try:
            answer = await self._doors.client.post(
                self._doors.address(door.service, path),
                json=body_of(part, self._plan.scenario),
                headers={**self._doors.headers(door.party), "idempotency-key": key},
                timeout=TIMEOUT_SECONDS,
            )
        except httpx.HTTPError as problem:
            return problem
        if answer.is_success:
            self.log.latency(f"{door.service} {door.route}", time.perf_counter() - began)
        return answer

    def _take(
        self,
        door: Door,
        telling: Telling,
        first: datetime,
        answer: httpx.Response | httpx.HTTPError,
    ) -> tuple[Fact, ...]:
        """Note what was answered; return what has to be told again."""
        if isinstance(answer, httpx.HTTPError):
            self.log.unanswered(type(answer).__name__)
            return telling.facts
        if not answer.is_success:
            return self._take_refusal(telling, answer)
        now, body = self._clock.now(), answer.json()
        rows: Sequence[Any] = body["rows"] if door.route.endswith("/batch") else [body]
        again: list[Fact] = []
        for fact, row in zip(telling.facts, rows, strict=True):
            verdict = row.get("verdict") or ("stored" if answer.status_code == 201 else "duplicate")
            if verdict == "refused":
                if AHEAD in str(row.get("problems")):
                    again.append(fact)
                else:
                    self._refuse(fact, str(row.get("problems")))
            else:
                self.log.accept(fact, verdict, first=first, at=now, row=row, id_field=door.id_field)
                self._release(fact)
        return tuple(again)

    def _take_refusal(self, telling: Telling, answer: httpx.Response) -> tuple[Fact, ...]:
        status = answer.status_code
        follows = any(fact.after for fact in telling.facts)
        if status >= 500 or status in NOT_NOW or (follows and status in NOT_YET) or AHEAD in answer.text:
            self.log.unanswered(str(status))
            return telling.facts
        for fact in telling.facts:
            self._refuse(fact, f"{status} {answer.text[:300]}")
        return ()

    def _refuse(self, fact: Fact, reason: str) -> None:
        self.log.refuse(fact, reason)
        self._release(fact)

    def _release(self, fact: Fact) -> None:
        event = self._kept.pop(fact.id, None)
        if event is not None:
            event.set()
