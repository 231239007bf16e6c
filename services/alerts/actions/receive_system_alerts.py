"""Take in what Alertmanager tells: an alert of the platform becomes a clock, and pages as clocks do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.alerts.actions.absorb_facts import Absorbed, absorb_in
from services.alerts.rules.clock_facts import Meanings
from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_terms import Law
from services.alerts.rules.system_alert import AlertReport, AlertVerdict, Settled, settle
from services.alerts.storage import system_alerts as storage
from shared.contracts import Event, derived_id
from shared.contracts.alerts import SystemAlertCleared, SystemAlertRaised
from shared.errors import Conflict
from shared.postgres import Connection, Database


@dataclass(frozen=True, slots=True)
class Received:
    """What became of each report, in their order, and what changed."""

    verdicts: tuple[AlertVerdict, ...]
    absorbed: tuple[Absorbed, ...]


async def receive_system_alerts(
    database: Database,
    reports: Sequence[AlertReport],
    law: Law,
    meanings: Meanings,
    *,
    division: str,
    now: datetime,
) -> Received:
    """Settle reports of alerts in `division`, all in one transaction; the same again changes nothing.

    The clock runs from when the platform was told, for only then somebody could act. The facts are recorded
    directly, not by way of the bus: it may be the bus that is being told about. Raises Conflict when the
    policy has no clock for them, Unavailable when the database is away; then nothing was stored.
    """
    verdicts: list[AlertVerdict] = []
    absorbed: list[Absorbed] = []
    async with database.transaction() as connection:
        await storage.lock(connection)
        for report in reports:
            settled = await _settle(connection, report, law, division)
            verdicts.append(settled.verdict)
            if settled.episode_id is not None:
                facts = _facts(report, settled, meanings, division, now)
                absorbed.append(await absorb_in(connection, facts, law, now))
    return Received(tuple(verdicts), tuple(absorbed))


async def _settle(connection: Connection, report: AlertReport, law: Law, division: str) -> Settled:
    rule_ids = [
        rule.id
        for rule in law.current.clocks
        if any(fact.event == SystemAlertRaised.TYPE for fact in rule.start)
    ]
    if not rule_ids:
        raise Conflict("The policy has no clock for alerts of the platform.")
    known = await storage.list_episodes(connection, rule_ids[0], report.alert, report.fingerprint, division)
    return settle(report, known, division)


def _facts(
    report: AlertReport, settled: Settled, meanings: Meanings, division: str, now: datetime
) -> list[Fact]:
    """Return the facts of an episode's beginning, told before or not, and of its end where it has one."""
    assert settled.episode_id is not None
    alert, episode = report.alert, settled.episode_id
    events: list[Event] = []
    if report.cleared_at is not None:
        events.append(
            SystemAlertCleared(
                division=division,
                occurred_at=report.cleared_at,
                recorded_at=now,
                alert=alert,
                episode=episode,
            )
        )
    if settled.is_new:
        events.append(
            SystemAlertRaised(
                division=division,
                occurred_at=report.raised_at,
                recorded_at=now,
                received_at=now,
                alert=alert,
                episode=episode,
            )
        )
    return [
        fact
        for event in events
        for fact in meanings.facts_of(event, derived_id(event.TYPE, alert, episode), now)
    ]
