"""Bodies for the doors of campaigns, made short."""

from datetime import datetime
from typing import Any

from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG

CDC = "500104-cdc"


def a_campaign(starts_at: datetime, **changes: Any) -> dict[str, Any]:
    """A campaign of two villages of Jiansheng that can be done in time."""
    return {
        "division": JIANSHENG,
        "name": "建胜镇全员检测",
        "divisions": [A_VILLAGE, ANOTHER_VILLAGE],
        "target": "town-supported",
        "starts_at": starts_at.isoformat(),
        "people": [
            {"division": A_VILLAGE, "people": 3_000},
            {"division": ANOTHER_VILLAGE, "people": 2_000},
        ],
        "points": [
            a_point("p-1", A_VILLAGE, posts=4),
            a_point("p-2", ANOTHER_VILLAGE, posts=4),
        ],
        "teams": 12,
        "laboratories": [{"code": CDC, "division": "500104", "extraction_per_day": 960, "pcr_per_day": 960}],
        **changes,
    }


def a_point(code: str, division: str, **changes: Any) -> dict[str, Any]:
    return {"code": code, "division": division, "posts": 2, "people_per_hour": 60, **changes}


def a_resident(reference: str, **changes: Any) -> dict[str, Any]:
    return {
        "division": A_VILLAGE,
        "reference": reference,
        "building": "1栋",
        "household": "101",
        **changes,
    }
