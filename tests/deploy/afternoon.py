"""What has to happen once before every figure on the dashboards exists."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import nats

from tests.builders import a_result
from tests.system.campaign_doors import SEEDED
from tests.system.platform import Platform, a_roster
from tests.waiting import until


class Afternoon:
    """One positive reported and reviewed in time, one late, one withdrawn; a page answered; a bad message."""

    def __init__(self, platform: Platform, database_url: str, nats_url: str) -> None:
        self._platform = platform
        self._database_url = database_url
        self._nats_url = nats_url

    async def pass_by(self) -> None:
        """Let it all happen, one thing after the other."""
        platform, now = self._platform, self._platform.clock.now()
        posts = [
            ("reporting-officer", "500104"),
            ("duty-leader", "500104102"),
            ("disease-control-officer", "500104"),
        ]
        await platform.post("alerts", "/v1/duty", a_roster(now, *posts))
        begun = {"started_at": now.isoformat()}
        await platform.post("testing", f"/v1/campaigns/{SEEDED}/start", begun)
        await self._send_a_poor_message()
        in_time = await self._positive(timedelta())
        late = await self._positive(timedelta(hours=3))
        withdrawn = await self._positive(timedelta())
        await self._answer_a_page()
        for sample in (in_time, late):
            await self._report(sample)
        await self._review(in_time)
        await self._withdraw(withdrawn)
        await self._redeliver()

    async def _positive(self, age: timedelta) -> str:
        row = a_result(self._platform.clock.now() - age)
        return (await self._platform.post("testing", "/v1/results", row))["sample_id"]

    async def _case_of(self, sample: str) -> str:
        async def opened() -> str | None:
            cases = (await self._platform.get("reporting", "/v1/cases"))["items"]
            return next((case["case_id"] for case in cases if case["sample_id"] == sample), None)

        return await until(opened, seconds=60, what=f"a case of {sample}")

    async def _report(self, sample: str) -> None:
        body = {
            "classification": "confirmed",
            "institution": "500104-h01",
            "reporter": "报告员",
            "occurred_at": self._platform.clock.now().isoformat(),
        }
        await self._platform.post("reporting", f"/v1/cases/{await self._case_of(sample)}/report", body)

    async def _review(self, sample: str) -> None:
        now = self._platform.clock.now().isoformat()
        body = {
            "outcome": "approved",
            "reviewer": "审核员",
            "investigation_started_at": now,
            "occurred_at": now,
        }
        await self._platform.post("reporting", f"/v1/cases/{await self._case_of(sample)}/review", body)

    async def _withdraw(self, sample: str) -> None:
        now = self._platform.clock.now().isoformat()
        body = {"result": "negative", "reason_code": "contamination", "occurred_at": now}
        await self._platform.post("testing", f"/v1/samples/{sample}/corrections", body)

    async def _answer_a_page(self) -> None:
        async def accepted() -> Any:
            pages = (await self._platform.get("alerts", "/v1/pages"))["items"]
            return next((page for page in pages if page["delivery"] == "accepted"), None)

        page = await until(accepted, seconds=60, what="a delivered page")
        await self._platform.post("alerts", f"/v1/pages/{page['id']}/acknowledge", {})

    async def _send_a_poor_message(self) -> None:
        client = await nats.connect(self._nats_url)
        try:
            subject = "testing.sample-positive.50.0104.102.001"
            await client.jetstream().publish(subject, b"\xff", headers={"ce-id": str(uuid4())})
        finally:
            await client.close()

    async def _redeliver(self) -> None:
        """Take the table of cases away until a handler has failed on it."""
        connection = await asyncpg.connect(self._database_url)
        try:
            await connection.execute("ALTER TABLE reporting.case_file RENAME TO case_file_away")
            try:
                await self._positive(timedelta())
                await self._platform.clients["reporting"].get("/v1/cases")  # it fails, and is counted
                await until(self._has_failed, seconds=60, what="a failed delivery")
            finally:
                await connection.execute("ALTER TABLE reporting.case_file_away RENAME TO case_file")
        finally:
            await connection.close()

    async def _has_failed(self) -> bool:
        text = (await self._platform.clients["reporting"].get("/metrics")).text
        return any('outcome="retried"' in line and not line.endswith(" 0.0") for line in text.splitlines())
