"""The events of all services: what may travel on the bus, and what each of them says."""

from collections.abc import Mapping

from shared.contracts import alerts, registration, reporting, testing
from shared.contracts.envelope import (
    ContractViolation,
    Envelope,
    Event,
    derived_id,
    deriving,
    envelop,
    field_problems,
    open_envelope,
)

EVENTS: Mapping[str, type[Event]] = {
    event.TYPE: event for event in (*registration.EVENTS, *testing.EVENTS, *alerts.EVENTS, *reporting.EVENTS)
}

__all__ = [
    "EVENTS",
    "ContractViolation",
    "Envelope",
    "Event",
    "derived_id",
    "deriving",
    "envelop",
    "field_problems",
    "open_envelope",
]
