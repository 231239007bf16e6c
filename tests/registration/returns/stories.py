"""People and ways home for tests, and what is done with them through the doors."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.registration.people.builders import a_mobile, card_number
from tests.registration.statements import a_return

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
_numbers = count(1)


def day_in_shanghai(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def a_person(**changes: Any) -> dict[str, Any]:
    """Somebody with card and telephone of their own, unless changed."""
    number = next(_numbers)
    return {
        "name": "张伟",
        "identity": {"number": card_number(number)},
        "telephone": a_mobile(number),
        **changes,
    }


def a_stay(area: str, first: date, last: date) -> dict[str, str]:
    return {"area": area, "entered_on": first.isoformat(), "left_on": last.isoformat()}


def a_test(sampled_at: datetime, result: str = "negative") -> dict[str, str]:
    return {"kind": "negative-test", "sampled_at": sampled_at.isoformat(), "result": result}


def from_county(now: datetime, county: str = "130104", **changes: Any) -> dict[str, Any]:
    """The return, three hours ago if not told, of somebody who was in a county for a week until then."""
    arrived = datetime.fromisoformat(changes["arrived_at"]) if "arrived_at" in changes else now - 3 * HOUR
    today = day_in_shanghai(arrived)
    route = [a_stay(county, today - 7 * DAY, today)]
    return a_return(now, **{"person": a_person(), "route": route, **changes})


async def tell(client: httpx.AsyncClient, row: dict[str, Any]) -> dict[str, Any]:
    """Tell of a return and give back the receipt."""
    answer = await client.post("/v1/returns", json=row)
    assert answer.is_success, answer.text
    return answer.json()


async def plan_of(client: httpx.AsyncClient, person_id: str) -> dict[str, Any]:
    """Return a person's plan with its versions."""
    answer = await client.get(f"/v1/people/{person_id}/plan")
    assert answer.is_success, answer.text
    return answer.json()
