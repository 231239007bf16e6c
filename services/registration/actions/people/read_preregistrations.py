"""Read announced returns, one with all that was said of it, or a page of many, with their people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registration.actions.people.read_people import find_people
from services.registration.rules.people.merging import WholePerson
from services.registration.rules.people.preregistration import Preregistration, PreregistrationState
from services.registration.storage.listing import Window
from services.registration.storage.preregistrations import (
    AnnouncedSaid,
    PreregistrationRows,
    statements_of,
)
from shared.errors import NotFound
from shared.postgres import Connection, Database
from shared.sealing import Sealer


@dataclass(frozen=True, slots=True)
class PreregistrationRead:
    """An announced return with whom it is about."""

    held: Preregistration
    person: WholePerson | None

    @property
    def id(self) -> UUID:
        """The announced return's id."""
        return self.held.id

    @property
    def division(self) -> str:
        """Where the person is expected."""
        return self.held.division


async def read_preregistration(
    database: Database, sealer: Sealer, id_: UUID, bounds: tuple[str, str]
) -> tuple[PreregistrationRead, list[AnnouncedSaid]]:
    """Return what holds of an announced return of the subtree and what was said of it; raises NotFound."""
    async with database.connection() as connection:
        held = await PreregistrationRows(sealer).find(connection, id_, bounds)
        if held is None:
            raise NotFound("There is no such preregistration.")
        (read,) = await with_people(connection, sealer, [held], bounds)
        return read, await statements_of(connection, id_)


async def list_preregistrations(
    database: Database,
    sealer: Sealer,
    window: Window,
    state: PreregistrationState | None,
    today: date,
) -> list[PreregistrationRead]:
    """Return the announced returns of a window, those of one state or all, with one to spare."""
    async with database.connection() as connection:
        held = await PreregistrationRows(sealer).list_page(connection, window, state, today)
        return await with_people(connection, sealer, held, window.bounds)


async def with_people(
    connection: Connection, sealer: Sealer, held: Sequence[Preregistration], bounds: tuple[str, str]
) -> list[PreregistrationRead]:
    """Return announced returns with whom each is about; whoever announces somebody sees them."""
    people = await find_people(connection, sealer, [one.person_id for one in held], bounds)
    by_id = {id_: person for person in people for id_ in person.ids}
    return [PreregistrationRead(one, by_id.get(one.person_id)) for one in held]
