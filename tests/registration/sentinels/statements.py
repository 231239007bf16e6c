"""Valid things of sentinels for tests, made short: change what a test is about, leave the rest."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.builders import A_VILLAGE
from tests.registration.returns.stories import a_person

_numbers = count(1)


def a_sentinel(**changes: Any) -> dict[str, Any]:
    """A village clinic with somebody in charge, unless changed."""
    return {
        "division": A_VILLAGE,
        "kind": "village-clinic",
        "name": "一村卫生室",
        "in_charge": {"name": "王小明", "telephone": "13800001234"},
        **changes,
    }


def a_drug_sale(now: datetime, **changes: Any) -> dict[str, Any]:
    """Somebody without symptoms bought a drug against fever an hour ago, unless changed."""
    return {
        "sentinel": "pharmacy-1",
        "receipt": f"D-{next(_numbers)}",
        "division": A_VILLAGE,
        "category": "antipyretic",
        "symptoms": [],
        "sold_at": (now - timedelta(hours=1)).isoformat(),
        "buyer": a_person(),
        **changes,
    }
