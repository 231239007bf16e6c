"""Leaving and returning residents, and notices from outside."""

from shared.contracts.envelope import Event

EVENTS: tuple[type[Event], ...] = ()
