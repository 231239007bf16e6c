"""Keep what is told of people's samples, and settle the tests they owe, all in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from services.registration.actions.plans.place_people import place_people
from services.registration.actions.plans.settle_tests import settle_tests
from services.registration.rules.plans.person_sample import SampleTold, known_people, latest
from services.registration.storage import settlements
from shared.policy.release import Window
from shared.postgres import Database


async def take_samples(
    database: Database, told: Sequence[SampleTold], window: Window, *, now: datetime
) -> list[bool]:
    """Keep each sample once, its highest revision, and return of each telling whether its person is known.

    A laboratory may have been given an id that is no person's; such a sample is not kept.
    """
    async with database.transaction() as connection:
        here = await settlements.people_here(connection, list({one.person_id for one in told}))
        known = latest(known_people(told, here))
        if known:
            samples = [known[sample_id] for sample_id in sorted(known)]
            changed = await settlements.keep_samples(connection, samples, now)
            people = sorted({one.person_id for one in samples if one.sample_id in changed})
            if people:
                await settle_tests(connection, people, window, now=now)
                await place_people(connection, people, now=now)
    return [one.person_id in here for one in told]
