"""Put an inspection of a place on record and open what it found."""

from collections.abc import Mapping
from datetime import datetime

from services.registration.actions.places.read_places import NO_PLACE
from services.registration.rules.places.inspection import Answered, Inspection, problems_of
from services.registration.rules.places.law import PlacesLaw
from services.registration.rules.telling import Telling
from services.registration.storage import inspections, places
from shared.errors import Conflict, InvalidInput, NotFound
from shared.postgres import Connection, Database
from shared.verdicts import Verdict


async def record_inspection(
    database: Database,
    code: str,
    reference: str,
    answers: Mapping[str, Answered],
    law: PlacesLaw,
    *,
    told: Telling,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Inspection, Verdict]:
    """Keep an inspection and return it; what was found stays open until it is mended and confirmed.

    Raises NotFound, InvalidInput for answers that the kind's checklist lacks or does not ask for, and
    Conflict when another inspection of the place carries the reference.
    """
    async with database.transaction() as connection:
        stored = await places.lock_one(connection, code, bounds)
        if stored is None:
            raise NotFound(NO_PLACE)
        kind = law.places.kind(stored.place.kind)
        if kind is None:
            raise Conflict(f"The policy knows no places of the kind {stored.place.kind} any more.")
        inspection = Inspection(stored.id, reference, kind.id, answers, law.version, told)
        if known := await _repeated(connection, inspection):
            return known, Verdict.DUPLICATE
        if problems := problems_of(answers, kind):
            raise InvalidInput("The answers do not fit the checklist.", problems=problems)
        await inspections.insert(connection, inspection, now)
        await inspections.insert_findings(connection, inspection, stored.division, now)
    return inspection, Verdict.STORED


async def _repeated(connection: Connection, inspection: Inspection) -> Inspection | None:
    """Return the inspection on record that this one repeats; raises Conflict when it says something else."""
    known = await inspections.find(connection, inspection.id)
    if known is None:
        return None
    if (known.answers, known.told.at) != (inspection.answers, inspection.told.at):
        raise Conflict("Another inspection of this place carries the reference.")
    return known
