"""When a day's results of a laboratory were too slow 检测超时 (city §7, decided)."""

from services.testing.rules.laboratories.turnaround import Durations
from shared.policy.laboratories import TurnaroundLaw


def seconds_too_slow(whole: Durations, least_results: int, law: TurnaroundLaw) -> float | None:
    """Return within how many seconds the policy's share of results was there, when that is too late.

    None when it was in time, or when there were too few results to say so.
    """
    if whole.total < least_results:
        return None
    seconds = whole.percentile(law.percent / 100)
    return seconds if seconds is not None and seconds > law.within.total_seconds() else None
