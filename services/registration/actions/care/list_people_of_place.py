"""Keep the list of a key place's people, who owe a health report every day, and read it."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.registration.actions.care.settle_missed_days import LEFT_THE_PLACE, excuse_days
from services.registration.actions.people.identify_people import identify_people
from services.registration.actions.places.read_places import find_place
from services.registration.rules.care.place_person import PlacePerson, problems_of
from services.registration.rules.day_count import day_of
from services.registration.rules.people import person as people_rules
from services.registration.rules.people.person import PersonStated
from services.registration.storage import health_reports, place_people
from services.registration.storage.place_people import ListedPerson
from shared import outbox
from shared.divisions import DivisionRegister
from shared.errors import FieldProblem
from shared.postgres import Connection, Database
from shared.sealing import Sealer
from shared.verdicts import RowVerdict, Verdict

NOBODY = FieldProblem("person_id", "is nobody of the subtree of this key")
TWICE = FieldProblem("person_id", "stands twice in this batch; send a person once")


@dataclass(frozen=True, slots=True)
class PlacePersonSent:
    """Somebody as a place sends them: by their id, or with what is known of them."""

    listed: PlacePerson
    """Its id is that of nobody where `person` says who it is."""
    person: PersonStated | None


@dataclass(frozen=True, slots=True)
class ListTools:
    """What keeping a list needs besides its rows."""

    database: Database
    sealer: Sealer
    divisions: DivisionRegister
    occupations: Container[str]


async def list_people_of_place(
    tools: ListTools,
    code: str,
    sent: Sequence[PlacePersonSent],
    *,
    bounds: tuple[str, str],
    reaches: Callable[[str], bool],
    received_from: str,
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each row, in their order; the good ones are stored in one transaction.

    Whoever is not on record yet is taken in. Whoever left owes no report from that day on. Raises NotFound
    for a place outside the subtree (渡建胜肺炎组发〔2021〕2号 §13, §18).
    """
    async with tools.database.transaction() as connection:
        place = await find_place(connection, code, bounds)
        named = [one.person and replace(one.person, division=place.division) for one in sent]
        refused = {
            position: wrong
            for position, one in enumerate(sent)
            if (wrong := _problems(tools, one, named[position], now))
        }
        good = [position for position in range(len(sent)) if position not in refused]
        who = await _identify(connection, tools.sealer, sent, named, good, reaches, received_from, now)
        seen: dict[UUID, PlacePerson] = {}
        verdicts = {position: RowVerdict(Verdict.REFUSED, None, wrong) for position, wrong in refused.items()}
        known = await place_people.lock(connection, place.id, [id_ for id_ in who.values() if id_])
        for position in good:
            verdicts[position] = _take(sent[position].listed, who[position], known, seen)
        await place_people.put(
            connection,
            place.id,
            [seen[id_] for id_ in sorted(seen)],
            changed_at=now,
            received_from=received_from,
        )
        gone = {one.person_id: one.left_on for one in seen.values() if one.left_on is not None}
        events = await excuse_days(connection, gone, now=now, reason_code=LEFT_THE_PLACE, place=code)
        await outbox.put(connection, events, now=now)
    return [verdicts[position] for position in range(len(sent))]


def _problems(
    tools: ListTools, one: PlacePersonSent, person: PersonStated | None, now: datetime
) -> tuple[FieldProblem, ...]:
    problems = list(problems_of(one.listed, now))
    if person is not None:
        found = people_rules.problems_of(person, day_of(now), tools.divisions, tools.occupations)
        problems += [FieldProblem(f"person.{wrong.field}", wrong.reason) for wrong in found]
    return tuple(problems)


async def _identify(
    connection: Connection,
    sealer: Sealer,
    sent: Sequence[PlacePersonSent],
    named: Sequence[PersonStated | None],
    good: Sequence[int],
    reaches: Callable[[str], bool],
    received_from: str,
    now: datetime,
) -> dict[int, UUID | None]:
    """Return by position who each row is about; None for an id that is nobody's whom the key may see."""
    said = {position: person for position in good if (person := named[position]) is not None}
    found = await identify_people(
        connection, sealer, list(said.values()), now=now, received_from=received_from
    )
    who: dict[int, UUID | None] = {position: one.person_id for position, one in zip(said, found, strict=True)}
    by_id = [position for position in good if position not in said]
    known = await health_reports.reporters(connection, [sent[at].listed.person_id for at in by_id])
    for position in by_id:
        person = known.get(sent[position].listed.person_id)
        visible = person is not None and (reaches(person.division) or reaches(person.whereabouts))
        who[position] = person.person_id if person is not None and visible else None
    return who


def _take(
    listed: PlacePerson,
    person_id: UUID | None,
    known: Mapping[UUID, PlacePerson],
    seen: dict[UUID, PlacePerson],
) -> RowVerdict:
    if person_id is None:
        return RowVerdict(Verdict.REFUSED, None, (NOBODY,))
    if person_id in seen:
        return RowVerdict(Verdict.REFUSED, None, (TWICE,))
    one = replace(listed, person_id=person_id)
    held = known.get(person_id)
    if held is not None and (held.said == one.said or held.recorded_at > one.recorded_at):
        return RowVerdict(Verdict.DUPLICATE, person_id)
    seen[person_id] = one
    return RowVerdict(Verdict.STORED, person_id)


async def read_people_of_place(
    database: Database,
    code: str,
    day: date,
    *,
    bounds: tuple[str, str],
    present: bool,
    after: UUID,
    most: int,
) -> list[ListedPerson]:
    """Return who is on the list of a place of the subtree, with what became of a day's report."""
    async with database.connection() as connection:
        place = await find_place(connection, code, bounds)
        return await place_people.list_page(
            connection, place.id, day, present=present, after=after, most=most
        )
