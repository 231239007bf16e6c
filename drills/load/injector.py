"""What a drill asks of whoever breaks the platform for it."""

from typing import Protocol

from drills.load.outcome import AppliedFault
from drills.load.scenario import Fault


class Injector(Protocol):
    """Does to the platform what a fault says; the drill calls it at the fault's moment."""

    async def apply(self, fault: Fault) -> AppliedFault:
        """Carry out a fault, put everything back when it is over, and return what was done and when.

        Several may be under way at once. What could not be put back is said in `note`, with no
        `restored_*`; raises only for what cannot be done at all, which ends the drill.
        """
        ...
