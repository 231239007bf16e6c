"""Read all that is on record of people and decides their plans, as the rules read it, in a few statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from services.registration.rules.day_count import day_of
from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.plans.episode import GroundOnRecord, PersonOnRecord, ReturnOnRecord
from services.registration.rules.plans.facts import Stay
from services.registration.rules.plans.look_back import route_days
from services.registration.rules.plans.risk_level import RiskPeriod, level_of_stay
from services.registration.rules.returns.journey import Passed
from services.registration.rules.returns.return_merge import Return
from services.registration.rules.returns.stays import stays_of
from services.registration.storage import plan_decisions, risk_areas, same_returns
from services.registration.storage.plan_decisions import PersonRow
from shared.postgres import Connection


async def read_people(
    connection: Connection, people: Sequence[PersonRow], owners: Mapping[UUID, UUID], law: MeasuresLaw
) -> list[PersonOnRecord]:
    """Return what is on record of people, in their order.

    `owners` gives for every id that stands for one of them the id of the person. The register of risk areas
    is read as it stands and stays so until the transaction ends.
    """
    await plan_decisions.share_risk_areas(connection)
    returned: defaultdict[UUID, list[tuple[Return, Sequence[Passed]]]] = defaultdict(list)
    for held in await same_returns.returns_of(connection, owners, ()):
        assert held.person_id is not None
        stays = stays_of(held.journey, day_of(held.arrived.at), route_days(law))
        returned[owners[held.person_id]].append((held, stays))
    grounds: defaultdict[UUID, list[GroundOnRecord]] = defaultdict(list)
    for person_id, ground in await plan_decisions.grounds_of(connection, owners):
        grounds[owners[person_id]].append(ground)
    levels = await levels_of(
        connection, (stay for several in returned.values() for _, stays in several for stay in stays)
    )
    return [
        PersonOnRecord(
            person.person_id,
            person.occupation,
            [_on_record(held, stays, levels) for held, stays in returned[person.person_id]],
            grounds[person.person_id],
        )
        for person in people
    ]


async def levels_of(connection: Connection, stays: Iterable[Passed]) -> "Levels":
    """Return what gives stays their levels, by the register of risk areas as it stands."""
    places = {stay.area for stay in stays}
    found = await risk_areas.periods_touching(connection, places)
    return Levels({place: [period for _, period in found.get(place, ())] for place in places})


class Levels:
    """The stays of a transaction with their levels: many come from the same place on the same days."""

    def __init__(self, periods: Mapping[str, Sequence[RiskPeriod]]) -> None:
        self._periods = periods
        self._known: dict[tuple[str, date, date], Stay] = {}

    def stay(self, passed: Passed) -> Stay:
        """Return a stay with the level that its place had."""
        key = (passed.area, passed.entered_on, passed.left_on)
        stay = self._known.get(key)
        if stay is None:
            risk = level_of_stay(*key, self._periods[passed.area])
            stay = self._known[key] = Stay(*key, risk.level if risk.periods else None, risk.possible)
        return stay


def _on_record(held: Return, stays: Sequence[Passed], levels: Levels) -> ReturnOnRecord:
    journey = held.journey
    return ReturnOnRecord(
        id=held.id,
        division=held.division,
        arrived_at=held.arrived.at,
        route=tuple(levels.stay(stay) for stay in stays),
        proofs=journey.papers,
        entry=journey.entry,
        returning_worker=journey.returning_worker,
    )
