"""How far back before the arrival the measures of a policy look."""

from functools import cache

from services.registration.rules.plans.classification import MeasuresLaw


@cache
def route_days(law: MeasuresLaw) -> int:
    """Return how many days before the arrival any measure asks where somebody was."""
    measures = law.pack.measures.measures if law.pack.measures else ()
    return max((one.when.route.days for one in measures if one.when.route is not None), default=0)


@cache
def look_back_days(law: MeasuresLaw) -> int:
    """Return how many days before the arrival anything may lie that a measure asks about."""
    measures = law.pack.measures.measures if law.pack.measures else ()
    entries = [one.when.entry.less_than_days_ago or 0 for one in measures if one.when.entry is not None]
    return max([route_days(law), *entries])
