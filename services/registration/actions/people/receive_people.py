"""Take people in as they are stated, one or a batch, in one transaction."""

from collections.abc import Callable, Container, Sequence
from datetime import datetime

from services.registration.actions.people.identify_people import Identified, identify_people
from services.registration.rules.day_count import day_of
from services.registration.rules.people.person import PersonStated, problems_of
from shared.errors import FieldProblem
from shared.postgres import Database
from shared.sealing import Sealer
from shared.verdicts import OUTSIDE, RowVerdict, Verdict, store_good_rows


async def record_people(
    database: Database, sealer: Sealer, people: Sequence[PersonStated], *, received_from: str, now: datetime
) -> list[Identified]:
    """Return who each of the people is, in their order; whoever is new is taken in."""
    async with database.transaction() as connection:
        return await identify_people(connection, sealer, people, now=now, received_from=received_from)


async def receive_people(
    database: Database,
    sealer: Sealer,
    people: Sequence[PersonStated],
    *,
    divisions: Container[str],
    occupations: Container[str],
    reaches: Callable[[str], bool],
    received_from: str,
    now: datetime,
) -> list[tuple[RowVerdict, Identified | None]]:
    """Return a verdict for each person, and who the good ones are, in their order."""
    today = day_of(now)
    identified: list[Identified] = []

    def judge(person: PersonStated) -> Sequence[FieldProblem]:
        problems = problems_of(person, today, divisions, occupations)
        return problems if problems or reaches(person.division) else [OUTSIDE]

    async def store(good: Sequence[PersonStated]) -> list[RowVerdict]:
        identified.extend(await record_people(database, sealer, good, received_from=received_from, now=now))
        return [RowVerdict(verdict_on(one), one.person_id) for one in identified]

    verdicts = await store_good_rows(people, problems_of=judge, store=store)
    known = iter(identified)
    return [(verdict, None if verdict.id is None else next(known)) for verdict in verdicts]


def verdict_on(identified: Identified) -> Verdict:
    """Return what became of a statement: what says nothing new is a duplicate."""
    return Verdict.DUPLICATE if identified.said_before else Verdict.STORED
