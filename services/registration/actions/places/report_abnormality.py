"""Take what a place reports as abnormal and tell it at once."""

from datetime import datetime

from services.registration.actions.places.read_places import find_place
from services.registration.rules.telling import Telling
from services.registration.storage import places
from services.registration.storage.places import Abnormality
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration.places import PlaceAbnormal
from shared.postgres import Database
from shared.verdicts import Verdict


async def report_abnormality(
    database: Database,
    code: str,
    *,
    kind: str,
    note: str | None,
    told: Telling,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Abnormality, Verdict]:
    """Keep a report and tell the others (渡建胜肺炎组发〔2021〕2号 §12, §13); raises NotFound.

    A place's report of one kind and moment is one report.
    """
    async with database.transaction() as connection:
        place = (await find_place(connection, code, bounds)).place
        abnormality = Abnormality(
            derived_id("place-abnormality", place.id, kind, told.at), kind, note, told.at, now
        )
        if not await places.insert_abnormality(connection, abnormality, place.id, told):
            return abnormality, Verdict.DUPLICATE
        event = PlaceAbnormal(
            division=place.division,
            occurred_at=told.at,
            recorded_at=told.recorded_at,
            place_id=place.id,
            code=place.code,
            kind=place.kind,
            abnormality_id=abnormality.id,
            abnormality=kind,
        )
        await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, abnormality.id))], now=now)
    return abnormality, Verdict.STORED
