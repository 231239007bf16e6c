"""Somebody who sends until it is acknowledged, whatever happens at the other end meanwhile."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from services.reporting.rules.case_facts import case_id_of
from tests.builders import a_result
from tests.crash.house import House

VILLAGES = ("500104102001", "500104102002", "500104102003", "500104001001", "500104003015")
AT_ONCE = 40
LONGEST_SECONDS = 120.0


@dataclass
class Laboratory:
    """Positives with their samples once acknowledged, and how often it had to try."""

    house: House
    samples: dict[str, UUID] = field(default_factory=dict[str, UUID])
    reported: set[UUID] = field(default_factory=set[UUID])
    answers: Counter[str] = field(default_factory=Counter[str])
    complaints: list[str] = field(default_factory=list[str])

    async def send(self, count: int, seconds: float, chance: random.Random) -> None:
        """Send `count` positives spread over so many seconds, and report every fourth of the cases."""
        gate = asyncio.Semaphore(AT_ONCE)
        moments = sorted(chance.uniform(0, seconds) for _ in range(count))
        begun = asyncio.get_running_loop().time()
        async with self.house.client("testing") as testing, self.house.client("reporting") as reporting:

            async def one(number: int) -> None:
                async with gate:
                    sample = await self._send_one(testing, number)
                if number % 4 == 0:
                    await self._report(reporting, sample, number)

            async with asyncio.TaskGroup() as group:
                for number, moment in enumerate(moments):
                    await asyncio.sleep(max(0.0, begun + moment - asyncio.get_running_loop().time()))
                    group.create_task(one(number))

    async def _send_one(self, testing: httpx.AsyncClient, number: int) -> UUID:
        row = a_result(
            self.house.clock.now(), tube_code=f"KILL-{number}", division=VILLAGES[number % len(VILLAGES)]
        )
        # Half of them rely on the key of the request, half on the sample's own identity.
        headers = {"Idempotency-Key": f"positive-{number}"} if number % 2 else {}
        answer = await self._until_acknowledged(testing, "/v1/results", row, headers)
        sample = UUID(answer["sample_id"])
        self.samples[row["tube_code"]] = sample
        return sample

    async def _report(self, reporting: httpx.AsyncClient, sample: UUID, number: int) -> None:
        order = {
            "classification": "confirmed",
            "institution": "500104-h01",
            "reporter": "报告员",
            "occurred_at": self.house.clock.now().isoformat(),
        }
        path = f"/v1/cases/{case_id_of(sample)}/report"
        await self._until_acknowledged(reporting, path, order, {"Idempotency-Key": f"report-{number}"})
        self.reported.add(sample)

    async def _until_acknowledged(
        self, client: httpx.AsyncClient, path: str, body: Any, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        deadline = asyncio.get_running_loop().time() + LONGEST_SECONDS
        while True:
            try:
                answer = await client.post(path, json=body, headers=dict(headers))
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
            else:
                self.answers[str(answer.status_code)] += 1
                if answer.is_success:
                    return answer.json()
                self._judge(answer)
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"{path} was never acknowledged: {dict(self.answers)} {self.complaints}")
            await asyncio.sleep(0.2)

    def _judge(self, answer: httpx.Response) -> None:
        """Waiting must help, and the answer must say so."""
        on_its_way = answer.status_code == 404  # the case, of a positive that was acknowledged just now
        patience = answer.status_code in (409, 503) and "retry-after" in answer.headers
        if not on_its_way and not patience:
            complaint = f"{answer.request.url.path}: {answer.status_code} {answer.text[:500]}"
            self.complaints.append(complaint)
            if answer.status_code < 500:
                raise AssertionError(complaint)
