"""Clock doors of the auditor: audits, with a heartbeat after each clean one, and looks at audit trails."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from services.auditor.actions.audit import audit
from services.auditor.actions.verify_trail import verify_trail
from services.auditor.gateways.heartbeat import beat
from services.auditor.metrics import Metrics
from services.auditor.rules.finding import Finding, is_clean
from services.auditor.rules.trail import TRAILS, Watched
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


class TrailDuty:
    """Verifies the audit trails for ever: at each turn what is new, and again a piece of what is known.

    What it knows it keeps in memory alone. After a restart it reads every trail from its beginning.
    """

    def __init__(self, database: Database, *, every: timedelta, metrics: Metrics) -> None:
        """`every` is real time."""
        self._database = database
        self._every = every
        self._metrics = metrics
        self._logged: dict[str, int] = {}
        self.trails: dict[str, Watched] = {trail: Watched.unread(trail) for trail in TRAILS}

    async def run(self) -> None:
        """Look at every trail every so often until cancelled; one that cannot be read hides no other."""
        while True:
            for trail in TRAILS:
                try:
                    await self.verify_one(trail)
                except Unavailable:
                    log.warning("audit trail not read", action="verify-trail", trail=trail)
                except Exception:
                    log.exception("audit trail not verified", action="verify-trail", trail=trail)
            await asyncio.sleep(self._every.total_seconds())

    async def verify_one(self, trail: str) -> None:
        """Look until everything new is read, show it, and write the head into the log when it has moved."""
        while True:
            watched = self.trails[trail] = await verify_trail(self._database, self.trails[trail])
            if watched.is_caught_up or watched.broken:
                break
        self._metrics.show_trail(watched)
        if watched.broken is not None:
            place = {"trail": trail, "sequence": watched.broken.sequence, "kind": watched.broken.kind}
            log.error("audit trail broken", action="verify-trail", **place)
        elif self._logged.get(trail) != watched.verified.sequence:
            self._logged[trail] = watched.verified.sequence
            head = {"sequence": watched.verified.sequence, "hash": watched.verified.hash.hex()}
            log.info("audit trail whole", action="verify-trail", trail=trail, **head)
