"""Valid statements for tests, made short: change what a test is about, leave the rest."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.builders import A_VILLAGE

_numbers = count(1)


def a_return(now: datetime, **changes: Any) -> dict[str, Any]:
    """A neighbour's word of an arrival three hours ago, under a reference not used before, unless changed."""
    return {
        "reference": f"R-{next(_numbers)}",
        "division": A_VILLAGE,
        "source": "neighbour",
        "arrived_at": (now - timedelta(hours=3)).isoformat(),
        **changes,
    }


def a_symptom_report(now: datetime, **changes: Any) -> dict[str, Any]:
    """A fever seen by a clinic an hour ago and not reported yet, unless changed."""
    return {
        "reference": f"S-{next(_numbers)}",
        "sentinel": "clinic-1",
        "division": A_VILLAGE,
        "symptoms": ["fever"],
        "seen_at": (now - timedelta(hours=1)).isoformat(),
        **changes,
    }


def a_transfer(now: datetime, **changes: Any) -> dict[str, Any]:
    """A decision an hour ago for the person of a return, not carried out yet, unless changed."""
    return {
        "reference": f"T-{next(_numbers)}",
        "division": A_VILLAGE,
        "return_reference": "R-of-somebody-1",
        "decided_at": (now - timedelta(hours=1)).isoformat(),
        **changes,
    }
