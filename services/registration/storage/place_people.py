"""The lists of people that key places send, and what each of them reported of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.care.place_person import PlacePerson, PlaceRole
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "place_people.sql")


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Somebody on the list of a place, with whether a report of the day is owed and when it was made."""

    person: PlacePerson
    owes: bool
    reported_at: datetime | None

    @property
    def id(self) -> UUID:
        """The person's."""
        return self.person.person_id


def _person(row: Record) -> PlacePerson:
    return PlacePerson(
        row["person_id"], PlaceRole(row["role"]), row["since"], row["left_on"], row["recorded_at"]
    )


async def lock(
    connection: Connection, place_id: UUID, person_ids: Sequence[UUID]
) -> Mapping[UUID, PlacePerson]:
    """Return those who are on the list already, and let nobody else change them meanwhile."""
    rows = await QUERIES.fetch(
        connection, "lock_place_people", place_id=place_id, person_ids=sorted(set(person_ids))
    )
    return {row["person_id"]: _person(row) for row in rows}


async def put(
    connection: Connection,
    place_id: UUID,
    people: Sequence[PlacePerson],
    *,
    changed_at: datetime,
    received_from: str,
) -> None:
    """Write people, each once; what was entered later stays."""
    await QUERIES.execute(
        connection,
        "put_place_people",
        place_id=place_id,
        person_ids=[one.person_id for one in people],
        roles=[one.role for one in people],
        sinces=[one.since for one in people],
        left_ons=[one.left_on for one in people],
        recorded_ats=[one.recorded_at for one in people],
        changed_at=changed_at,
        received_from=received_from,
    )


async def list_page(
    connection: Connection, place_id: UUID, day: date, *, present: bool, after: UUID, most: int
) -> list[ListedPerson]:
    """Return the people of a place by id, all who ever were there or only who are on a day."""
    rows = await QUERIES.fetch(
        connection, "list_place_people", place_id=place_id, day=day, present=present, after=after, most=most
    )
    return [ListedPerson(_person(row), row["owes"], row["reported_at"]) for row in rows]
