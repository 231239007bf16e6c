"""Open a reporting day: start the clock of every unit that owes its figures by the day's end.

The facts are recorded directly, not by way of the bus: the register of divisions is known here, and the
ids of the `reporting-day-opened` events follow from unit and day, so that any process may open any day any
number of times. What the others need to know leaves as 12,340 `clock-started` events, which take the relay a
third of a second and the stream about 8 MB a day; the units are few enough to be told one by one, like
all other duties, rather than by an event of another kind for this duty alone.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from services.alerts.actions.absorb_facts import MOST_FACTS, Absorbed, absorb_facts
from services.alerts.rules.clock_facts import Meanings
from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_reporting_day import ReportingDay
from services.alerts.rules.clock_terms import Law
from services.alerts.storage import clocks as storage
from shared.contracts import derived_id
from shared.contracts.alerts import ReportingDayOpened
from shared.divisions import Division
from shared.postgres import Database


async def open_reporting_day(
    database: Database,
    units: Sequence[Division],
    day: ReportingDay,
    rule_id: str,
    law: Law,
    meanings: Meanings,
    *,
    now: datetime,
) -> Sequence[Absorbed]:
    """Start the clocks of all units for a day and note it as opened; repeating it does no harm.

    Unlike other actions this is a transaction for each thousand units, so that firing is never held up; a
    day counts as opened when all of them are stored. Raises Unavailable when the database is away.
    """
    facts = list(_facts(units, day, rule_id, meanings, now))
    done = [
        await absorb_facts(database, facts[start : start + MOST_FACTS], law, now=now)
        for start in range(0, len(facts), MOST_FACTS)
    ]
    async with database.transaction() as connection:
        await storage.put_reporting_day(connection, rule_id, day.day, len(units), now)
    return done


async def last_opened_day(database: Database, rule_id: str) -> date | None:
    """Return the last reporting day whose clocks have all been started; None when there is none."""
    async with database.connection() as connection:
        return await storage.last_reporting_day(connection, rule_id)


def _facts(
    units: Sequence[Division], day: ReportingDay, rule_id: str, meanings: Meanings, now: datetime
) -> Iterator[Fact]:
    for unit in units:
        event = ReportingDayOpened(
            division=unit.code,
            occurred_at=day.begins_at,
            recorded_at=now,
            unit=unit.code,
            day=day.day,
        )
        event_id = derived_id(event.TYPE, unit.code, day.day)
        yield from (fact for fact in meanings.facts_of(event, event_id, now) if fact.rule_id == rule_id)
