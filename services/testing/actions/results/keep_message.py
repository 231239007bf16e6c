"""Keep a message of a laboratory as it came, and later what became of it."""

from datetime import datetime, timedelta
from uuid import UUID

from services.testing.storage import messages as storage
from services.testing.storage.listing import Window
from services.testing.storage.messages import JudgedMessage, Judgement, MessageRecord, Outcome
from shared.errors import NotFound
from shared.postgres import Database

TAKEN_KEPT = timedelta(days=7)
ALL_KEPT = timedelta(days=90)
"""How long what messages say is kept: of those taken whole, and of all others, which may be mended."""

LEFT_ALONE = timedelta(minutes=2)
"""After this nobody is judging a message any more: whoever took it in is gone."""

AT_ONCE = 100


async def keep_message(database: Database, message: MessageRecord) -> bool:
    """Keep a message before anything is made of it; the same one of the same sender is kept once."""
    async with database.transaction() as connection:
        return await storage.keep(connection, message)


async def note_judgement(
    database: Database, message_id: UUID, judgement: Judgement, *, now: datetime
) -> None:
    """Write down what became of a message."""
    async with database.transaction() as connection:
        await storage.judge(connection, message_id, judgement, now=now)


async def read_message(database: Database, message_id: UUID, bounds: tuple[str, str]) -> JudgedMessage:
    """Return a message that a key of the subtree sent; raises NotFound."""
    async with database.connection() as connection:
        found = await storage.find(connection, message_id, bounds)
    if found is None:
        raise NotFound("There is no such message.")
    return found


async def list_messages(database: Database, window: Window, outcome: Outcome | None) -> list[JudgedMessage]:
    """Return messages that keys of the subtree sent, all or those of one outcome."""
    async with database.connection() as connection:
        return list(await storage.list_page(connection, window, outcome))


async def messages_left_alone(database: Database, *, now: datetime) -> list[tuple[UUID, str]]:
    """Return id and division of messages that were kept and never judged."""
    async with database.connection() as connection:
        return await storage.waiting(connection, now - LEFT_ALONE, AT_ONCE)


async def forget_messages(database: Database, *, now: datetime) -> bool:
    """Let go of what old messages said, and tell whether more is waiting; what became of them stays."""
    async with database.transaction() as connection:
        forgotten = await storage.forget_bodies(
            connection, taken_before=now - TAKEN_KEPT, all_before=now - ALL_KEPT, most=AT_ONCE
        )
    return forgotten == AT_ONCE
