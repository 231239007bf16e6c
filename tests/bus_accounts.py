"""A bus without anything on it, out of the accounts that the run's NATS server has."""

import nats

from shared.jetstream import ensure_streams


async def clear_bus(url: str) -> None:
    """Delete every stream of an account: none, unless its worker has used up all accounts once."""
    client = await nats.connect(url)
    try:
        jetstream = client.jetstream()
        for stream in await jetstream.streams_info():
            await jetstream.delete_stream(str(stream.config.name))
    finally:
        await client.close()


async def lay_streams(url: str) -> None:
    """Make the four services' streams, empty."""
    client = await nats.connect(url)
    try:
        await ensure_streams(client.jetstream())
    finally:
        await client.close()
