"""An app's life within a test: started and ended by one task, as Litestar's task groups demand."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from litestar import Litestar


@asynccontextmanager
async def living(app: Litestar) -> AsyncGenerator[None]:
    """Run what the app does while it serves, its duties included, until the block ends."""
    started, ending = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await ending.wait()

    life = asyncio.create_task(live())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait([life, waiting], return_when=asyncio.FIRST_COMPLETED)
    try:
        if life.done():
            life.result()
        yield
    finally:
        ending.set()
        waiting.cancel()
        await life
