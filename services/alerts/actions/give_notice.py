"""Tell the former and the new responsible person of a reassignment, once each, in one transaction."""

from datetime import datetime

from services.alerts.rules.charge_notice import NewNotice, notices_of
from services.alerts.rules.page_composition import lineage_of
from services.alerts.storage import notices
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.alerts import PageSent
from shared.contracts.registration import ChargeEnded
from shared.divisions import DivisionRegister
from shared.postgres import Database
from shared.vocabulary import Occasion


async def give_notice(
    database: Database, register: DivisionRegister, event: ChargeEnded, *, now: datetime
) -> int:
    """Store the notices that an event leads to and return how many are new; a repetition gives none.

    A notice is a page without a clock: handed over once by whatever channel answers, it climbs nowhere.
    Raises UnknownDivision for a division that the register lacks, with everything above it.
    """
    async with database.transaction() as connection:
        around = await notices.people_around(connection, lineage_of(register, event.division))
        if not (found := notices_of(event, around)):
            return 0
        new = await notices.insert(connection, found, now=now)
        await outbox.put(connection, [_sent(one, now) for one in new], now=now)
    return len(new)


def _sent(notice: NewNotice, now: datetime) -> Envelope:
    event = PageSent(
        division=notice.division,
        occurred_at=now,
        recorded_at=now,
        page_id=notice.page_id,
        person_id=notice.person_id,
        occasion=Occasion.INFORM,
        clock_ids=[],
    )
    return envelop(event, id=derived_id(event.TYPE, notice.page_id))
