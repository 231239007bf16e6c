"""The doors of the grid, of five for one and of the daily round, with a body that is good for each."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.registration.rules.day_count import day_of
from services.registration.rules.people.person import person_of
from services.registration.sealed_person import Kept, seal
from shared.postgres import Connection
from shared.sealing import Sealer
from tests.builders import A_VILLAGE
from tests.servers import TEST_SECRETS
from tests.system.door import Body, Door
from tests.system.platform import Platform
from tests.waiting import until

CARED_FOR = UUID("11111111-1111-4111-8111-111111111111")
TO_BE_MERGED = (UUID(int=7), UUID(int=8))
FEVERISH = UUID("22222222-2222-4222-8222-222222222222")
TOLD = ("occurred_at", "recorded_at")


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


def _health(now: datetime) -> Body:
    return {
        "person_id": str(FEVERISH),
        "day": day_of(now).isoformat(),
        "period": "morning",
        "temperature_celsius": 38.5,
        "symptoms": [],
        "reporter": "self",
        "measured_at": now.isoformat(),
    }


def _missed(now: datetime) -> Body:
    return {"day": day_of(now).isoformat(), "outcome": "well", "occurred_at": now.isoformat()}


def _follow_up(now: datetime) -> Body:
    return {"step": "visited", "occurred_at": now.isoformat()}


def _outcome(now: datetime) -> Body:
    return {"outcome": "recovered", "occurred_at": now.isoformat()}


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
    Door(
        "registration",
        "/v1/health-reports",
        _health,
        instants=("measured_at", "recorded_at"),
        texts=("period", "reporter", "person_id", "day"),
    ),
    Door("registration", "/v1/people/{cared_for}/missed-days", _missed, TOLD, texts=("outcome", "day")),
    Door("registration", "/v1/symptom-episodes/{episode}/follow-ups", _follow_up, TOLD, texts=("step",)),
    Door("registration", "/v1/symptom-episodes/{episode}/close", _outcome, TOLD, texts=("outcome",)),
]


async def seed_care(platform: Platform, database_url: str) -> dict[str, str]:
    """Let somebody have a return, a grid worker and a day that is owed, and somebody else a fever."""
    now = platform.clock.now()
    worker = {**_staff(now), "id": "worker-1"}
    named = {"role": "grid-worker", "person": "worker-1", "division": A_VILLAGE}
    await platform.post("registration", "/v1/grid", [worker, named])
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "registration"})
    try:
        await _seed_people(connection, now)
    finally:
        await connection.close()

    async def has_one() -> bool:
        return bool((await platform.get("registration", f"/v1/people/{CARED_FOR}/five"))["held_by"])

    await until(has_one, what="somebody who answers for the person")
    await platform.post("registration", "/v1/health-reports", _health(now))
    (episode,) = (await platform.get("registration", "/v1/symptom-episodes"))["items"]
    return {"cared_for": str(CARED_FOR), "feverish": str(FEVERISH), "episode": episode["episode_id"]}


async def _seed_people(connection: Connection, now: datetime) -> None:
    sealer = Sealer.parse(TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"])
    for number, person_id in enumerate((CARED_FOR, FEVERISH, *TO_BE_MERGED)):
        person = person_of(division=A_VILLAGE, name=f"刘{'甲乙丙丁'[number]}")
        await connection.execute(
            "INSERT INTO person (person_id, division, details_sealed, first_received_at, changed_at)"
            " VALUES ($1, $2, $3, $4, $4)",
            person_id,
            A_VILLAGE,
            seal(sealer, person_id, Kept.of(person)),
            now,
        )
    await connection.execute(
        "UPDATE return_record SET person_id = $1 WHERE return_id ="
        " (SELECT return_id FROM return_record WHERE person_id IS NULL LIMIT 1)",
        CARED_FOR,
    )
    await connection.execute(
        "INSERT INTO health_day (person_id, day, division, opened_at) VALUES ($1, $2, $3, $4)",
        CARED_FOR,
        day_of(now),
        A_VILLAGE,
        now,
    )
