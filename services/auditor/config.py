"""What an operator sets for the auditor; read by `__main__` and `app` only."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from shared.settings import Settings as SharedSettings


class Settings(SharedSettings):
    """The shared settings, with the auditor's rhythm and where its heartbeat goes."""

    port: int = 8105
    database_pool_size: int = Field(2, ge=2)
    audit_every: timedelta = timedelta(seconds=20)
    """Real time between two audits."""
    audit_grace: timedelta = timedelta(seconds=30)
    """Real time that a thing may be on its way before it counts as forgotten."""
    trails_verified_every: timedelta = timedelta(seconds=60)
    """Real time between two looks at an audit trail: at what is new, and again at 1,000 rows that are not."""
    watched_disks: dict[str, Path] = Field(default_factory=dict[str, Path])
    """Folders whose disks are watched, by name, as JSON: `{"postgres": "/watched/postgres"}`."""
    heartbeat_url: str | None = None
    """Called after each clean audit; whoever watches it raises the alarm when it falls silent."""
