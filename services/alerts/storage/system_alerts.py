"""The episodes of the platform's own alerts, as their clocks have them on record."""

from pathlib import Path

from services.alerts.rules.system_alert import Episode
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "system_alerts.sql")


async def lock(connection: Connection) -> None:
    """Let no other notification be settled until this transaction ends."""
    await QUERIES.execute(connection, "lock_system_alerts")


async def list_episodes(
    connection: Connection, rule_id: str, alert: str, fingerprint: str, division: str
) -> list[Episode]:
    """Return the newest episodes of an alert in a division, the newest first."""
    rows = await QUERIES.fetch(
        connection, "list_episodes", rule_id=rule_id, prefix=f"{alert}:{fingerprint}-{division}-"
    )
    return [
        Episode(row["subject"].partition(":")[2], row["clock_id"], row["raised_at"], row["cleared_at"])
        for row in rows
    ]
