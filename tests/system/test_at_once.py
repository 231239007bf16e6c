"""What is sent many times at the same moment is carried out once, and nobody blocks anybody."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import pytest

from tests.builders import A_VILLAGE, a_result
from tests.system.doors import (
    NEEDED,
    Attacked,
    Body,
    Door,
    Start,
    doors_of,
    seeded,
)

pytestmark = pytest.mark.system


async def _at_once(attacked: Attacked, door: Door, bodies: Sequence[Body]) -> Counter[int]:
    answers = await asyncio.gather(*(attacked.send(door, body) for body in bodies))
    return Counter(answer.status_code for answer in answers)


async def test_the_same_order_twelve_times_at_once_is_carried_out_once(
    start_service: Start, database_url: str
) -> None:
    attacked = await seeded(start_service, database_url)
    now = attacked.now
    doors = {door.path: door for service in NEEDED for door in doors_of(service)}
    del doors["/v1/cases/{case}/review"], doors["/v1/samples/{sample}/corrections"]
    wrong: list[tuple[str, Counter[int]]] = []
    for path, door in doors.items():
        statuses = await _at_once(attacked, door, [door.body(now)] * 12)
        more_than_once = door.method == "POST" and statuses[201] > 1
        if set(statuses) - {200, 201} or more_than_once:
            wrong.append((path, statuses))
    assert wrong == [], wrong
    correction = next(door for door in doors_of("testing") if "corrections" in door.path)
    statuses = await _at_once(attacked, correction, [correction.body(now)] * 12)
    assert statuses == {201: 1, 409: 11}, statuses
    result = doors["/v1/results"]
    tube = result.body(now)
    statuses = await _at_once(
        attacked, result, [{**tube, "result": verdict} for verdict in ("positive", "negative") * 6]
    )
    assert statuses == {201: 1, 200: 5, 409: 6}, statuses
    await attacked.platform.close()


async def test_documents_with_the_same_rows_in_other_orders_never_block_each_other(
    start_service: Start, database_url: str
) -> None:
    attacked = await seeded(start_service, database_url, "testing", "registration", "alerts")
    clients = attacked.platform.clients
    now: datetime = attacked.now
    results = [a_result(now, result="negative") for _ in range(100)]
    returns = [doors_of("registration")[0].body(now) for _ in range(100)]
    people = [{"id": f"q{one}", "name": "值班员", "division": A_VILLAGE} for one in range(40)]
    shift = next(door for door in doors_of("alerts") if "shifts" in door.path).body(now)
    shifts = [{**shift, "person": person["id"]} for person in people]
    for service, path, rows in (
        ("testing", "/v1/results/batch", results),
        ("registration", "/v1/returns/batch", returns),
        ("alerts", "/v1/duty", [*people, *shifts]),
    ):
        orders = [rows, rows[::-1], rows[50:] + rows[:50], rows[::2] + rows[1::2]]
        if service == "alerts":  # each changes every row
            orders = [
                [{**row, "name": f"值班员{turn}"} if "name" in row else row for row in order]
                for turn, order in enumerate(orders)
            ]
        answers = await asyncio.gather(
            *(clients[service].post(path, json=order, timeout=60) for order in orders)
        )
        assert [answer.status_code for answer in answers] == [200] * 4, [answer.text for answer in answers]
        assert all(answer.json()["refused"] == 0 for answer in answers), path
    await attacked.platform.close()
