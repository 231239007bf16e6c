"""Closed management 封闭管理 on and off: what holds after all orders, in whatever order they became known."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.registration.rules.places.place import Closure
from services.registration.rules.telling import Telling
from shared.contracts import derived_id


@dataclass(frozen=True, slots=True)
class ClosureOrder:
    """An order to close a place or to open it again, with its reason."""

    place_id: UUID
    closed: bool
    reason: str
    told: Telling

    @property
    def id(self) -> UUID:
        """Follows from what is ordered, so that saying it again is known as a repetition."""
        return derived_id("place-closure", self.place_id, self.closed, self.told.at)


def holding(orders: Iterable[ClosureOrder]) -> Closure | None:
    """Return the closure that lasts after all orders; None when the place is open.

    It began with the first of the last orders that all say closed. Of two orders of one instant closing is
    the stricter and holds.
    """
    last: Closure | None = None
    for order in sorted(orders, key=lambda order: (order.told.at, order.closed, order.id)):
        if not order.closed:
            last = None
        elif last is None:
            last = Closure(order.told.at, order.reason)
    return last
