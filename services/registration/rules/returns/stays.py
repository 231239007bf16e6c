"""The stays of a way home: those that are told, and that at the origin, whose days nobody tells."""

from collections.abc import Sequence
from datetime import date

from services.registration.rules.day_count import day_number
from services.registration.rules.returns.journey import Journey, Passed
from shared.areas import canonical_area, covers


def stays_of(journey: Journey, arrival_day: date, look_back_days: int) -> Sequence[Passed]:
    """Return every stay before a return, the place of departure included, areas by their shortest codes.

    Of whoever tells only where they come from it is taken that they were there on all days that the rules
    look back on: no rule then fits less than it may. Telling the days of a stay there says it more nearly.
    """
    stays = [Passed(canonical_area(one.area), one.entered_on, one.left_on) for one in journey.route]
    origin = journey.origin
    if origin is not None and not any(covers(one.area, origin) or covers(origin, one.area) for one in stays):
        stays.append(Passed(canonical_area(origin), day_number(arrival_day, -look_back_days), arrival_day))
    return stays
