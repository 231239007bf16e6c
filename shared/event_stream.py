"""A service's events of a subtree, as server-sent events that can be taken up again.

Each listener has an ordered consumer of its own on the service's stream, filtered to its subtree by subject,
so nothing is kept here and the id of an event is its sequence in the stream: whoever comes back with
`Last-Event-ID` misses nothing that the stream still holds (90 days), also after this process has changed.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import nats.errors
import nats.js.errors
from litestar import get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.types import ControllerRouterHandler
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy

from shared.access import Principal, requires
from shared.bodies import WireRequest
from shared.bus import Bus
from shared.divisions import CODE_PATTERN, DivisionRegister, contains, subtree_wildcard
from shared.errors import FieldProblem, InvalidInput, Unavailable
from shared.jetstream import stream_of

KEEP_ALIVE_SECONDS = 15.0
LONGEST_SECONDS = 900.0
"""After this the listener comes back with `Last-Event-ID`, and its key is looked at again."""
GLANCE_SECONDS = 1.0
"""How often a silent stream looks whether the service is ending."""
RETRY_MILLISECONDS = 1000


DivisionFilter = Annotated[str | None, QueryParameter(pattern=CODE_PATTERN)]
LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="The id of the last event seen: goes on behind it."),
]


class EventStream:
    """Opens streams of a service's events; `ending` closes all of them."""

    def __init__(self, service: str, bus: Bus, ending: asyncio.Event, divisions: DivisionRegister) -> None:
        self._service = service
        self._divisions = divisions
        self._bus = bus
        self._ending = ending

    async def answer(
        self, principal: Principal, division: str | None, last_event_id: str | None
    ) -> ServerSentEvent:
        """Return the caller's events behind `last_event_id`, or from now on without one.

        Raises Forbidden for a division beside the caller's own, InvalidInput for an unknown one or an id
        that was never given out, Unavailable when the bus does not answer.
        """
        principal.bounds_in(self._divisions, division)
        own = principal.division
        which = own if division is None or contains(division, own) else division
        return ServerSentEvent(await self.open(which, _sequence(last_event_id)))

    async def open(self, division: str, after: int | None) -> AsyncIterator[ServerSentEventMessage]:
        """Return the subtree's events behind the sequence `after`, or from now on without one.

        Raises Unavailable when the bus does not answer.
        """
        subscription = await self._subscribe(f"{self._service}.*.{subtree_wildcard(division)}", after)
        return self._follow(subscription)

    async def _subscribe(self, subject: str, after: int | None) -> Any:
        client = self._bus.client
        if client is None or not client.is_connected:
            raise Unavailable("The bus does not answer.")
        jetstream = client.jetstream()
        stream = stream_of(self._service)
        try:
            config = ConsumerConfig(deliver_policy=DeliverPolicy.NEW)
            last = (await jetstream.stream_info(stream)).state.last_seq
            if after is not None and after <= last:  # a higher one is of a stream that is no more
                config = ConsumerConfig(
                    deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1
                )
            return await jetstream.subscribe(subject, stream=stream, config=config, ordered_consumer=True)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            raise Unavailable("The bus does not answer.") from error

    async def _follow(self, subscription: Any) -> AsyncIterator[ServerSentEventMessage]:
        begun = spoken = time.monotonic()
        try:
            yield ServerSentEventMessage(data=None, retry=RETRY_MILLISECONDS, comment="dutyclock")
            while not self._ending.is_set() and time.monotonic() - begun < LONGEST_SECONDS:
                try:
                    message: Msg = await subscription.next_msg(timeout=GLANCE_SECONDS)
                except TimeoutError:
                    if time.monotonic() - spoken >= KEEP_ALIVE_SECONDS:
                        spoken = time.monotonic()
                        yield ServerSentEventMessage(data=None, comment="waiting")
                    continue
                spoken = time.monotonic()
                try:
                    said = as_server_sent(message)
                except ValueError:  # no event of ours; its consumers have put it aside with a reason
                    continue
                yield said
        except nats.errors.Error:
            return  # the connection went; the listener comes back and takes up where it was
        finally:
            await _end(subscription)


async def _end(subscription: Any) -> None:
    try:
        await asyncio.shield(subscription.unsubscribe())
    except (nats.errors.Error, nats.js.errors.Error, TimeoutError):
        return  # the server forgets a consumer that nobody listens to


def as_server_sent(message: Msg) -> ServerSentEventMessage:
    """Return a message of the bus as a CloudEvent in structured mode, under its sequence in the stream."""
    headers = message.headers or {}
    cloud_event = {
        "specversion": "1.0",
        "id": headers.get("ce-id"),
        "source": headers.get("ce-source"),
        "type": headers.get("ce-type"),
        "subject": headers.get("ce-subject"),
        "time": headers.get("ce-time"),
        "datacontenttype": "application/json",
        "data": json.loads(message.data),
    }
    return ServerSentEventMessage(
        data=json.dumps(cloud_event, ensure_ascii=False, separators=(",", ":")),
        event=headers.get("ce-type"),
        id=message.metadata.sequence.stream,
    )


def _sequence(last_event_id: str | None) -> int | None:
    if not last_event_id:
        return None
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= 18):
        problem = FieldProblem("Last-Event-ID", "is no id that this stream has given out")
        raise InvalidInput("The stream cannot be taken up there.", problems=[problem])
    return int(last_event_id)


def event_routes(stream: EventStream) -> list[ControllerRouterHandler]:
    """Return the route that streams everything the service publishes."""

    @get("/v1/events", guards=[requires("events:read")], media_type="text/event-stream")
    async def get_events(
        request: WireRequest, division: DivisionFilter = None, last_event_id: LastEventId = None
    ) -> ServerSentEvent:
        """Stream what this service publishes about the subtree 事件流, as server-sent events.

        Each is a CloudEvent; its id is its place in the stream, and `Last-Event-ID` goes on behind it. The
        answer ends after 15 minutes or with the service, for the listener to come back.
        """
        return await stream.answer(request.user, division, last_event_id)

    return [get_events]
