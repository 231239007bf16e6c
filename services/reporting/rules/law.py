"""What this service takes from the policy: the hour that ends a reporting day, and its clauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from shared.policy import Pack


@dataclass(frozen=True, slots=True)
class Law:
    """The law as far as reporting needs it."""

    day_ends: time
    """The wall time in Asia/Shanghai at which a reporting day ends and its figures are due."""
    case_order_clause: str
    """The clauses that give the order of a case, as people cite them."""


def law_of(pack: Pack) -> Law:
    """Return what the pack says; raises ValueError for one that this service cannot work by."""
    try:
        daily_report, review = pack.requirement("daily-report"), pack.requirement("review")
    except KeyError as error:
        raise ValueError(f"the policy {pack.id} has no requirement {error}") from None
    if daily_report.limit is None or daily_report.limit.due_local_time is None:
        raise ValueError(f"the policy {pack.id} gives no hour for the requirement 'daily-report'")
    return Law(daily_report.limit.due_local_time, _cite(pack, review.clauses))


def _cite(pack: Pack, clauses: Sequence[str]) -> str:
    return "; ".join(citation.zh for citation in pack.cite(clauses))
