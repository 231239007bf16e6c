"""One person's arrival, told by several under references of their own: one return, one clock, one plan."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from shared.contracts.registration import PersonReturned, ReturnKnown, ReturnRegistered, ReturnWithdrawn
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.registration.conftest import EventsOnBus
from tests.registration.people.builders import a_mobile, card_number
from tests.registration.statements import a_return

pytestmark = pytest.mark.requirement("return-registration")

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


_numbers = count(1)


def a_person(**changes: Any) -> dict[str, Any]:
    """Somebody with card and telephone of their own, unless changed."""
    number = next(_numbers)
    return {
        "name": "张伟",
        "identity": {"number": card_number(number)},
        "telephone": a_mobile(number),
        **changes,
    }


async def tell(town: httpx.AsyncClient, row: dict[str, Any]) -> dict[str, Any]:
    answer = await town.post("/v1/returns", json=row)
    assert answer.is_success, answer.text
    return answer.json()


async def test_three_sources_tell_of_one_return_and_the_earliest_arrival_holds(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    now, person = datetime.now(UTC), a_person()
    neighbour = a_return(now, person=person, arrived_at=(now - 5 * HOUR).isoformat())
    railway = a_return(
        now,
        person=person,
        source="railway-list",
        arrived_at=(now - 30 * HOUR).isoformat(),
        division=A_VILLAGE,
    )
    village = a_return(
        now,
        person=person,
        source="village",
        arrived_at=(now - 6 * HOUR).isoformat(),
        registered_at=(now - HOUR).isoformat(),
    )
    first = await tell(town, neighbour)
    second = await tell(town, railway)
    third = await tell(town, village)
    assert first["return_id"] == second["return_id"] == third["return_id"]
    assert third["person_id"] == first["person_id"] is not None
    assert datetime.fromisoformat(third["arrived_at"]) == now - 30 * HOUR
    assert (third["state"], third["minutes_to_registration"]) == ("registered", 29 * 60)
    shown = (await town.get(f"/v1/returns/{first['return_id']}")).json()
    assert [said["reference"] for said in shown["statements"]] == [
        row["reference"] for row in (neighbour, railway, village)
    ]
    assert len((await town.get("/v1/returns")).json()["items"]) == 1
    told = await events(6)
    assert [type(event).__name__ for event in told] == [
        *("ReturnKnown", "PlanDecided", "ReturnKnown", "PlanDecided", "ReturnRegistered", "PersonReturned")
    ]
