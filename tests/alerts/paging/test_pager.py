"""What a channel made of a message: accepted, certainly refused, or unknown; never with a secret in it."""

import logging
import socket
from collections.abc import AsyncIterator

import pytest

from services.alerts.gateways.channels import UnusableChannel, describe_channel
from services.alerts.gateways.pager import Pager
from services.alerts.rules.delivery_retry import AttemptState
from tests.fakes.sms_gateway import ACCEPTS, HANGS, HANGS_UP, REFUSES, Behaviour, SmsGateway, running_gateway


@pytest.fixture
async def gateway() -> AsyncIterator[SmsGateway]:
    async with running_gateway() as running:
        yield running


@pytest.fixture
def pager() -> Pager:
    return Pager(timeout_seconds=0.5)


@pytest.mark.parametrize(
    ("behaviour", "state"),
    [
        (ACCEPTS, AttemptState.ACCEPTED),
        (Behaviour(201), AttemptState.ACCEPTED),
        (REFUSES, AttemptState.REJECTED),
        (Behaviour(404), AttemptState.REJECTED),
        (Behaviour(504), AttemptState.UNKNOWN),
        (HANGS, AttemptState.UNKNOWN),
        (HANGS_UP, AttemptState.UNKNOWN),
    ],
)
async def test_outcome_of_a_gateway(
    gateway: SmsGateway, pager: Pager, behaviour: Behaviour, state: AttemptState
) -> None:
    gateway.behave("13800000000", behaviour)
    outcome = await pager.send(gateway.url("13800000000"), "标题", "正文 → text", idempotency_key="key-1")
    assert outcome.state is state
    assert "13800000000" not in outcome.reason
    assert "127.0.0.1" not in outcome.reason
    assert [(one.title, one.body, one.idempotency_key) for one in gateway.received] == [
        ("标题", "正文 → text", "key-1")
    ]


async def test_a_closed_port_is_certainly_not_reached(pager: Pager) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        outcome = await pager.send(
            f"json://127.0.0.1:{taken.getsockname()[1]}/x", "t", "b", idempotency_key="k"
        )
    assert outcome.state is AttemptState.REJECTED
    assert "not reached" in outcome.reason


async def test_a_name_that_does_not_resolve_is_certainly_not_reached(pager: Pager) -> None:
    outcome = await Pager(timeout_seconds=8).send("json://nowhere.invalid/x", "t", "b", idempotency_key="k")
    assert outcome.state is AttemptState.REJECTED


async def test_a_hanging_gateway_answers_for_itself_within_its_time(gateway: SmsGateway) -> None:
    gateway.behave("1", HANGS)
    outcome = await Pager(timeout_seconds=0.2).send(
        gateway.url("1") + "?rto=60", "t", "b", idempotency_key="k"
    )
    assert outcome.state is AttemptState.UNKNOWN


async def test_the_log_channel_writes_one_line() -> None:
    lines: list[dict[str, str]] = []
    pager = Pager(log_line=lambda fields: lines.append(dict(fields)))
    outcome = await pager.send("log:", "标题", "正文", idempotency_key="k")
    assert outcome.state is AttemptState.ACCEPTED
    assert lines == [{"title": "标题", "body": "正文", "attempt": "k"}]


async def test_an_address_that_nobody_understands_is_refused_without_being_repeated(pager: Pager) -> None:
    outcome = await pager.send("carrierpigeon://secret@loft", "t", "b", idempotency_key="k")
    assert outcome.state is AttemptState.REJECTED
    assert "secret" not in outcome.reason


@pytest.mark.parametrize(
    "url", ["", "log", "nope://x", "json://", "dbus://", "syslog://", "JSON://x", "sms+x://y"]
)
def test_channels_that_are_refused_on_the_roster(url: str) -> None:
    with pytest.raises(UnusableChannel):
        describe_channel(url)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("log:", "log"),
        ("json://gateway/138", "json"),
        ("sms+jsons://gateway/138?+token=x", "sms+jsons"),
        ("wecombot://a1b2c3d4-aaaa-bbbb-cccc-0123456789ab", "wecombot"),
        ("ntfy://topic", "ntfy"),
        ("mailto://user:password@example.org", "mailto"),
    ],
)
def test_channels_that_are_taken(url: str, kind: str) -> None:
    assert describe_channel(url).kind == kind


def test_channels_of_one_gateway_share_its_bound() -> None:
    first, second, other = (
        describe_channel(url).gateway
        for url in ("json://gateway/138", "json://gateway/139", "json://other/138")
    )
    assert first == second
    assert first != other


def test_text_messages_are_short() -> None:
    assert describe_channel("sms+json://gateway/138").text_limit == 500
    assert describe_channel("json://gateway/138").text_limit is None
    assert describe_channel("log:").text_limit is None


@pytest.mark.parametrize("behaviour", [ACCEPTS, REFUSES, HANGS_UP, None])
async def test_no_address_reaches_the_log_whatever_its_level(
    gateway: SmsGateway, pager: Pager, caplog: pytest.LogCaptureFixture, behaviour: Behaviour | None
) -> None:
    caplog.set_level(logging.DEBUG)
    if behaviour is None:
        url = "json://user:geheim@127.0.0.1:1/geheim?+token=geheim"
    else:
        gateway.behave("geheim", behaviour)
        url = gateway.url("geheim") + "?+token=geheim"
    await pager.send(url, "t", "b", idempotency_key="k")
    assert "geheim" not in caplog.text
