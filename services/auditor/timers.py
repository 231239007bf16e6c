"""Clock door of the auditor: an audit now and then, and a heartbeat after each clean one."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from services.auditor.actions.audit import audit
from services.auditor.gateways.heartbeat import beat
from services.auditor.metrics import AUDITS, FOUND, LAST_CLEAN, OLDEST
from services.auditor.rules.finding import Finding, is_clean
from shared.clock import Clock
from shared.errors import Unavailable
from shared.postgres import Database

log = structlog.get_logger()


class AuditDuty:
    """Audits for ever; what goes wrong in one audit does not end the next."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        every: timedelta,
        grace: timedelta,
        positive_rules: Sequence[str],
        heartbeat_url: str | None,
    ) -> None:
        """`every` and `grace` are real time."""
        self._database = database
        self._clock = clock
        self._every = every
        self._grace = grace * clock.rate
        self._positive_rules = positive_rules
        self._heartbeat_url = heartbeat_url
        self.findings: Sequence[Finding] = ()

    async def run(self) -> None:
        """Audit every so often until cancelled."""
        while True:
            try:
                await self.audit_once()
            except Unavailable:
                AUDITS.labels("unavailable").inc()
            except Exception:
                AUDITS.labels("failed").inc()
                log.exception("audit failed", action="audit")
            await asyncio.sleep(self._every.total_seconds())

    async def audit_once(self) -> bool:
        """Audit, show what was found, send the heartbeat when it is nothing; tell whether it was clean."""
        now = self._clock.now()
        self.findings = await audit(
            self._database, now=now, grace=self._grace, positive_rules=self._positive_rules
        )
        for finding in self.findings:
            FOUND.labels(finding.check).set(finding.count)
            OLDEST.labels(finding.check).set(finding.age(now).total_seconds())
            if finding.count:
                log.error("forgotten", action="audit", check=finding.check, count=finding.count)
        clean = is_clean(self.findings)
        AUDITS.labels("clean" if clean else "found").inc()
        if clean:
            LAST_CLEAN.set_to_current_time()
            if self._heartbeat_url:
                await beat(self._heartbeat_url)
        return clean
