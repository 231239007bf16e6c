"""What the policy says of returns beside their clock: which are one, and how far back it looks."""

from dataclasses import dataclass
from datetime import timedelta

from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.plans.look_back import route_days
from shared.policy import Pack


@dataclass(frozen=True, slots=True)
class ReturnLaw:
    """The policy as returns are kept by it."""

    same_within: timedelta
    """How near two arrivals of one person lie that are one return."""
    look_back_days: int
    """How many days before the arrival any measure asks where somebody was."""
    measures: MeasuresLaw


def compile_return_law(pack: Pack, measures: MeasuresLaw) -> ReturnLaw:
    """Return the law of returns; raises ValueError for a policy that does not say which returns are one."""
    file = pack.measures
    if file is None or file.same_return is None:
        raise ValueError(f"the policy {pack.id} needs `same_return` in measures.yaml")
    return ReturnLaw(file.same_return.within, route_days(measures), measures)
