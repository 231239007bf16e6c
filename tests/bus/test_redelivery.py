"""What becomes of a message whose handler raised: later again, bounded, and never silently gone."""

import asyncio

import nats
import pytest
from faststream.nats import JStream, NatsBroker
from nats.js.api import ConsumerConfig

from shared.contracts import envelop
from shared.contracts.testing import SamplePositive
from shared.errors import InvalidInput, Unavailable
from shared.jetstream import WORKERS, consumer_config
from shared.refusals import FailureCounts, Patience
from tests.bus.post import CONSUMER, QUICK, STREAM, SUBJECT, a_positive, listening
from tests.waiting import until


async def test_an_absent_database_is_waited_for_with_a_delay(nats_url: str, database_url: str) -> None:
    patience = Patience(most_failures=2, first_delay_seconds=0.15, longest_absence_delay_seconds=0.3)

    async def be_away(_: SamplePositive, delivery: int) -> None:
        if delivery <= 6:  # more often than a message may fail for an unknown reason
            raise Unavailable("The database does not answer.")

    async with listening(nats_url, database_url, be_away, patience=patience) as post:
        await post.say(a_positive())
        await until(lambda: post.handled, what="the seventh delivery")
        await post.until_quiet()
        gaps = [later.at - sooner.at for sooner, later in zip(post.calls, post.calls[1:], strict=False)]
        assert [call.delivery for call in post.calls] == [1, 2, 3, 4, 5, 6, 7]
        assert min(gaps) >= 0.29, "each comes again after its delay, not at once"
        assert await post.dead_letters() == []


async def test_an_unknown_failure_is_tried_again_and_may_succeed(nats_url: str, database_url: str) -> None:
    async def stumble(_: SamplePositive, delivery: int) -> None:
        if delivery < QUICK.most_failures:
            raise RuntimeError("for no known reason")

    async with listening(nats_url, database_url, stumble) as post:
        await post.say(a_positive())
        await until(lambda: post.handled)
        await post.until_quiet()
        assert len(post.calls) == QUICK.most_failures
        assert await post.dead_letters() == []


async def test_what_keeps_failing_is_put_aside_after_a_bounded_number(
    nats_url: str, database_url: str
) -> None:
    poison = a_positive()
    others = [a_positive(tube_code=f"P-{number}") for number in range(20)]

    async def fail(event: SamplePositive, _: int) -> None:
        if event.sample_id == poison.sample_id:
            raise ZeroDivisionError

    async with listening(nats_url, database_url, fail) as post:
        await post.say(poison, *others)
        (letter,) = await post.until_dead(1)
        await post.until_quiet()
        assert letter["reason"] == "ZeroDivisionError"
        assert letter["consumer"] == CONSUMER
        assert sum(call.sample_id == poison.sample_id for call in post.calls) == QUICK.most_failures
        assert set(post.handled) == {other.sample_id for other in others}


async def test_failures_after_a_long_absence_are_counted_from_the_first(
    nats_url: str, database_url: str
) -> None:
    """Deliveries that met an absent database are no failures of the message."""

    async def be_away_then_stumble(_: SamplePositive, delivery: int) -> None:
        if delivery <= 10:
            raise Unavailable("The database does not answer.")
        if delivery <= 12:
            raise RuntimeError("once more")

    async with listening(nats_url, database_url, be_away_then_stumble) as post:
        await post.say(a_positive())
        await until(lambda: post.handled, seconds=20)
        assert await post.dead_letters() == []


async def test_a_refusal_is_put_aside_at_once_and_acknowledged(nats_url: str, database_url: str) -> None:
    async def refuse(_: SamplePositive, __: int) -> None:
        raise InvalidInput("The sample belongs to nobody.")

    async with listening(nats_url, database_url, refuse) as post:
        await post.say(a_positive())
        (letter,) = await post.until_dead(1)
        await post.until_quiet()
        assert letter["reason"] == "The sample belongs to nobody."
        assert len(post.calls) == 1


async def test_a_message_is_put_aside_only_once_the_database_is_there(
    nats_url: str, database_url: str
) -> None:
    """Nothing is acknowledged that was not stored, dead letters included."""

    async def refuse(_: SamplePositive, __: int) -> None:
        raise InvalidInput("No.")

    async with listening(nats_url, database_url, refuse) as post:
        async with post.database.connection() as connection:
            await connection.execute("ALTER TABLE dead_letter RENAME TO mislaid")
            await post.say(a_positive())

            async def came_twice() -> bool:
                return len(post.calls) >= 2

            await until(came_twice)
            await connection.execute("ALTER TABLE mislaid RENAME TO dead_letter")
        await post.until_dead(1)
        await post.until_quiet()


async def test_the_default_of_the_framework_would_lose_the_message(nats_url: str) -> None:
    """Why our policy is set: by default FastStream terminates a message whose handler raised."""
    calls: list[int] = []
    broker = NatsBroker(nats_url, logger=None)

    @broker.subscriber(
        SUBJECT,
        queue="by-default",
        stream=JStream(STREAM, declare=False),
        config=ConsumerConfig(ack_wait=1),
    )
    async def raise_always(_: bytes) -> None:
        calls.append(1)
        raise RuntimeError

    del raise_always
    await broker.start()
    client = await nats.connect(nats_url)
    try:
        jetstream = client.jetstream()
        await jetstream.publish(SUBJECT, b"lost")

        async def answered() -> bool:
            info = await jetstream.consumer_info(STREAM, "by-default")
            return bool(calls) and not info.num_pending and not info.num_ack_pending

        await until(answered, what="the message being given up")
        assert len(calls) == 1
    finally:
        await client.close()
        await broker.stop()


async def test_a_slow_handler_holds_up_nobody(nats_url: str, database_url: str) -> None:
    slow, release = a_positive(), asyncio.Event()

    async def linger(event: SamplePositive, _: int) -> None:
        if event.sample_id == slow.sample_id:
            await release.wait()

    async with listening(nats_url, database_url, linger) as post:
        others = [a_positive(tube_code=f"P-{number}") for number in range(50)]
        await post.say(slow, *others)
        await until(lambda: len(post.handled) == 50)
        assert slow.sample_id not in post.handled
        release.set()
        await post.until_quiet()
        assert slow.sample_id in post.handled


async def test_the_same_event_under_two_message_ids_arrives_twice_and_under_one_once(
    nats_url: str, database_url: str
) -> None:
    envelope = envelop(a_positive())
    async with listening(nats_url, database_url) as post:
        for message_id in ("first", "first", "second"):
            headers = {**envelope.headers(), "Nats-Msg-Id": message_id}
            await post.jetstream.publish(envelope.nats_subject(), envelope.data, headers=headers)
        await until(lambda: len(post.handled) == 2)
        await post.until_quiet()
        assert len(post.handled) == 2


def test_counts_of_failures_are_bounded() -> None:
    counts = FailureCounts()
    assert [counts.count("one", 1) for _ in range(3)] == [1, 2, 3]
    for sequence in range(20_000):
        counts.count("other", sequence)
    assert counts.count("one", 1) == 1
    counts.forget("one", 1)
    assert counts.count("one", 1) == 1


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1.0), (3, 4.0), (50, 30.0)])
def test_delays_double_up_to_a_limit(failures: int, seconds: float) -> None:
    assert Patience().after_failure(failures) == seconds
    assert Patience().during_absence(failures) == min(seconds, 5.0)


def test_more_messages_may_be_under_way_than_workers() -> None:
    assert (consumer_config("any", ["a.*"]).max_ack_pending or 0) > WORKERS
