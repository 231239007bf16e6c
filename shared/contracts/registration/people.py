"""People: on record, matched, merged."""

from shared.contracts.envelope import Event

EVENTS: tuple[type[Event], ...] = ()
