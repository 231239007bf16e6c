"""What is counted of due tests for those who watch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DueFiguresShown:
    """What the gauges show."""

    open: int
    overdue: int
    at_once: int
    unfolded: int
    villages_unserved: int
