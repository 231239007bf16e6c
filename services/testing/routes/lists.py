"""What the lists of this service have in common: the order of division and id, and the caller's subtree."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from litestar.di import NamedDependency

from services.testing.service import Testing
from services.testing.storage.listing import BEFORE_ALL, Window
from shared.access import Principal
from shared.pages import Place

Service = NamedDependency[Testing]

POSITION = tuple[str, UUID]
"""The sort values of a list: division and id."""


class _Placed(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def division(self) -> str: ...


def window_of(testing: Testing, principal: Principal, division: str | None, place: Place[POSITION]) -> Window:
    """Return which rows are read for a page; raises UnknownDivision, or Forbidden for one out of reach."""
    bounds = principal.bounds_in(testing.divisions, division)
    return Window(bounds, place.rows_wanted, place.after or BEFORE_ALL)


def position_of(row: _Placed) -> Sequence[str]:
    """Return the sort values of a row."""
    return (row.division, str(row.id))
