"""Seal every contact channel with the current key, so that an old key can be taken out of the settings."""

import asyncio
from uuid import UUID

from services.alerts.actions.fill_roster import GATEWAY
from services.alerts.gateways.channels import describe_channel
from services.alerts.storage import roster
from services.alerts.storage.roster import channel_purpose
from shared.postgres import Database
from shared.sealing import Sealer

AT_ONCE = 500


async def reseal_channels(database: Database, sealer: Sealer) -> int:
    """Reseal what another key than the current one sealed and return how many there were.

    Goes through the channels in steps of a transaction each and may be broken off and repeated at any time.
    Raises Unsealable when the key of one is not set any more.
    """
    resealed = 0
    after = (UUID(int=0), -1)
    while True:
        async with database.transaction() as connection:
            channels = await roster.lock_channels_after(connection, after, most=AT_ONCE)
            for person_id, position, sealed in channels:
                if sealer.needs_resealing(sealed):
                    purpose = channel_purpose(person_id, position)
                    url = sealer.open(sealed, purpose=purpose)
                    gateway = (await asyncio.to_thread(describe_channel, url)).gateway
                    await roster.reseal_channel(
                        connection,
                        person_id,
                        position,
                        gateway=sealer.fingerprint(gateway, purpose=GATEWAY),
                        sealed=sealer.seal(url, purpose=purpose),
                    )
                    resealed += 1
        if not channels:
            return resealed
        after = channels[-1][:2]
