"""Event door of the registration service: parse, act, acknowledge; it never decides."""

from faststream.nats import NatsBroker

from services.registration.handlers import plans, quarantine
from services.registration.service import Registration


def attach_handlers(broker: NatsBroker, registration: Registration) -> None:
    """Subscribe to what this service reads; each handler may be called twice for one event."""
    plans.attach_handlers(broker, registration)
    quarantine.attach_handlers(broker, registration)
