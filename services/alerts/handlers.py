"""Event door of the alerts service: parse, act, acknowledge; it never decides."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

from faststream.nats import NatsBroker

from shared.contracts import EVENTS, Event
from shared.contracts.registration import ChargeEnded
from shared.jetstream import current_event_id, subscribe

TakeIn = Callable[[Event, UUID], Awaitable[None]]


def attach_handlers(broker: NatsBroker, take_in: TakeIn, event_types: Iterable[str]) -> frozenset[str]:
    """Subscribe to the events that mean something to clocks and return the types that were subscribed to.

    Each type has a durable place of its own, so that a new version of the policy which listens to one
    more type leaves the others where they are. A handler may be called twice for one event. What this
    service publishes itself is not read back: reporting days are opened where they are known.
    """
    read = frozenset(type_ for type_ in event_types if type_ in EVENTS and not type_.startswith("alerts."))
    for type_ in sorted(read):
        _attach(broker, take_in, EVENTS[type_])
    return read


def _attach(broker: NatsBroker, take_in: TakeIn, model: type[Event]) -> None:
    async def tell_clocks(event: Event) -> None:
        await take_in(event, current_event_id(broker))

    tell_clocks.__annotations__["event"] = model
    tell_clocks.__doc__ = f"Start, stop or void clocks. {model.__doc__}"
    name = model.TYPE.replace(".", "-")
    decorate: Any = subscribe(broker, "alerts", model, consumer=f"clocks-{name}")
    decorate(tell_clocks)


def attach_notices(broker: NatsBroker, give: Callable[[ChargeEnded], Awaitable[None]]) -> None:
    """Subscribe to what people are told of without a clock; the handler may be called twice for one event."""

    async def give_notice(event: ChargeEnded) -> None:
        """Tell the former and the new responsible person of a reassignment."""
        await give(event)

    decorate: Any = subscribe(broker, "alerts", ChargeEnded, consumer="notices-registration-charge-ended")
    decorate(give_notice)
