"""Where messages to webhooks may go: never to this machine or its link, unless an operator says so."""

import pytest

from services.reporting.gateways.webhook import Message, WebhookSender
from services.reporting.rules.webhook_retry import Outcome
from shared.clock import Clock
from tests.fakes.webhook_receiver import running_receiver

THIS_MACHINE = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "0.0.0.0",
    "169.254.169.254",
    "[fe80::1]",
    "[::ffff:127.0.0.1]",
]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize("host", THIS_MACHINE)
async def test_this_machine_is_not_asked(host: str) -> None:
    async with running_receiver() as receiver:
        sender = WebhookSender(allow_local=False)
        message = Message("m", f"http://{host}:{receiver.port}/a", "{}", [SECRET])
        answer = await sender.send(message, Clock().now())
        await sender.close()
        assert answer.outcome is Outcome.REJECTED
        assert receiver.calls == []


async def test_a_host_that_does_not_exist_or_answer_is_a_refusal() -> None:
    sender = WebhookSender(allow_local=True)
    for url in ("http://nowhere.invalid/", "http://127.0.0.1:1/"):
        answer = await sender.send(Message("m", url, "{}", [SECRET]), Clock().now())
        assert answer.outcome is Outcome.REJECTED
    await sender.close()
