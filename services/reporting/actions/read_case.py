"""Read a case with its whole history."""

from uuid import UUID

from services.reporting.rules.case_facts import CaseHistory
from services.reporting.storage import cases
from shared.errors import NotFound
from shared.postgres import Database


async def read_case(database: Database, case_id: UUID, bounds: tuple[str, str]) -> CaseHistory:
    """Return a case of the subtree and everything that was stated about it; raises NotFound.

    All of it is read at one moment, so that the state never contradicts the history.
    """
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read"):
        file = await cases.find_case(connection, case_id, bounds)
        if file is None:
            raise NotFound("There is no such case.")
        return CaseHistory(
            file=file,
            reports=tuple(await cases.list_reports(connection, case_id)),
            reviews=tuple(await cases.list_reviews(connection, case_id)),
            withdrawal=(await cases.find_withdrawals(connection, [file.sample_id])).get(file.sample_id),
        )
