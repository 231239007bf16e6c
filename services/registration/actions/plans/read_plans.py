"""Read plans: one with all its versions and why each was decided, that of a person, a page of many."""

from uuid import UUID

from services.registration.rules.plans.next_version import PlanState
from services.registration.storage import people, plan_views
from services.registration.storage.listing import Window
from services.registration.storage.plan_views import PlanFile, PlanShown
from shared.errors import NotFound
from shared.postgres import Database


async def read_plan(database: Database, plan_id: UUID, bounds: tuple[str, str]) -> PlanFile:
    """Return a plan of the subtree with everything about it; raises NotFound."""
    async with database.connection() as connection:
        plan = await plan_views.find(connection, plan_id, bounds)
        if plan is None:
            raise NotFound("There is no such plan.")
        return await plan_views.file_of(connection, plan)


async def read_plan_of(database: Database, person_id: UUID, bounds: tuple[str, str]) -> PlanFile:
    """Return the open plan of a person, or else the newest, with everything about it; raises NotFound."""
    async with database.connection() as connection:
        survivors = set((await people.resolve(connection, [person_id])).values())
        same = await people.merged_into(connection, list(survivors))
        ids = [id_ for several in same.values() for id_ in several]
        plan = await plan_views.find_of_person(connection, ids, bounds)
        if plan is None:
            raise NotFound("There is no plan of such a person.")
        return await plan_views.file_of(connection, plan)


async def list_plans(database: Database, window: Window, state: PlanState | None) -> list[PlanShown]:
    """Return the plans of a window, those of one state or all, with one row to spare."""
    async with database.connection() as connection:
        return await plan_views.list_page(connection, window, state)
