"""HTTP door of the auditor: what the last audit found."""

from litestar import get
from litestar.di import NamedDependency
from pydantic import AwareDatetime, BaseModel

from services.auditor.rules.finding import Check
from services.auditor.timers import AuditDuty, TrailDuty
from shared.access import requires
from shared.audit_chain import Kind


class FindingView(BaseModel):
    """One check of the last audit."""

    check: Check
    count: int
    oldest_at: AwareDatetime | None


class TrailView(BaseModel):
    """What is known of one audit trail 审计链."""

    trail: str
    verified_rows: int
    """How many rows, from the first, were whole when they were read."""
    broken_row: int | None
    """The first row that is not as it was written."""
    broken_by: Kind | None


class AuditView(BaseModel):
    """The last audit; no findings before the first."""

    findings: list[FindingView]
    trails: list[TrailView]


@get("/v1/audit", guards=[requires("admin")])
async def get_audit(duty: NamedDependency[AuditDuty], trail_duty: NamedDependency[TrailDuty]) -> AuditView:
    """Return what the last audit found 最近一次核查结果, over the whole installation."""
    return AuditView(
        findings=[
            FindingView(check=finding.check, count=finding.count, oldest_at=finding.oldest_at)
            for finding in duty.findings
        ],
        trails=[
            TrailView(
                trail=watched.trail,
                verified_rows=watched.verified.sequence,
                broken_row=watched.broken.sequence if watched.broken else None,
                broken_by=watched.broken.kind if watched.broken else None,
            )
            for watched in trail_duty.trails.values()
        ],
    )


ROUTES = [get_audit]
