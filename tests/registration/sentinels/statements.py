"""Valid things of sentinels for tests, made short: change what a test is about, leave the rest."""

from typing import Any

from tests.builders import A_VILLAGE


def a_sentinel(**changes: Any) -> dict[str, Any]:
    """A village clinic with somebody in charge, unless changed."""
    return {
        "division": A_VILLAGE,
        "kind": "village-clinic",
        "name": "一村卫生室",
        "in_charge": {"name": "王小明", "telephone": "13800001234"},
        **changes,
    }
