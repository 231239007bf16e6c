"""The reserve of quarantine rooms 隔离房间储备: so many for each infected person (town §7).

What lacks calls up back-up sites, from the first case on: a standing site has fewer rooms than one case asks
for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.registration.rules.quarantine.nearness import closeness
from services.registration.rules.quarantine.site import SiteKind, SiteState


@dataclass(frozen=True, slots=True)
class ReserveSite:
    """A site as the reserve sees it; `rooms` are all that it has, lived in or not."""

    code: str
    division: str
    kind: SiteKind
    state: SiteState
    rooms: int
    call_up_order: int | None
    called_up: bool

    @property
    def counts(self) -> bool:
        """Whether its rooms are in reserve: a standing site's until it closes, others once open or called up.

        Temporary rural places hold people for hours only and never count.
        """
        if self.kind is SiteKind.TEMPORARY_RURAL or self.state is SiteState.CLOSED:
            return False
        return self.kind is SiteKind.STANDING or self.state is not SiteState.PLANNED or self.called_up

    @property
    def may_be_called_up(self) -> bool:
        """Whether it is a back-up site that waits to be called up; one that was closed does not."""
        return self.kind is SiteKind.BACK_UP and self.state is SiteState.PLANNED and not self.called_up


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What an area needs and has, and which back-up sites are called up for it."""

    infected: int
    rooms_needed: int
    rooms_before: int
    rooms_after: int
    called_up: tuple[str, ...]

    @property
    def shortfall(self) -> int:
        """How many rooms lack even so."""
        return max(0, self.rooms_needed - self.rooms_after)


def rooms_in_reserve(sites: Iterable[ReserveSite]) -> int:
    """Return how many rooms count."""
    return sum(site.rooms for site in sites if site.counts)


def reckon(infected: int, sites: Sequence[ReserveSite], *, near: str, rooms_per_case: int) -> Reckoning:
    """Return what an area with so many infected people needs, and which back-ups cover what lacks.

    Those nearest to `near` come first, then by their call-up order; no more than are needed.
    """
    needed = infected * rooms_per_case
    before = after = rooms_in_reserve(sites)
    called_up: list[str] = []
    for site in sorted(
        sites, key=lambda site: (-closeness(near, site.division), site.call_up_order or 0, site.code)
    ):
        if after >= needed:
            break
        if site.may_be_called_up:
            called_up.append(site.code)
            after += site.rooms
    return Reckoning(infected, needed, before, after, tuple(called_up))
