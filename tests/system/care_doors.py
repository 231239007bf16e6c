"""The doors of the responsibility grid and of five for one, with a body that is good for each."""

from datetime import datetime
from uuid import uuid4

import asyncpg

from tests.builders import A_VILLAGE
from tests.system.door import Body, Door
from tests.system.platform import Platform
from tests.waiting import until


def _staff(_: datetime) -> Body:
    return {
        "name": "王某",
        "telephone": "023-68000000",
        "division": A_VILLAGE,
        "roles": ["grid-worker", "village-cadre"],
    }


def _charge(_: datetime) -> Body:
    return {"role": "grid-worker", "responsible": "worker-1"}


def _grid_place(_: datetime) -> Body:
    return {"block": "1", "building": "2"}


CARE_DOORS = [
    Door(
        "registration",
        "/v1/grid/people/worker-2",
        _staff,
        divisions=("division",),
        texts=("name", "telephone"),
        method="PUT",
    ),
    Door("registration", "/v1/people/{cared_for}/five", _charge, texts=("role", "responsible")),
    Door(
        "registration",
        "/v1/people/{cared_for}/grid-place",
        _grid_place,
        texts=("block", "building"),
        method="PUT",
    ),
]


async def seed_care(platform: Platform, database_url: str) -> dict[str, str]:
    """Let somebody have a return, and a grid worker who answers for them."""
    now, person_id = platform.clock.now(), uuid4()
    worker = {**_staff(now), "id": "worker-1"}
    named = {"role": "grid-worker", "person": "worker-1", "division": A_VILLAGE}
    await platform.post("registration", "/v1/grid", [worker, named])
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "registration"})
    try:
        await connection.execute(
            "INSERT INTO person (person_id, division, details_sealed, first_received_at, changed_at)"
            " VALUES ($1, $2, '', $3, $3)",
            person_id,
            A_VILLAGE,
            now,
        )
        await connection.execute("UPDATE return_record SET person_id = $1 WHERE person_id IS NULL", person_id)
    finally:
        await connection.close()

    async def has_one() -> bool:
        return bool((await platform.get("registration", f"/v1/people/{person_id}/five"))["held_by"])

    await until(has_one, what="somebody who answers for the person")
    return {"cared_for": str(person_id)}
