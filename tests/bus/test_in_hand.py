"""A process that has more messages than it can handle keeps them: none comes again behind itself."""

import asyncio

from nats.aio.msg import Msg

from shared.broker import Broker
from shared.contracts.testing import SamplePositive
from shared.in_hand import ANSWERS_START, MessagesInHand
from shared.jetstream import WORKERS
from tests.bus.post import CONSUMER, STREAM, a_positive, listening
from tests.waiting import until

WAITING_TIMES = 3
MORE_THAN_CAN_BE_HANDLED = WORKERS + 100


async def test_what_waits_longer_than_the_server_does_comes_once(nats_url: str, database_url: str) -> None:
    release = asyncio.Event()

    async def linger(_: SamplePositive, __: int) -> None:
        await release.wait()

    async with listening(nats_url, database_url, linger, wait=False) as post:
        broker = post.bus.broker
        assert _waits_a_second(broker)
        await post.connect(nats_url)
        await post.say(*(a_positive(tube_code=f"P-{n}") for n in range(MORE_THAN_CAN_BE_HANDLED)))
        await until(lambda: len(broker.in_hand) == MORE_THAN_CAN_BE_HANDLED, what="all messages in hand")
        told_so_far = broker.in_hand.told
        # Each is told of four times within the time that the server waits.
        enough = told_so_far + MORE_THAN_CAN_BE_HANDLED * 4 * WAITING_TIMES
        await until(lambda: broker.in_hand.told >= enough, seconds=60, what="the server told for long enough")
        assert len(post.calls) == WORKERS, "some wait for a worker, and are kept as well"
        release.set()
        await until(lambda: len(post.handled) == MORE_THAN_CAN_BE_HANDLED, seconds=30)
        await post.until_quiet()
        assert {call.delivery for call in post.calls} == {1}
        assert len(post.calls) == MORE_THAN_CAN_BE_HANDLED
        assert (await post.jetstream.consumer_info(STREAM, CONSUMER)).num_redelivered == 0
        assert len(broker.in_hand) == 0


def _waits_a_second(broker: Broker) -> bool:
    """Let the server wait for an answer for one second only."""
    for _, config in broker.consumers():
        config.ack_wait = 1
    return bool(broker.consumers())


def test_only_an_answer_ends_the_care_for_a_message() -> None:
    in_hand, answer_to = MessagesInHand(), ANSWERS_START + "TESTING.reporting-post.1.1.1.1.0"
    in_hand.take("_INBOX.elsewhere")
    assert len(in_hand) == 0
    in_hand.take(answer_to)
    in_hand.answer(answer_to, Msg.Ack.Progress)
    assert len(in_hand) == 1
    in_hand.answer(answer_to, Msg.Ack.Nak + b' {"delay": 1}')
    assert len(in_hand) == 0
