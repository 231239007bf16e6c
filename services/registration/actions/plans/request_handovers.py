"""Ask for the hand-over of people who leave a site for home, in good time; withdraw and miss what must be."""

from collections.abc import Sequence
from datetime import datetime

from services.registration.actions.plans.place_people import place_people
from services.registration.rules.day_count import begins_at, day_number, day_of
from services.registration.storage import stages
from services.registration.storage.stages import Leaving
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration.stages import HandoverMissed, HandoverRequested, HandoverWithdrawn
from shared.policy.release import HandoverRule
from shared.postgres import Connection, Database

MOST = 500


async def attend_handovers(database: Database, rule: HandoverRule, *, now: datetime) -> int:
    """Ask for what is due, withdraw what will not be, note what was missed; return how much was done.

    One turn takes 500 of each at most and leaves to other processes what they hold. A hand-over is asked for
    when the last day at the site begins (渡建胜肺炎组发〔2021〕2号 §8), or as soon as that is noticed.
    """
    today = day_of(now)
    kinds = rule.from_kinds
    async with database.transaction() as connection:
        withdrawn = await stages.withdraw(connection, kinds, MOST, now)
        until = day_number(today, rule.asked_days_before - 1)
        leaving = await stages.claim_requests(connection, until, kinds, MOST)
        asked = await ask(connection, leaving, now=now)
        missed = await stages.miss(connection, today, MOST, now)
        events: list[Envelope] = []
        for handover_id, one in withdrawn:
            withdrawal = HandoverWithdrawn(
                division=one.division,
                occurred_at=now,
                recorded_at=now,
                handover_id=handover_id,
                plan_id=one.plan_id,
                person_id=one.person_id,
            )
            events.append(envelop(withdrawal, id=derived_id(withdrawal.TYPE, handover_id)))
        for handover_id, one in missed:
            gap = HandoverMissed(
                division=one.division,
                occurred_at=begins_at(one.change_on),
                recorded_at=now,
                handover_id=handover_id,
                plan_id=one.plan_id,
                person_id=one.person_id,
                change_on=one.change_on,
            )
            events.append(envelop(gap, id=derived_id(gap.TYPE, handover_id)))
        await outbox.put(connection, events, now=now)
        touched = [*leaving, *(one for _, one in withdrawn)]
        await place_people(connection, [one.person_id for one in touched], now=now)
    return asked + len(withdrawn) + len(missed)


async def ask(
    connection: Connection, leaving: Sequence[Leaving], *, now: datetime, early: bool = False
) -> int:
    """Ask for hand-overs in the caller's transaction, each change once; return how many were new.

    `early` are those of people whom new facts let leave before the last day at the site.
    """
    if not leaving:
        return 0
    asked = [(derived_id("handover", one.plan_id, one.change_on, now), one) for one in leaving]
    new = await stages.insert_handovers(connection, sorted(asked, key=lambda pair: pair[0]), now, early=early)
    events = [
        envelop(
            HandoverRequested(
                division=one.division,
                occurred_at=now,
                recorded_at=now,
                handover_id=handover_id,
                plan_id=one.plan_id,
                person_id=one.person_id,
                change_on=one.change_on,
                last_day_began_at=begins_at(day_number(one.change_on, -1)),
            ),
            id=derived_id(HandoverRequested.TYPE, handover_id),
        )
        for handover_id, one in asked
        if handover_id in new
    ]
    await outbox.put(connection, events, now=now)
    return len(events)
