"""Event door of the alerts service: parse, act, acknowledge; it never decides."""

from typing import Any

from faststream.nats import NatsBroker, NatsMessage

from services.alerts.engine import ClockEngine
from shared.contracts import EVENTS, Event
from shared.jetstream import event_id, subscribe


def attach_handlers(broker: NatsBroker, engine: ClockEngine) -> None:
    """Subscribe to every event that the policy gives a meaning for clocks, those of older versions included.

    Each type has a durable place of its own, so that a new version of the policy which listens to one
    more type leaves the others where they are. A handler may be called twice for one event. What this
    service publishes itself is not read back: reporting days are opened where they are known.
    """
    for type_ in engine.meanings.event_types():
        if type_ in EVENTS and not type_.startswith("alerts."):
            _attach(broker, engine, EVENTS[type_])


def _attach(broker: NatsBroker, engine: ClockEngine, model: type[Event]) -> None:
    async def take_in(event: Event, message: NatsMessage) -> None:
        await engine.take_in(event, event_id(message))

    take_in.__annotations__["event"] = model
    take_in.__doc__ = f"Start, stop or void clocks: {model.__doc__}"
    name = model.TYPE.replace(".", "-")
    decorate: Any = subscribe(broker, "alerts", model, consumer=f"clocks-{name}")
    decorate(take_in)
