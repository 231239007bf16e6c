"""A message whose judging was broken off is judged later, and what messages say is let go of in time."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from services.testing import service
from services.testing.actions.results.keep_message import (
    ALL_KEPT,
    LEFT_ALONE,
    TAKEN_KEPT,
    forget_messages,
    keep_message,
    messages_left_alone,
    note_judgement,
    read_message,
)
from services.testing.config import Settings
from services.testing.importing import judge_again, seal_body
from services.testing.storage.messages import Format, Judgement, MessageRecord, Outcome
from shared.contracts import derived_id
from shared.divisions import subtree_bounds
from shared.errors import Conflict
from shared.foundation import Foundation
from shared.postgres import Database
from tests.builders import JIANSHENG
from tests.servers import TEST_SECRETS
from tests.testing.results.laboratory_messages import an_hl7_message, an_order

TICK = timedelta(microseconds=1)
BOUNDS = subtree_bounds(JIANSHENG)


@pytest.fixture
async def testing(
    service_database_url: Callable[[str], str], nats_url: str
) -> AsyncIterator[service.Testing]:
    settings = Settings(  # pyright: ignore[reportCallIssue]  # the rest has defaults
        database_url=SecretStr(service_database_url("testing")),
        nats_url=SecretStr(nats_url),
        secret_key=SecretStr(TEST_SECRETS["DUTYCLOCK_SECRET_KEY"]),
        sealing_keys=SecretStr(TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"]),
    )
    foundation = await Foundation.open("testing", settings)
    yield service.Testing(foundation)
    await foundation.database.close()


async def kept(testing: service.Testing, received_at: datetime, body: str) -> MessageRecord:
    """A message that came, and that nobody has judged."""
    message = MessageRecord(
        id=derived_id(body),
        format=Format.HL7,
        received_from="key",
        division=JIANSHENG,
        sampled_in=None,
        received_at=received_at,
        body_sealed=seal_body(testing.sealer, body.encode()),
    )
    assert await keep_message(testing.database, message)
    assert not await keep_message(testing.database, message)
    return message


async def test_a_message_that_was_left_alone_is_judged(testing: service.Testing) -> None:
    now = datetime.now(UTC)
    message = await kept(testing, now, an_hl7_message(now, an_order(now)))
    assert await messages_left_alone(testing.database, now=now + LEFT_ALONE - TICK) == []
    left = await messages_left_alone(testing.database, now=now + LEFT_ALONE)
    assert left == [(message.id, JIANSHENG)]
    await judge_again(testing, (await read_message(testing.database, message.id, BOUNDS)).message)
    judged = await read_message(testing.database, message.id, BOUNDS)
    assert (judged.judgement.outcome, judged.judgement.stored) == (Outcome.TAKEN, 1)
    assert await messages_left_alone(testing.database, now=now + LEFT_ALONE) == []


@pytest.mark.parametrize(
    ("outcome", "age", "is_forgotten"),
    [
        (Outcome.TAKEN, TAKEN_KEPT - TICK, False),
        (Outcome.TAKEN, TAKEN_KEPT, True),
        (Outcome.PARTLY_TAKEN, TAKEN_KEPT, False),
        (Outcome.REFUSED, ALL_KEPT - TICK, False),
        (Outcome.REFUSED, ALL_KEPT, True),
    ],
)
async def test_what_messages_say_is_kept_as_long_as_it_may_be_needed(
    testing: service.Testing, outcome: Outcome, age: timedelta, is_forgotten: bool
) -> None:
    now = datetime.now(UTC)
    message = await kept(testing, now - age, "MSH|")
    await note_judgement(testing.database, message.id, Judgement(outcome), now=now)
    assert not await forget_messages(testing.database, now=now)
    found = await read_message(testing.database, message.id, BOUNDS)
    assert (found.message.body_sealed is None) is is_forgotten
    assert found.judgement.outcome is outcome
    if is_forgotten:
        with pytest.raises(Conflict):
            await judge_again(testing, found.message)


async def test_what_messages_say_lies_sealed(testing: service.Testing, database: Database) -> None:
    now = datetime.now(UTC)
    await kept(testing, now, an_hl7_message(now, an_order(now)))
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM inbound_message")
    assert row is not None
    assert b"\xe5\xbc\xa0" not in row["body_sealed"]  # 张, as it stands in the message
    assert b"MSH" not in row["body_sealed"]
