"""Valid things for tests, made short: change what a test is about, leave the rest."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

_numbers = count(1)

JIANSHENG = "500104102"
A_VILLAGE = "500104102001"
ANOTHER_VILLAGE = "500104102002"
OUTSIDE = "500101001001"


def a_result(now: datetime, **changes: Any) -> dict[str, Any]:
    """A result as a laboratory sends it, positive and of a tube not used before, unless changed."""
    return {
        "tube_code": f"T-{next(_numbers)}",
        "institution": "500104-cdc",
        "division": A_VILLAGE,
        "method": "pcr",
        "result": "positive",
        "sampled_at": (now - timedelta(hours=6)).isoformat(),
        "resulted_at": now.isoformat(),
        **changes,
    }
