"""Clock door of the auditor: an audit now and then, and a heartbeat after each clean one."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from services.auditor.actions.audit import audit
from services.auditor.gateways.heartbeat import beat
from services.auditor.metrics import Metrics
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
        pool_rules: Sequence[str],
        heartbeat_url: str | None,
        metrics: Metrics,
    ) -> None:
        """`every` and `grace` are real time."""
        self._database = database
        self._clock = clock
        self._every = every
        self._grace = grace * clock.rate
        self._positive_rules = positive_rules
        self._pool_rules = pool_rules
        self._heartbeat_url = heartbeat_url
        self._metrics = metrics
        self.findings: Sequence[Finding] = ()

    async def run(self) -> None:
        """Audit every so often until cancelled."""
        while True:
            try:
                await self.audit_once()
            except Unavailable:
                self._metrics.audits.labels("unavailable").inc()
            except Exception:
                self._metrics.audits.labels("failed").inc()
                log.exception("audit failed", action="audit")
            await asyncio.sleep(self._every.total_seconds())

    async def audit_once(self) -> bool:
        """Audit, show what was found, send the heartbeat when it is nothing; tell whether it was clean."""
        now = self._clock.now()
        self.findings = await audit(
            self._database,
            now=now,
            grace=self._grace,
            positive_rules=self._positive_rules,
            pool_rules=self._pool_rules,
        )
        for finding in self.findings:
            self._metrics.found.labels(finding.check).set(finding.count)
            self._metrics.oldest.labels(finding.check).set(finding.age(now).total_seconds())
            if finding.count:
                log.error("forgotten", action="audit", check=finding.check, count=finding.count)
        clean = is_clean(self.findings)
        self._metrics.audits.labels("clean" if clean else "found").inc()
        if clean:
            self._metrics.last_clean.set_to_current_time()
            if self._heartbeat_url:
                await beat(self._heartbeat_url)
        return clean
