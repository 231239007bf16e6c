"""State that somebody's infection is over, or not after all, and let their plan go on or hold it again."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.place_people import place_people
from services.registration.actions.plans.settle_tests import settle_tests
from services.registration.rules.plans.recovery import (
    RecoveryStatement,
    cleared_until,
    problems_of,
    problems_with,
    repeats,
)
from services.registration.storage import person_reads, plan_decisions, recoveries, settlements
from services.registration.storage.listing import Window as Listed
from services.registration.storage.recoveries import ListedRecovery
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration.stages import RecoveryStated
from shared.errors import InvalidInput, NotFound
from shared.institutions import Institution
from shared.policy.release import Window
from shared.postgres import Connection, Database
from shared.verdicts import Verdict

NOBODY = "There is no such person."
REFUSED = "The statement has fields that are refused."


@dataclass(frozen=True, slots=True)
class RecoveryTaken:
    """What became of a statement, and how the person stands."""

    recovery_id: UUID
    person_id: UUID
    verdict: Verdict
    cleared_until: datetime | None
    is_held: bool
    """Whether a positive result keeps an open plan of theirs from going on."""


async def state_recovery(
    database: Database,
    statement: RecoveryStatement,
    institution: Institution,
    window: Window,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> RecoveryTaken:
    """Keep a statement about somebody of the subtree, and bring their plan to what follows from it.

    Positives of samples taken until the stated moment hold their plan no more; a later one does. It is the
    word of disease control: of an `institution` of that kind which answers for where the person lives. Raises
    NotFound for whom the subtree does not see, and InvalidInput.
    """
    if problems := problems_of(statement, now):
        raise InvalidInput(REFUSED, problems=problems)
    async with database.transaction() as connection:
        same = await person_reads.find_same(connection, [statement.person_id], bounds)
        if not same:
            raise NotFound(NOBODY)
        person = same[statement.person_id][0]
        if problems := problems_with(institution, person.division):
            raise InvalidInput(REFUSED, problems=problems)
        await plan_decisions.lock_people(connection, [person.person_id])
        about = replace(statement, person_id=person.person_id)
        known = (await recoveries.of_people(connection, [person.person_id])).get(person.person_id, [])
        is_new = not repeats(known, about) and await recoveries.append(
            connection, about, person.division, now
        )
        if is_new:
            await _tell(connection, about, person.division, now)
        await settle_tests(connection, [person.person_id], window, now=now)
        await place_people(connection, [person.person_id], now=now)
        plans = await settlements.lock_open_plans(connection, [person.person_id])
    return RecoveryTaken(
        about.id,
        person.person_id,
        Verdict.STORED if is_new else Verdict.DUPLICATE,
        cleared_until([*known, about] if is_new else known),
        any(plan.held_since is not None for plan in plans),
    )


async def _tell(connection: Connection, said: RecoveryStatement, division: str, now: datetime) -> None:
    event = RecoveryStated(
        division=division,
        occurred_at=said.recorded_at,
        recorded_at=said.recorded_at,
        recovery_id=said.id,
        person_id=said.person_id,
        kind=said.kind,
        institution=said.institution,
        recovered_at=said.recovered_at,
    )
    await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, said.id))], now=now)


async def list_recoveries(database: Database, window: Listed) -> list[ListedRecovery]:
    """Return the statements about people of a subtree in a window, with one row to spare."""
    async with database.connection() as connection:
        return await recoveries.list_page(connection, window)


async def read_recoveries(
    database: Database, person_id: UUID, bounds: tuple[str, str]
) -> list[RecoveryStatement]:
    """Return everything that was stated of somebody of the subtree, as it was entered; raises NotFound."""
    async with database.connection() as connection:
        same = await person_reads.find_same(connection, [person_id], bounds)
        if not same:
            raise NotFound(NOBODY)
        owner = same[person_id][0].person_id
        return (await recoveries.of_people(connection, [owner])).get(owner, [])
