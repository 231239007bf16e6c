"""Look up what is on record around results that come in: tubes of their codes, laboratories they name."""

from collections.abc import Iterable

from services.testing.rules.results.intake import Surroundings
from services.testing.rules.results.result import ResultFacts
from services.testing.storage import laboratories, tubes
from shared.postgres import Database


async def look_around(database: Database, results: Iterable[ResultFacts]) -> Surroundings:
    """Return the tubes and laboratories that results name; two looks for any number of them.

    A tube that is stored between this and its result is found by the rule that joins them.
    """
    facts = list(results)
    if not facts:
        return Surroundings({}, {})
    async with database.connection() as connection:
        of_codes = await tubes.tubes_of_codes(connection, sorted({one.tube_code for one in facts}))
        divisions = await laboratories.divisions_of(connection, sorted({one.institution for one in facts}))
    return Surroundings(
        {code: [other.known for other in others] for code, others in of_codes.items()}, divisions
    )
