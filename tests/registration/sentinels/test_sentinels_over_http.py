"""The register of sentinels through the real door: who they are, how they report, who is not registered."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from services.registration.actions.sentinels.read_sentinels import list_sentinels
from services.registration.actions.sentinels.reseal_in_charge import reseal_in_charge
from services.registration.sealed_in_charge import masked_in_charge
from services.registration.storage.sentinels import CodeWindow
from shared.postgres import Database
from shared.sealing import Sealer
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.sentinels.statements import a_sentinel
from tests.registration.statements import a_symptom_report
from tests.servers import TEST_SECRETS

pytestmark = pytest.mark.requirement("sentinel-report")

HOUR = timedelta(hours=1)
CLINIC = "/v1/sentinels/clinic-1"


def ago(now: datetime, hours: float) -> str:
    return (now - hours * HOUR).isoformat()


async def test_a_sentinel_is_registered_changed_closed_and_opened_again(town: httpx.AsyncClient) -> None:
    first = await town.put(CLINIC, json=a_sentinel())
    assert first.status_code == 201
    assert first.json()["in_charge"] == {"name": "王**", "telephone": "138****1234"}
    again = await town.put(CLINIC, json=a_sentinel(usual_days_per_week=5))
    assert (again.status_code, again.json()["usual_days_per_week"]) == (200, 5)
    assert again.json()["open_since"] == first.json()["open_since"]
    closed = await town.post(f"{CLINIC}/close", json={})
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert (await town.post(f"{CLINIC}/close", json={})).json() == closed.json()
    assert (await town.get("/v1/sentinels", params={"state": "open"})).json()["items"] == []
    opened = (await town.put(CLINIC, json=a_sentinel())).json()
    assert (opened["state"], opened["closed_at"]) == ("open", None)
    assert opened["open_since"] > closed.json()["closed_at"]
    assert (await town.get(CLINIC)).json() == opened


async def test_who_is_in_charge_lies_sealed(town: httpx.AsyncClient, database_url: str) -> None:
    await town.put(CLINIC, json=a_sentinel())
    connection = await asyncpg.connect(database_url)
    try:
        row = str(await connection.fetchrow("SELECT * FROM registration.sentinel"))
    finally:
        await connection.close()
    assert "王小明" not in row
    assert "13800001234" not in row


async def test_a_new_key_seals_again_and_the_old_one_may_go(
    town: httpx.AsyncClient, service_database_url: Callable[[str], str]
) -> None:
    for number in range(3):
        await town.put(f"/v1/sentinels/clinic-{number}", json=a_sentinel())
    old = TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"]
    new = f"new:{base64.b64encode(bytes(32)).decode()}"
    database = await Database.open(service_database_url("registration"), "registration")
    try:
        assert await reseal_in_charge(database, Sealer.parse(f"{new},{old}"), ("", "")) is None
        rows = await list_sentinels(database, CodeWindow(("", "~"), 10), None)
    finally:
        await database.close()
    opened = [masked_in_charge(Sealer.parse(new), row.sentinel.code, row.in_charge_sealed) for row in rows]
    assert [one.name for one in opened] == ["王**"] * 3


NO_SENTINELS: list[tuple[str, dict[str, Any], str, str]] = [
    (CLINIC, {"division": "500104"}, "division", "township or a village"),
    (CLINIC, {"division": "500104102999"}, "division", "unknown"),
    (CLINIC, {"kind": "hospital"}, "kind", "pharmacy"),
    (CLINIC, {"name": " "}, "name", "at least 1"),
    (CLINIC, {"name": "建胜药店 138 0000 1234"}, "name", "mobile"),
    (CLINIC, {"usual_days_per_week": 8}, "usual_days_per_week", "less than or equal to 7"),
    (CLINIC, {"in_charge": {"name": "王小明", "telephone": "none"}}, "in_charge.telephone", "telephone"),
    ("/v1/sentinels/13800001234", {}, "code", "mobile"),
    ("/v1/sentinels/clinic", {}, "code", "digit"),
]


async def test_what_is_no_sentinel_is_refused(town: httpx.AsyncClient) -> None:
    for path, changes, field, word in NO_SENTINELS:
        answer = await town.put(path, json=a_sentinel(**changes))
        assert answer.status_code == 422, changes
        (problem,) = answer.json()["problems"]
        assert problem["field"] == field, changes
        assert word in problem["reason"], problem
    assert (await town.get("/v1/sentinels")).json()["items"] == []


async def test_a_report_goes_to_the_health_centre_with_a_copy_to_civil_affairs(
    town: httpx.AsyncClient,
) -> None:
    answer = await town.post("/v1/symptom-reports", json=a_symptom_report(datetime.now(UTC)))
    shown = [
        (one["role"], one["office"], one["division"], one["institution"])
        for one in answer.json()["addressees"]
    ]
    assert shown == [
        ("report", "township-health-centre", JIANSHENG, "500104102-hc"),
        ("copy", "civil-affairs-office", JIANSHENG, None),
    ]


async def test_a_report_of_an_unknown_sentinel_is_kept_and_flagged(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)

    async def standing(**changes: Any) -> str:
        answer = await town.post("/v1/symptom-reports", json=a_symptom_report(now, **changes))
        assert answer.status_code == 201
        return answer.json()["sentinel_standing"]

    assert await standing() == "unregistered"
    listed = (await town.get("/v1/sentinels/unregistered")).json()["items"]
    assert [(one["code"], one["division"], one["reports"]) for one in listed] == [("clinic-1", A_VILLAGE, 1)]
    await town.put(CLINIC, json=a_sentinel())
    await town.put("/v1/sentinels/clinic-2", json=a_sentinel())
    assert await standing() == "registered"
    assert await standing(division=ANOTHER_VILLAGE) == "registered"
    await town.post(f"{CLINIC}/close", json={})
    assert await standing(seen_at=ago(now, 0.5)) == "registered"
    assert await standing(seen_at=(datetime.now(UTC) + timedelta(minutes=1)).isoformat()) == "closed"
    assert (await town.get("/v1/sentinels/unregistered")).json()["items"] == []
    reports = (await town.get("/v1/symptom-reports")).json()["items"]
    assert sorted(one["sentinel_standing"] for one in reports) == ["closed", *["registered"] * 4]


async def test_a_report_that_names_a_sentinel_of_another_township_is_kept_and_counts_against_nobody(
    town: httpx.AsyncClient, database_url: str
) -> None:
    now = datetime.now(UTC)
    await town.put(CLINIC, json=a_sentinel())
    key = await a_key(database_url, OUTSIDE, "symptoms:write", "symptoms:read")
    there = {"authorization": f"Bearer {key}"}
    report = a_symptom_report(now, division=OUTSIDE, seen_at=ago(now, 5))
    kept = await town.post("/v1/symptom-reports", json=report, headers=there)
    assert (kept.status_code, kept.json()["sentinel_standing"]) == (201, "of-another-township")
    assert kept.json()["state"] == "unreported", "its two hours run all the same"
    assert (await town.post("/v1/symptom-reports", json=report, headers=there)).status_code == 200
    listed = (await town.get("/v1/sentinels/unregistered", headers=there)).json()["items"]
    assert [(one["code"], one["division"]) for one in listed] == [("clinic-1", OUTSIDE)], "to be asked after"
    assert (await town.get(f"/v1/symptom-reports/{kept.json()['report_id']}")).status_code == 404
    record = (await town.get(f"{CLINIC}/record")).json()
    assert (record["reports"], record["missing"]) == (0, 0), "nobody elsewhere tells for a sentinel"
    assert (await town.get(CLINIC, headers=there)).status_code == 404


async def test_late_and_missing_reports_count_against_the_sentinel(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    await town.put(CLINIC, json=a_sentinel())
    await town.put("/v1/sentinels/clinic-2", json=a_sentinel(kind="private-clinic"))
    await town.put("/v1/sentinels/clinic-3", json=a_sentinel(kind="pharmacy"))
    told = [
        {"seen_at": ago(now, 5), "reported_at": ago(now, 3)},
        {"seen_at": ago(now, 5), "reported_at": (now - 3 * HOUR + timedelta(seconds=1)).isoformat()},
        {"seen_at": ago(now, 5)},
        {"seen_at": ago(now, 1)},
        {"seen_at": ago(now, 24 * 30), "reported_at": ago(now, 24 * 29)},
        {"seen_at": ago(now, 5), "sentinel": "clinic-2"},
        {"seen_at": ago(now, 5), "reported_at": ago(now, 4), "sentinel": "clinic-3"},
    ]
    for one in told:
        assert (await town.post("/v1/symptom-reports", json=a_symptom_report(now, **one))).status_code == 201
    record = (await town.get(f"{CLINIC}/record")).json()
    counted = {name: record[name] for name in ("reports", "in_time", "late", "missing")}
    assert counted == {"reports": 4, "in_time": 1, "late": 1, "missing": 1}
    assert (record["longest_late_seconds"], record["silences"], record["is_silent"]) == (1, 0, False)
    longer = await town.get(f"{CLINIC}/record", params={"since": ago(now, 24 * 40)})
    assert (longer.json()["late"], longer.json()["longest_late_seconds"]) == (2, 22 * 3600)
    worst = (await town.get("/v1/sentinels/faults", params={"limit": 1, "until": now.isoformat()})).json()
    assert [(one["code"], one["late"], one["missing"]) for one in worst["items"]] == [("clinic-1", 1, 1)]
    rest = (await town.get(worst["next"])).json()
    assert [(one["code"], one["missing"]) for one in rest["items"]] == [("clinic-2", 1)]
    assert rest["next"] is None
    file = await town.get(
        "/v1/sentinels/faults/export", params={"until": now.isoformat(), "format": "ndjson"}
    )
    assert [json.loads(line) for line in file.text.splitlines()] == [*worst["items"], *rest["items"]]


@pytest.mark.parametrize(
    ("since", "until", "reason"),
    [
        ("2021-02-02T00:00:00Z", "2021-02-01T00:00:00Z", "not before until"),
        ("2020-01-01T00:00:00Z", "2021-02-01T00:00:00Z", "366 days"),
        ("yesterday", "2021-02-01T00:00:00Z", "RFC 3339"),
    ],
)
async def test_a_period_that_is_none_is_refused(
    town: httpx.AsyncClient, since: str, until: str, reason: str
) -> None:
    for path in ("/v1/sentinels/faults", f"{CLINIC}/record"):
        answer = await town.get(path, params={"since": since, "until": until})
        assert answer.status_code == 422
        (problem,) = answer.json()["problems"]
        assert problem["field"] == "since"
        assert reason in problem["reason"]


async def test_a_key_sees_and_changes_the_sentinels_of_its_subtree_only(
    town: httpx.AsyncClient, database_url: str
) -> None:
    await town.put(CLINIC, json=a_sentinel())
    await town.post("/v1/symptom-reports", json=a_symptom_report(datetime.now(UTC), sentinel="clinic-9"))
    other = {"authorization": f"Bearer {await a_key(database_url, OUTSIDE)}"}
    for path in (CLINIC, f"{CLINIC}/record"):
        assert (await town.get(path, headers=other)).status_code == 404
    assert (await town.post(f"{CLINIC}/close", json={}, headers=other)).status_code == 404
    assert (await town.put(CLINIC, json=a_sentinel(), headers=other)).status_code == 403
    taken = await town.put(CLINIC, json=a_sentinel(division=OUTSIDE), headers=other)
    assert taken.status_code == 409
    for path in ("", "/unregistered", "/faults", "/silent"):
        assert (await town.get(f"/v1/sentinels{path}", headers=other)).json()["items"] == []
        beside = await town.get(f"/v1/sentinels{path}", params={"division": A_VILLAGE}, headers=other)
        assert beside.status_code == 403
