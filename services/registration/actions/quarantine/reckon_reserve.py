"""Reckon whether the rooms in reserve suffice and call up back-up sites, within the caller's transaction."""

from datetime import datetime

from services.registration.rules.quarantine.nearness import areas_of, district_of
from services.registration.rules.quarantine.reserve import Reckoning, reckon
from services.registration.storage import reserve, sites
from services.registration.storage.reserve import CountedCase
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import BackupSitesCalledUp, QuarantineRoomsShort
from shared.divisions import subtree_bounds
from shared.policy.quarantine import QuarantineFile
from shared.postgres import Connection


async def hold_reserve(connection: Connection, division: str) -> None:
    """Let nobody else change the cases and sites of a division's district; before anything else is locked."""
    district = district_of(division)
    await reserve.hold(connection, district)
    await sites.lock_area(connection, subtree_bounds(district))


async def reckon_reserve(
    connection: Connection, division: str, law: QuarantineFile, *, now: datetime
) -> None:
    """Call up what the township of `division`, and then its district, lacks, and say so at once (town §7).

    The caller holds the reserve.
    """
    told: list[Envelope] = []
    for area in areas_of(division):
        case = await reserve.newest_case(connection, subtree_bounds(area))
        if case is None:
            continue
        reckoned = reckon(
            await reserve.count_infected(connection, subtree_bounds(area)),
            await sites.of_area(connection, subtree_bounds(area)),
            near=case.division,
            rooms_per_case=law.reserve.rooms_per_case,
        )
        await sites.call_up(connection, reckoned.called_up, now)
        told += _told(area, case, reckoned, now)
    await outbox.put(connection, told, now=now)


def _told(area: str, case: CountedCase, reckoned: Reckoning, now: datetime) -> list[Envelope]:
    envelopes: list[Envelope] = []
    if reckoned.called_up:
        called = BackupSitesCalledUp(
            division=area,
            occurred_at=now,
            recorded_at=now,
            case_id=case.case_id,
            sites=list(reckoned.called_up),
            infected=reckoned.infected,
            rooms_needed=reckoned.rooms_needed,
            rooms_before=reckoned.rooms_before,
            rooms_after=reckoned.rooms_after,
        )
        envelopes.append(envelop(called, id=derived_id(called.TYPE, area, case.case_id, now, *called.sites)))
    if reckoned.shortfall:
        short = QuarantineRoomsShort(
            division=area,
            occurred_at=now,
            recorded_at=now,
            case_id=case.case_id,
            infected=reckoned.infected,
            rooms_needed=reckoned.rooms_needed,
            rooms=reckoned.rooms_after,
            shortfall=reckoned.shortfall,
        )
        envelopes.append(envelop(short, id=derived_id(short.TYPE, area, case.case_id, reckoned.rooms_after)))
    return envelopes
