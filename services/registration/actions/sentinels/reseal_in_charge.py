"""Seal again who is in charge of sentinels, after a new key was put in front of the old ones."""

from services.registration.sealed_in_charge import resealed_in_charge
from services.registration.storage import sentinels
from services.registration.storage.sentinels import CodeWindow
from shared.postgres import Database
from shared.sealing import Sealer

AT_ONCE = 500
EVERYWHERE = ("", "~")


async def reseal_in_charge(
    database: Database, sealer: Sealer, after: tuple[str, str]
) -> tuple[str, str] | None:
    """Seal again what the current key did not seal, of the sentinels that follow `after`.

    Returns where the next turn begins; None when none is left. What somebody changes meanwhile stays changed.
    """
    async with database.transaction() as connection:
        rows = await sentinels.list_page(connection, CodeWindow(EVERYWHERE, AT_ONCE, after), None)
        for row in rows:
            sealed = resealed_in_charge(sealer, row.sentinel.code, row.in_charge_sealed)
            if sealed is not None:
                await sentinels.reseal(connection, row.sentinel.code, row.in_charge_sealed, sealed)
    if len(rows) < AT_ONCE:
        return None
    return rows[-1].sentinel.division, rows[-1].sentinel.code
