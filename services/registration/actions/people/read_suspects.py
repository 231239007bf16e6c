"""Read who may be whom, with both people of each pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.registration.actions.people.read_people import find_people
from services.registration.rules.people.merging import SuspectState, WholePerson
from services.registration.storage import suspects
from services.registration.storage.listing import Window
from services.registration.storage.suspects import Suspect
from shared.postgres import Database
from shared.sealing import Sealer


@dataclass(frozen=True, slots=True)
class SuspectRead:
    """A pair with its people; they are one and the same after a merge."""

    suspect: Suspect
    people: tuple[WholePerson, ...]

    @property
    def id(self) -> UUID:
        """The pair's id."""
        return self.suspect.id

    @property
    def division(self) -> str:
        """The lowest division that both lie in."""
        return self.suspect.division


async def list_suspects(
    database: Database, sealer: Sealer, window: Window, state: SuspectState
) -> list[SuspectRead]:
    """Return the pairs of a window in one state, with one to spare."""
    async with database.connection() as connection:
        pairs = await suspects.list_page(connection, window, state)
        ids = [id_ for pair in pairs for id_ in (pair.one, pair.other)]
        people = await find_people(connection, sealer, ids, window.bounds)
    by_id = {id_: person for person in people for id_ in person.ids}
    return [SuspectRead(pair, _of(pair, by_id)) for pair in pairs]


def _of(pair: Suspect, by_id: dict[UUID, WholePerson]) -> tuple[WholePerson, ...]:
    found: Sequence[WholePerson] = [by_id[id_] for id_ in (pair.one, pair.other) if id_ in by_id]
    return tuple({person.id: person for person in found}.values())
