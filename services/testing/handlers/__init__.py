"""Event door of the testing service: parse, act, acknowledge; it never decides."""

from faststream.nats import NatsBroker

from services.testing.handlers import due, sequencing
from services.testing.service import Testing


def attach_handlers(broker: NatsBroker, testing: Testing) -> None:
    """Subscribe to what this service reads; each handler may be called twice for one event."""
    due.attach_handlers(broker, testing)
    sequencing.attach_handlers(broker, testing)
