"""Judge statements about returns before they are recorded, with what is on record of people named by id."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from services.registration.actions.returns.keeping import Keeping
from services.registration.rules.day_count import day_of
from services.registration.rules.people import person as person_rules
from services.registration.rules.returns.return_merge import ReturnStatement, birth_problems, problems_of
from services.registration.sealed_person import open_row
from services.registration.storage import returned_people
from shared.errors import FieldProblem
from shared.postgres import Database
from shared.sealing import Sealer

UNKNOWN_PERSON = FieldProblem("person_id", "is nobody on record here")


async def judge_returns(
    database: Database,
    statements: Sequence[ReturnStatement],
    keeping: Keeping,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> Callable[[ReturnStatement], Sequence[FieldProblem]]:
    """Return a function that says why a statement cannot be stored, field by field.

    A person named by id must be on record in the subtree of `bounds`; it is not told apart who is elsewhere
    and who is nowhere.
    """
    born = await _births(database, statements, bounds, keeping.sealer)

    def judge(statement: ReturnStatement) -> Sequence[FieldProblem]:
        problems = problems_of(statement, now, keeping.divisions, keeping.areas)
        if (person := statement.person) is not None:
            problems += [
                FieldProblem(f"person.{problem.field}", problem.reason)
                for problem in person_rules.problems_of(
                    person, day_of(now), keeping.divisions, keeping.occupations
                )
                if problem.field != "division"
            ]
            problems += birth_problems(statement.arrived_at, person.birth_date)
        elif statement.person_id is not None:
            if statement.person_id in born:
                problems += birth_problems(statement.arrived_at, born[statement.person_id])
            else:
                problems.append(UNKNOWN_PERSON)
        return problems

    return judge


async def _births(
    database: Database, statements: Sequence[ReturnStatement], bounds: tuple[str, str], sealer: Sealer
) -> dict[UUID, date | None]:
    ids = {one.person_id for one in statements if one.person_id is not None}
    if not ids:
        return {}
    async with database.connection() as connection:
        found = await returned_people.find_visible(connection, ids, bounds)
    return {row.person_id: open_row(sealer, row).person.birth_date for row in found}
