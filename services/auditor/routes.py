"""HTTP door of the auditor: what the last audit found."""

from litestar import get
from litestar.di import NamedDependency
from pydantic import AwareDatetime, BaseModel

from services.auditor.rules.finding import Check
from services.auditor.timers import AuditDuty
from shared.access import requires


class FindingView(BaseModel):
    """One check of the last audit."""

    check: Check
    count: int
    oldest_at: AwareDatetime | None


class AuditView(BaseModel):
    """The last audit; empty before the first."""

    findings: list[FindingView]


@get("/v1/audit", guards=[requires("admin")])
async def get_audit(duty: NamedDependency[AuditDuty]) -> AuditView:
    """Return what the last audit found 最近一次核查结果, over the whole installation."""
    return AuditView(
        findings=[
            FindingView(check=finding.check, count=finding.count, oldest_at=finding.oldest_at)
            for finding in duty.findings
        ]
    )


ROUTES = [get_audit]
