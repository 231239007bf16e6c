"""Places, goods and gatherings."""

from shared.contracts.envelope import Event

EVENTS: tuple[type[Event], ...] = ()
