"""Staff, persons in charge, organisers and contacts in the open: by scope and reason; each on record."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest

from shared.access import Scope
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.keys import a_key
from tests.registration.care.seeds import staff
from tests.registration.movement.statements import a_notice, a_person, a_persons_return, named
from tests.registration.people.builders import a_mobile
from tests.registration.people.test_preregistrations_over_http import announced
from tests.registration.places.statements import IN_CHARGE, a_gathering, a_place
from tests.registration.sentinels.statements import a_sentinel
from tests.waiting import until

RECORD = "/v1/contacts/unmaskings"
Seed = Callable[[httpx.AsyncClient], Awaitable[tuple[str, str, str]]]


async def _staff(town: httpx.AsyncClient) -> tuple[str, str, str]:
    worker = {
        **staff("worker-1", "grid-worker", division=A_VILLAGE),
        "name": "王网格",
        "telephone": "13811112222",
    }
    receipt = (await town.post("/v1/grid", json=[worker])).json()
    assert receipt["stored"] == 1, receipt
    return "/v1/grid/people/worker-1", "王网格", "13811112222"


async def _place(town: httpx.AsyncClient) -> tuple[str, str, str]:
    assert (await town.put("/v1/places/P-1", json=a_place())).status_code == 201
    return "/v1/places/P-1", IN_CHARGE["name"], IN_CHARGE["telephone"]


async def _gathering(town: httpx.AsyncClient) -> tuple[str, str, str]:
    answer = await town.post("/v1/gatherings", json=a_gathering(datetime.now(UTC), organiser=IN_CHARGE))
    assert answer.status_code == 201, answer.text
    return f"/v1/gatherings/{answer.json()['gathering_id']}", IN_CHARGE["name"], IN_CHARGE["telephone"]


async def _sentinel(town: httpx.AsyncClient) -> tuple[str, str, str]:
    assert (await town.put("/v1/sentinels/clinic-1", json=a_sentinel())).status_code == 201
    return "/v1/sentinels/clinic-1", "王小明", "13800001234"


async def _announced(town: httpx.AsyncClient) -> tuple[str, str, str]:
    answer = await town.post("/v1/preregistrations", json=announced(1))
    assert answer.status_code == 201, answer.text
    path = f"/v1/preregistrations/{answer.json()['preregistration_id']}"
    return path, "诸葛亮", a_mobile(50_000_001)


async def _matched(town: httpx.AsyncClient) -> tuple[str, str, str]:
    now, person = datetime.now(UTC), a_person()
    await town.post("/v1/returns", json=a_persons_return(now, person))
    answer = await town.post(
        "/v1/assistance-notices", json=a_notice(now, named(person, "name", "identity", "telephone"))
    )
    assert answer.status_code == 201, answer.text

    async def match() -> str | None:
        items = (await town.get("/v1/notice-matches")).json()["items"]
        return items[0]["match_id"] if items else None

    return f"/v1/notice-matches/{await until(match)}", person["name"], person["telephone"]


SEEDS: dict[str, tuple[Seed, Scope]] = {
    "grid-staff": (_staff, Scope.GRID_READ),
    "place": (_place, Scope.PLACES_READ),
    "gathering": (_gathering, Scope.GATHERINGS_READ),
    "sentinel": (_sentinel, Scope.SYMPTOMS_READ),
    "preregistration": (_announced, Scope.PEOPLE_READ),
    "notice-match": (_matched, Scope.NOTICES_READ),
}


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@pytest.mark.parametrize("kind", SEEDS)
async def test_a_contact_is_shown_whole_to_whoever_may_and_that_is_on_record(
    town: httpx.AsyncClient, database_url: str, kind: str
) -> None:
    seed, scope = SEEDS[kind]
    path, name, telephone = await seed(town)
    masked = (await town.get(path)).text if kind != "grid-staff" else (await town.get("/v1/grid/people")).text
    assert telephone not in masked
    details = f"{path}/details"
    reader = bearer(await a_key(database_url, JIANSHENG, scope, Scope.PII_READ))
    admin = bearer(await a_key(database_url, JIANSHENG, Scope.ADMIN))
    beside = bearer(await a_key(database_url, ANOTHER_VILLAGE, scope, Scope.PII_READ))
    assert (await town.get(f"{details}?reason=contact")).status_code == 403
    assert (await town.get(f"{details}?reason=contact", headers=admin)).status_code == 403
    assert (await town.get(f"{details}?reason=curiosity", headers=reader)).status_code == 422
    assert (await town.get(f"{details}?reason=contact", headers=beside)).status_code == 404
    assert (await town.get(RECORD, headers=admin)).json()["items"] == []

    answer = await town.get(f"{details}?reason=contact", headers={**reader, "request-id": "duty-4711-abcdef"})
    shown = answer.json()
    assert answer.status_code == 200, shown
    assert (shown["kind"], shown["name"], shown["telephone"]) == (kind, name, telephone)
    (kept,) = (await town.get(RECORD, headers=admin)).json()["items"]
    assert (kept["kind"], kept["subject"], kept["division"]) == (kind, shown["subject"], shown["division"])
    assert (kept["reason"], kept["request_id"]) == ("contact", "duty-4711-abcdef")
    assert {"name", "telephone"} <= set(kept["fields"])
    assert telephone not in str(kept)
    assert (await town.get(RECORD)).status_code == 403
    elsewhere = bearer(await a_key(database_url, ANOTHER_VILLAGE, Scope.ADMIN))
    assert (await town.get(RECORD, headers=elsewhere)).json()["items"] == []


async def test_the_record_of_contacts_is_read_by_kind_and_subject_and_page(
    town: httpx.AsyncClient, database_url: str
) -> None:
    paths = [(await SEEDS[kind][0](town))[0] for kind in ("grid-staff", "place", "sentinel")]
    scopes = (Scope.GRID_READ, Scope.PLACES_READ, Scope.SYMPTOMS_READ, Scope.PII_READ)
    reader = bearer(await a_key(database_url, JIANSHENG, *scopes))
    admin = bearer(await a_key(database_url, JIANSHENG, Scope.ADMIN))
    for path in paths:
        assert (await town.get(f"{path}/details?reason=care", headers=reader)).status_code == 200
    of_kind = (await town.get(f"{RECORD}?kind=place", headers=admin)).json()["items"]
    assert [one["subject"] for one in of_kind] == ["P-1"]
    of_one = (await town.get(f"{RECORD}?subject=clinic-1", headers=admin)).json()["items"]
    assert [one["kind"] for one in of_one] == ["sentinel"]
    page = (await town.get(f"{RECORD}?limit=2", headers=admin)).json()
    rest = (await town.get(page["next"], headers=admin)).json()
    assert [one["kind"] for one in page["items"] + rest["items"]] == ["grid-staff", "place", "sentinel"]


async def test_the_record_of_contacts_cannot_be_rewritten(town: httpx.AsyncClient, database_url: str) -> None:
    path, _, _ = await _place(town)
    reader = bearer(await a_key(database_url, JIANSHENG, Scope.PLACES_READ, Scope.PII_READ))
    assert (await town.get(f"{path}/details?reason=care", headers=reader)).status_code == 200
    for statement in ("UPDATE contact_unmasking SET reason = 'care'", "DELETE FROM contact_unmasking"):
        connection = await asyncpg.connect(database_url, server_settings={"search_path": "registration"})
        try:
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await connection.execute(statement)
        finally:
            await connection.close()
